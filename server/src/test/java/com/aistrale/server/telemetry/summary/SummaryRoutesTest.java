package com.aistrale.server.telemetry.summary;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The summary over HTTP, of inferences that the demo answered. */
@Timeout(60)
class SummaryRoutesTest {
    @TempDir
    Path folder;

    TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    @Test
    void countsByMetadataAndAsWhole() throws Exception {
        for (var team : new String[] {"search", "search", "ads"}) {
            server.run("{\"prompt\":\"Hello\",\"metadata\":{\"team\":\"" + team + "\"}}")
                    .expect(200);
        }
        server.run("{\"prompt\":\"Hello\"}").expect(200);
        try (var file = server.database()) {
            file.execute("UPDATE inference SET latency_ms = 40, cost_nano_usd = 1500000001, input_tokens = 7"
                    + " WHERE metadata LIKE '%search%'");
        }

        var byTeam =
                server.get("/api/v1/telemetry/summary?group_by=metadata.team").expect(200);
        var whole = server.get("/api/v1/telemetry/summary").expect(200);

        assertThat(byTeam.get("groups")).hasSize(3);
        var search = byTeam.get("groups").get(0);
        assertThat(search.get("group").toString()).isEqualTo("{\"metadata.team\":\"search\"}");
        assertThat(search.get("bucket_start").isNull()).isTrue();
        assertThat(search.get("count").intValue()).isEqualTo(2);
        assertThat(search.get("latency_ms").toString()).isEqualTo("{\"p50\":40,\"p95\":40,\"p99\":40}");
        assertThat(search.get("time_to_first_token_ms").toString())
                .isEqualTo("{\"p50\":null,\"p95\":null,\"p99\":null}");
        assertThat(search.get("input_tokens").intValue()).isEqualTo(14);
        assertThat(search.get("cost_usd").decimalValue().toPlainString()).isEqualTo("3.000000002");
        assertThat(search.get("cost_unknown").intValue()).isZero();
        assertThat(byTeam.get("groups").get(1).get("group").toString()).isEqualTo("{\"metadata.team\":null}");
        assertThat(byTeam.get("groups").get(2).get("cost_usd").isNull()).isTrue();
        assertThat(whole.get("groups")).hasSize(1);
        assertThat(whole.get("groups").get(0).get("group").toString()).isEqualTo("{}");
        assertThat(whole.get("groups").get(0).get("count").intValue()).isEqualTo(4);
        assertThat(whole.get("groups").get(0).get("cost_unknown").intValue()).isEqualTo(2);
        assertThat(Duration.between(
                        Instant.parse(whole.get("since").stringValue()),
                        Instant.parse(whole.get("until").stringValue())))
                .isEqualTo(Duration.ofHours(24));
    }

    @Test
    void ofNothingThereAreNoGroups() throws Exception {
        var json = server.get("/api/v1/telemetry/summary?interval=1h&group_by=model,status&provider=openai")
                .expect(200);

        assertThat(json.get("groups")).isEmpty();
        assertThat(json.get("truncated").booleanValue()).isFalse();
    }

    @Test
    void bucketsBeginAtWholeIntervals() throws Exception {
        server.run("{\"prompt\":\"Hello\"}").expect(200);

        for (var interval : new String[] {"1m", "5m", "15m", "1h", "6h", "1d"}) {
            var json = server.get("/api/v1/telemetry/summary?last=1h&interval=" + interval)
                    .expect(200);
            var start =
                    Instant.parse(json.get("groups").get(0).get("bucket_start").stringValue());
            assertThat(start).isBeforeOrEqualTo(Instant.now());
            assertThat(start.getEpochSecond() % (interval.equals("1d") ? 86_400 : 60))
                    .isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            group_by=modle | ?group_by | `modle` is none of model, provider, prompt, session_id, api_key_id, client, status, metadata.KEY; did you mean `model`?
            group_by=model,model | ?group_by | `model` is there twice
            group_by=model,provider,status | ?group_by | names 3; the most is 2
            group_by=model, | ?group_by | `` is none of model, provider, prompt, session_id, api_key_id, client, status, metadata.KEY
            group_by=metadata. | ?group_by | `metadata.` is none of model, provider, prompt, session_id, api_key_id, client, status, metadata.KEY; did you mean `metadata.KEY`?
            interval=2h | ?interval | `2h` is none of 1m, 5m, 15m, 1h, 6h, 1d
            interval=1m&last=7d | ?interval | 10081 intervals of 1m lie in this window; the most is 2000: take a longer one, or a shorter window
            limit=5 | ?limit | unknown parameter `limit`
            """)
    void mistakesAreNamed(String query, String pointer, String detail) throws Exception {
        var answer = server.get("/api/v1/telemetry/summary?" + query);

        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors")).hasSize(1);
        assertThat(answer.json().get("errors").get(0).get("pointer").stringValue())
                .isEqualTo(pointer);
        assertThat(answer.json().get("errors").get(0).get("detail").stringValue())
                .isEqualTo(detail);
    }

    @ParameterizedTest
    @CsvSource({
        "since=-999999999-01-01T00:00:00Z&interval=",
        "until=%2B999999999-12-31T23:59:59Z",
        "since=2100-01-01T00:00:00Z&interval=1d",
        "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z&interval=1m"
    })
    void timesOfAnyAge(String query) throws Exception {
        assertThat(server.get("/api/v1/telemetry/summary?" + query).expect(200).get("groups"))
                .isEmpty();
    }
}
