package com.aistrale;

import static com.aistrale.FakeServer.completed;
import static com.aistrale.FakeServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.FakeServer.End;
import com.aistrale.FakeServer.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryTest {
    private static final String TOKENS = "{\"data\":[],\"next_cursor\":null}";
    private static final Call CALL = Call.post("/x", Map.of());
    private final FakeServer server = new FakeServer();
    private final FakeClocks clocks = new FakeClocks();

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "429, rate_limited, 3",
        "429, provider_rate_limited, 3",
        "503, overloaded, 1",
        "503, database_unavailable, 1",
        "503, provider_unavailable, 1",
        "500, internal, 1",
        "502, provider_failed, 1",
        "504, provider_timeout, 1",
        "408, x, 1",
        "409, conflict, 1",
        "409, interrupted, 1",
        "400, invalid_request, 1",
        "401, authentication_failed, 1"
    })
    void anInferenceIsTriedAgainOnlyWhereNothingWasPaid(int status, String code, int attempts) {
        for (var i = 0; i < 3; i++) {
            server.problem(status, code);
        }
        assertThat(catchThrowable(() -> Clients.of(server, clocks).run("x"))).isInstanceOf(ApiStatusException.class);
        assertThat(server.received).hasSize(attempts);
    }

    @ParameterizedTest
    @CsvSource({"overloaded, 3", "database_unavailable, 3", "provider_unavailable, 1", "internal, 1"})
    void a503ThatNamesItsRetryAfterSaysThatNothingWasPaid(String code, int attempts) {
        for (var i = 0; i < 3; i++) {
            server.problem(503, code, "Retry-After: 1");
        }
        assertThat(catchThrowable(() -> Clients.of(server, clocks).run("x"))).isInstanceOf(ApiStatusException.class);
        assertThat(server.received).hasSize(attempts);
    }

    @ParameterizedTest
    @CsvSource({
        "408, x, 3",
        "429, rate_limited, 3",
        "500, internal, 3",
        "502, provider_failed, 3",
        "503, overloaded, 3",
        "504, provider_timeout, 3",
        "409, conflict, 3",
        "400, invalid_request, 1",
        "404, not_found, 1"
    })
    void whatChangesNothingIsTriedAgainMoreOften(int status, String code, int attempts) {
        for (var i = 0; i < 3; i++) {
            server.problem(status, code);
        }
        var client = Clients.of(server, clocks);
        assertThat(catchThrowable(() -> client.tokens().list())).isInstanceOf(ApiStatusException.class);
        assertThat(server.received).hasSize(attempts);
        assertThat(clocks.sleptMillis).isEqualTo(attempts == 1 ? List.of() : List.of(500L, 1000L));
    }

    @Test
    void aRetryThatSucceedsIsASuccessWithTheSameIdempotencyKey() {
        server.problem(429, "rate_limited").sse(delta("x"), completed("x"));
        assertThat(Clients.of(server, clocks).run("x").text()).isEqualTo("x");
        assertThat(server.received).hasSize(2);
        assertThat(server.received.get(0).headers().get("idempotency-key"))
                .isEqualTo(server.received.get(1).headers().get("idempotency-key"))
                .isNotEmpty();
        assertThat(server.received.get(0).body())
                .isEqualTo(server.received.get(1).body());
    }

    @Test
    void anErrorEventFirstIsTriedAgainAsItsStatusWouldBe() {
        server.sse("event: error\ndata: {\"status\":429,\"code\":\"provider_rate_limited\",\"retry_after_ms\":70}\n\n")
                .sse(completed("x"));
        assertThat(Clients.of(server, clocks).run("x").text()).isEqualTo("x");
        assertThat(clocks.sleptMillis).containsExactly(70L);
    }

    @Test
    void afterTheFirstEventNothingIsTriedAgain() {
        server.sse(delta("x"), "event: error\ndata: {\"status\":429,\"code\":\"provider_rate_limited\"}\n\n");
        var client = Clients.of(server, clocks);
        assertThat(catchThrowable(() -> client.run("x"))).isInstanceOf(RateLimitException.class);
        assertThat(server.received).hasSize(1);
    }

    @Test
    void theServersVerdictGoesBeforeTheTable() {
        server.problem(429, "rate_limited", "x-should-retry: false");
        assertThat(catchThrowable(() -> Clients.of(server, clocks).run("x"))).isInstanceOf(RateLimitException.class);
        assertThat(server.received).hasSize(1);
        server.problem(409, "interrupted", "x-should-retry: true").sse(completed("x"));
        assertThat(Clients.of(server, clocks).run("x").text()).isEqualTo("x");
        assertThat(server.received).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({
        "Retry-After: 2, 2000",
        "Retry-After: 0.5, 500",
        "Retry-After: 0, 0",
        "retry-after-ms: 123, 123",
        "'Retry-After: Sun, 01 Nov 2026 12:00:07 GMT', 7000",
        "'Retry-After: Sun, 01 Nov 2026 11:00:00 GMT', 500",
        "Retry-After: -5, 500",
        "Retry-After: soon, 500",
        "Retry-After: NaN, 500",
        "'Retry-After: Sun, 99:99', 500"
    })
    void waitsAsLongAsTheServerAsks(String header, long millis) {
        server.problem(429, "rate_limited", header).sse(completed("x"));
        Clients.of(server, clocks).run("x");
        assertThat(clocks.sleptMillis).containsExactly(millis);
    }

    @ParameterizedTest
    @CsvSource({"61", "1e300", "Infinity", "9223372036854775807"})
    void aWaitBeyondAMinuteIsLeftToTheCaller(String seconds) {
        server.problem(429, "rate_limited", "Retry-After: " + seconds);
        var client = Clients.of(server, clocks);
        var limited = catchThrowableOfType(RateLimitException.class, () -> client.run("x"));
        assertThat(limited.retryAfter()).isNotNull().isGreaterThan(Duration.ofSeconds(60));
        assertThat(server.received).hasSize(1);
    }

    @Test
    void theDeadlineIsOneForAllTries() {
        server.problem(429, "rate_limited").problem(429, "rate_limited").problem(429, "rate_limited");
        var options = RunOptions.builder().timeout(Duration.ofMillis(1200)).build();
        assertThat(catchThrowable(() -> Clients.of(server, clocks).run("x", options)))
                .isInstanceOf(RateLimitException.class);
        assertThat(clocks.sleptMillis).containsExactly(500L);
        assertThat(server.received).hasSize(2);
    }

    @Test
    void thePauseDoublesUpToEightSecondsAndChanceTakesUpToAQuarter() {
        var failed = new Failure("u", true, 429, "", null, null, null, null, null).exception();
        var longest = new RetryPolicy(9, Clients.withoutChance());
        var pauses = new ArrayList<Long>();
        for (var i = 0; i < 7; i++) {
            pauses.add(millis(longest.pause(failed, CALL, i)));
        }
        assertThat(pauses).containsExactly(500L, 1000L, 2000L, 4000L, 8000L, 8000L, 8000L);
        var shortest = new RetryPolicy(9, () -> -1L);
        assertThat(millis(shortest.pause(failed, CALL, 0))).isEqualTo(375L);
    }

    private static long millis(@Nullable Duration pause) {
        return pause == null ? -1 : pause.toMillis();
    }

    @Test
    void whatIsNotReachedIsTriedAgainAndSaysWhereAndWhatToDo() throws IOException {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        for (var transport : StreamTest.transports().toList()) {
            var waited = new FakeClocks();
            var client = Clients.builder(server)
                    .apiUrl("http://127.0.0.1:" + port)
                    .transport(transport)
                    .clocks(waited)
                    .random(Clients.withoutChance())
                    .build();
            var error = catchThrowableOfType(ApiConnectionException.class, () -> client.run("x"));
            assertThat(error)
                    .hasMessage("cannot connect to http://127.0.0.1:" + port
                            + " (connection refused): start a server there with"
                            + " \"aistrale serve\", or set api_url (AISTRALE_API_URL) to where one runs")
                    .isNotInstanceOf(ApiTimeoutException.class);
            assertThat(error.mayHaveBeenSent()).isFalse();
            assertThat(waited.sleptMillis).containsExactly(500L, 1000L);
        }
    }

    @Test
    void noTransportSendsAFailedPostAgain() {
        for (var transport : StreamTest.transports().toList()) {
            server.received.clear();
            // The first answer leaves the connection open, so that the second call finds it, and finds it dead.
            server.json(200, "{\"status\":\"ok\",\"version\":\"1\"}").reply(new Reply(List.of(), End.CLOSE, 0));
            var client = Clients.builder(server).transport(transport).build();
            client.health();
            var once = RunOptions.builder().resumable(false).build();
            assertThatThrownBy(() -> client.run("x", once)).isInstanceOf(ApiConnectionException.class);
            assertThat(server.received).extracting(FakeServer.Received::method).containsExactly("GET", "POST");
        }
    }

    @Test
    void aLostConnectionIsTriedAgainWhereThatDoesNoHarm() {
        server.reply(new Reply(List.of(), End.CLOSE, 0)).json(200, TOKENS);
        assertThat(Clients.of(server, clocks).tokens().list()).isEmpty();
        assertThat(server.received).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void maxRetriesZeroIsNone() {
        server.problem(429, "rate_limited");
        var client = Clients.builder(server).maxRetries(0).build();
        assertThat(catchThrowable(() -> client.run("x"))).isInstanceOf(RateLimitException.class);
        assertThat(server.received).hasSize(1);
    }
}
