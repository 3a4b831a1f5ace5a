package com.aistrale.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The list over HTTP, of inferences that the demo answered. */
@Timeout(60)
class TelemetryRoutesTest {
    @TempDir
    Path folder;

    private TestServer server;
    private final List<String> ids = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private void run(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            ids.addFirst(
                    server.run("{\"prompt\":\"Hello\"}").expect(200).get("id").stringValue());
            Thread.sleep(1); // another millisecond, another place in the list
        }
    }

    private static List<String> ids(JsonNode list) {
        return list.get("data").values().stream()
                .map(record -> record.get("id").stringValue())
                .toList();
    }

    @Test
    void pagesFollowEachOtherToTheEnd() throws Exception {
        run(5);

        var first = server.get("/api/v1/telemetry?limit=2").expect(200);
        assertThat(ids(first)).isEqualTo(ids.subList(0, 2));
        var second = server.get("/api/v1/telemetry?limit=2&cursor="
                        + first.get("next_cursor").stringValue())
                .expect(200);
        assertThat(ids(second)).isEqualTo(ids.subList(2, 4));
        run(1);
        var third = server.get("/api/v1/telemetry?limit=2&cursor="
                        + second.get("next_cursor").stringValue())
                .expect(200);
        assertThat(ids(third)).containsExactly(ids.getLast());
        assertThat(third.get("next_cursor").isNull()).isTrue();
        assertThat(ids(server.get("/api/v1/telemetry").expect(200))).isEqualTo(ids);
    }

    @Test
    void filtersAreTakenTogether() throws Exception {
        run(2);
        assertThat(ids(server.get("/api/v1/telemetry?provider=demo&model=demo&status=completed&last=1h")
                        .expect(200)))
                .isEqualTo(ids);
        for (var none : List.of("provider=openai", "model=gpt-4o", "status=failed", "until=2020-01-01T00:00:00Z")) {
            assertThat(ids(server.get("/api/v1/telemetry?last=24h&" + none).expect(200)))
                    .as(none)
                    .isEmpty();
        }
        assertThat(ids(server.get("/api/v1/telemetry?since=2100-01-01T00:00:00Z")
                        .expect(200)))
                .isEmpty();
    }

    @Test
    void everyFilterFindsItsOwn() throws Exception {
        var mine = server.send(server.request("/api/v1/inferences")
                        .header("x-aistrale-client", "python/1.2.0")
                        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                        .POST(java.net.http.HttpRequest.BodyPublishers.ofString("""
                                {"prompt":"Hello","session_id":"chat-1","metadata":{"team":"search","user":"Ünal \\"x\\""}}
                                """)))
                .expect(200)
                .get("id")
                .stringValue();
        run(1);
        var key = server.record(mine).get("api_key_id").stringValue();
        try (var file = server.database()) {
            file.execute("UPDATE inference SET prompt_name = 'greeting', prompt_version = 3 WHERE id = '" + mine + "'");
        }
        for (var one : List.of(
                "session_id=chat-1",
                "client=python/1.2.0",
                "metadata.team=search",
                "metadata.user=%C3%9Cnal%20%22x%22",
                "metadata.team=search&metadata.user=%C3%9Cnal%20%22x%22",
                "prompt=greeting",
                "prompt=greeting@3",
                "q=GREET&last=1h",
                "api_key_id=" + key + "&session_id=chat-1")) {
            assertThat(ids(server.get("/api/v1/telemetry?" + one).expect(200)))
                    .as(one)
                    .containsExactly(mine);
        }
        for (var none : List.of(
                "session_id=chat-2",
                "client=python/1.2",
                "metadata.team=Search",
                "metadata.team=sear",
                "metadata.eam=search",
                "metadata.team=search&metadata.user=x",
                "prompt=greet",
                "prompt=greeting@2",
                "q=greet_ng&last=1h",
                "q=%25&last=1h",
                "api_key_id=key_other")) {
            assertThat(ids(server.get("/api/v1/telemetry?" + none).expect(200)))
                    .as(none)
                    .isEmpty();
        }
        assertThat(ids(server.get("/api/v1/telemetry?q=DEMO&last=1h&api_key_id=" + key)
                        .expect(200)))
                .hasSize(2);
    }

    @Test
    void aRecordIsFoundBetweenItsOwnTimeAndTheNextMillisecond() throws Exception {
        for (int i = 0; i < 30; i++) {
            run(1);
            var at = Instant.parse(
                    server.record(ids.getFirst()).get("created_at").stringValue());
            assertThat(ids(server.get("/api/v1/telemetry?since=" + at + "&until=" + at.plusMillis(1))
                            .expect(200)))
                    .containsExactly(ids.getFirst());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"90s", "15m", "24h", "7d", "999999999d"})
    void durationsAreWrittenAsOneSaysThem(String last) throws Exception {
        run(1);
        assertThat(ids(server.get("/api/v1/telemetry?last=" + last).expect(200)))
                .isEqualTo(ids);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2020-01-01T00:00:00Z",
                "2020-01-01T01:00:00%2B01:00",
                "-999999999-01-01T00:00:00Z",
                "0000-01-01T00:00:00Z"
            })
    void timesOfAnyZoneAndAge(String since) throws Exception {
        run(1);
        assertThat(ids(server.get("/api/v1/telemetry?until=%2B999999999-12-31T23:59:59Z&since=" + since)
                        .expect(200)))
                .isEqualTo(ids);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            last=24        | ?last   | `24` is no duration: write 90s, 15m, 24h or 7d
            last=-1h       | ?last   | `-1h` is no duration: write 90s, 15m, 24h or 7d
            last=1h30m     | ?last   | `1h30m` is no duration: write 90s, 15m, 24h or 7d
            last=1h&since=2020-01-01T00:00:00Z | ?last | `last` and `since` say the same thing in two ways: give one
            since=today    | ?since  | `today` is no RFC 3339 time, such as 2026-11-23T08:00:00Z
            until=2020     | ?until  | `2020` is no RFC 3339 time, such as 2026-11-23T08:00:00Z
            status=done    | ?status | `done` is none of running, completed, failed, cancelled, interrupted
            limit=0        | ?limit  | a number from 1 to 200 was expected
            limit=201      | ?limit  | a number from 1 to 200 was expected
            limit=-1       | ?limit  | a number from 1 to 200 was expected
            limit=ten      | ?limit  | a number from 1 to 200 was expected
            cursor=inf_1   | ?cursor | not a cursor of this list: pass on the `next_cursor` of the page before
            prompt=@2      | ?prompt | `@2` is no prompt: write its name, or name@version
            prompt=a@0     | ?prompt | `a@0` is no prompt: write its name, or name@version
            metadata.=x    | ?metadata. | names no key: write metadata.KEY=VALUE
            metadata.k=    | ?metadata.k | has no value: write metadata.k=VALUE
            q=gpt          | ?q      | is searched for within a window: add `last=24h`, or `since`
            q=gpt&until=2020-01-01T00:00:00Z | ?q | is searched for within a window: add `last=24h`, or `since`
            provder=openai | ?provder | unknown parameter `provder`; did you mean `provider`?
            """)
    void mistakesAreNamed(String query, String pointer, String detail) throws Exception {
        var answer = server.get("/api/v1/telemetry?" + query);

        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors")).hasSize(1);
        assertThat(answer.json().get("errors").get(0).get("pointer").stringValue())
                .isEqualTo(pointer);
        assertThat(answer.json().get("errors").get(0).get("detail").stringValue())
                .isEqualTo(detail);
    }

    @Test
    void allMistakesAreNamedAtOnce() throws Exception {
        var answer = server.get("/api/v1/telemetry?limit=0&status=x&cursor=y&since=z&frob=1");

        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors")).hasSize(5);
    }

    @Test
    void anInferenceThatIsNotThereIsNotFound() throws Exception {
        assertThat(server.get("/api/v1/inferences/inf_none").problem(404, "not_found"))
                .isEqualTo("There is no inference inf_none in this workspace.");
    }

    @Test
    void aRecordHasTheFieldsOfTheContract() throws Exception {
        run(1);
        assertThat(server.record(ids.getFirst()).propertyNames())
                .containsExactlyInAnyOrder(
                        "id",
                        "status",
                        "created_at",
                        "completed_at",
                        "provider",
                        "model",
                        "requested_model",
                        "prompt",
                        "session_id",
                        "trace_id",
                        "parent_span_id",
                        "api_key_id",
                        "client",
                        "streamed",
                        "finish_reason",
                        "usage",
                        "cost_usd",
                        "cost_source",
                        "latency_ms",
                        "time_to_first_token_ms",
                        "attempts",
                        "error",
                        "metadata",
                        "content");
    }

    @Test
    void costsAreExactAndUnknownOnesAreNull() throws Exception {
        run(4);
        int changed = 0;
        try (var file = server.database()) {
            for (var cost : new long[] {1, 1_000_000_000, 123_456_789_012_345L}) {
                var id = ids.get(changed++);
                file.execute("UPDATE inference SET cost_nano_usd = " + cost + " WHERE id = '" + id + "'");
            }
        }
        assertThat(server.records())
                .extracting(record -> record.get("cost_usd"))
                .extracting(cost -> cost.isNull() ? "null" : cost.decimalValue().toPlainString())
                .containsExactly("0.000000001", "1", "123456.789012345", "null");
    }
}
