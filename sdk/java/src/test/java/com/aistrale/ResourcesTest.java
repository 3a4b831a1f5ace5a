package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResourcesTest {
    private static final String TOKEN =
            "{\"id\":\"tok_1\",\"provider\":\"openai\",\"name\":null,\"last_four\":\"wxyz\",\"created_at\":\"2026-11-01T12:00:00.000Z\"}";
    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private static String record(String id) {
        return """
                {"id":"%s","status":"failed","created_at":"2026-11-01T12:00:00.000Z","completed_at":null,"provider":"openai",\
                "model":"m","requested_model":null,"session_id":null,"api_key_id":"key_1","client":"java/0.1.0","streamed":true,\
                "finish_reason":null,"usage":null,"cost_usd":null,"cost_source":null,"latency_ms":5,\
                "time_to_first_token_ms":null,"attempts":[],"error":{"code":"provider_failed","message":"boom",\
                "provider":"openai","upstream_status":500},"metadata":{"team":"a"}}""".formatted(id);
    }

    private static String page(String next, String... records) {
        return "{\"data\":[" + String.join(",", records) + "],\"next_cursor\":" + next + "}";
    }

    @Test
    void tokens() {
        server.json(201, TOKEN).json(200, page("null", TOKEN)).json(200, TOKEN);
        server.reply(new FakeServer.Reply(List.of(FakeServer.bytes("HTTP/1.1 204 X\r\n\r\n")), FakeServer.End.KEEP, 0));
        var tokens = Clients.of(server).tokens();
        assertThat(tokens.add("openai", "sk-1").lastFour()).isEqualTo("wxyz");
        assertThat(tokens.list()).extracting(ProviderToken::id).containsExactly("tok_1");
        assertThat(tokens.replace("tok_1", "sk-2").provider()).isEqualTo("openai");
        tokens.remove("tok/1");
        assertThat(server.received)
                .extracting(r -> r.method() + " " + r.target())
                .containsExactly(
                        "POST /api/v1/tokens",
                        "GET /api/v1/tokens",
                        "POST /api/v1/tokens/tok_1",
                        "DELETE /api/v1/tokens/tok%2F1");
        assertThat(server.received.get(2).body()).isEqualTo("{\"token\":\"sk-2\"}");
    }

    /** HttpURLConnection sends again what has no body of a length that it knows. */
    @ParameterizedTest
    @MethodSource("com.aistrale.StreamTest#transports")
    void whatChangesSomethingIsSentOnce(Transport transport) {
        var lost = new FakeServer.Reply(List.of(), FakeServer.End.CLOSE, 0);
        server.reply(lost).reply(lost).json(200, "{}").json(200, "{}");
        var client = Clients.builder(server).transport(transport).build();
        assertThatThrownBy(() -> client.tokens().remove("tok_1")).isInstanceOf(ApiConnectionException.class);
        assertThatThrownBy(() -> client.webhooks().deliveries().retry("dlv_1"))
                .isInstanceOf(ApiConnectionException.class);
        assertThat(server.received)
                .extracting(r -> r.method() + " " + r.target() + r.body())
                .containsExactly("DELETE /api/v1/tokens/tok_1", "POST /api/v1/webhook-deliveries/dlv_1/retry");
    }

    @Test
    void headersOfTheUsersOwnAreSentAndTakeNoPlace() {
        server.json(200, page("null")).json(200, FakeServer.inference("Hi"));
        var client = Clients.builder(server).header("X-Gateway", "g 1").build();
        client.tokens().list();
        client.run(
                "x",
                RunOptions.builder()
                        .header("traceparent", "00-1")
                        .header("x-gateway", "g 2")
                        .build());
        assertThat(server.received.get(0).headers())
                .containsEntry("x-gateway", "g 1")
                .doesNotContainKey("traceparent");
        assertThat(server.received.get(1).headers())
                .containsEntry("x-gateway", "g 2")
                .containsEntry("traceparent", "00-1");
        assertThatThrownBy(() -> Aistrale.builder().header("Authorization", "Bearer x"))
                .hasMessage("the client sends authorization itself: there may be an option for it");
        assertThatThrownBy(() -> Aistrale.builder().header("Accept-Encoding", "gzip"))
                .hasMessage("the client sends accept-encoding itself: there may be an option for it");
        assertThatThrownBy(() -> RunOptions.builder().header("a", "s3cret\r\nb: c"))
                .hasMessage("the value of the header a is not printable ASCII on one line");
        assertThatThrownBy(() -> Aistrale.builder().header("a b", "")).hasMessage("\"a b\" is no name of a header");
    }

    @Test
    void telemetryPagesThroughAndAnEmptyPageIsNotTheEnd() {
        server.json(200, page("\"c 1\"", record("inf_1"), record("inf_2")))
                .json(200, page("\"c2\""))
                .json(200, page("null", record("inf_3")));
        var query = TelemetryQuery.builder()
                .last("24h")
                .since(Instant.parse("2026-11-01T00:00:00Z"))
                .status("failed")
                .pageSize(2)
                .build();
        var records = Clients.of(server).telemetry().list(query).toList();
        assertThat(records).extracting(InferenceRecord::id).containsExactly("inf_1", "inf_2", "inf_3");
        assertThat(records.get(0).error())
                .isEqualTo(new InferenceRecord.Reason("provider_failed", "boom", "openai", 500L));
        assertThat(records.get(0).costUsd()).isNull();
        assertThat(records.get(0).metadata()).containsEntry("team", "a");
        var first = "/api/v1/telemetry?last=24h&limit=2&since=2026-11-01T00%3A00%3A00Z&status=failed";
        assertThat(server.received)
                .extracting(FakeServer.Received::target)
                .containsExactly(first, first + "&cursor=c+1", first + "&cursor=c2");
    }

    @Test
    void pagesAreFetchedOnlyAsTheyAreNeeded() {
        server.json(200, page("\"c1\"", record("inf_1"), record("inf_2")));
        var query = TelemetryQuery.builder().build();
        assertThat(Clients.of(server).telemetry().list(query).stream().limit(2)).hasSize(2);
        assertThat(server.received).hasSize(1);
    }

    @Test
    void aCursorThatComesAgainIsAnErrorAndNoEndlessLoop() {
        server.json(200, page("\"c\"")).json(200, page("\"c\""));
        var list = Clients.of(server).telemetry().list(TelemetryQuery.builder().build());
        assertThatThrownBy(list::toList).isInstanceOf(ApiException.class).hasMessageContaining("repeats its cursor");
    }

    @Test
    void oneRecord() {
        server.json(200, record("inf_7"));
        assertThat(Clients.of(server).inferences().get("inf_7").status()).isEqualTo("failed");
        assertThat(server.received.get(0).target()).isEqualTo("/api/v1/inferences/inf_7");
    }

    @Test
    void whoamiProvidersAndHealth() {
        server.json(
                        200,
                        "{\"workspace_id\":\"ws_1\",\"workspace_name\":\"w\",\"api_key_id\":\"key_1\",\"default_model\":null}")
                .json(
                        200,
                        page(
                                "null",
                                "{\"name\":\"demo\",\"base_url\":null,\"credential\":\"of_the_future\",\"credential_env\":null}"))
                .json(200, "{\"status\":\"ready\"}")
                .problem(503, "overloaded")
                .problem(503, "overloaded")
                .problem(503, "overloaded");
        var client = Clients.of(server, new FakeClocks());
        assertThat(client.whoami().defaultModel()).isNull();
        assertThat(client.providers()).extracting(ProviderInfo::credential).containsExactly("of_the_future");
        assertThat(client.isReady()).isTrue();
        assertThat(client.isReady()).isFalse();
    }
}
