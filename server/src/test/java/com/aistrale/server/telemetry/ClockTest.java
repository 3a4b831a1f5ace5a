package com.aistrale.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A clock that is set back, and forth, each time it is looked at: no time is negative, and nothing is lost. */
@Timeout(60)
class ClockTest {
    private static final int COUNT = 60;

    @TempDir
    Path folder;

    private final Random random = new Random(9);
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).clock(this::somewhen).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private synchronized Instant somewhen() {
        return Instant.now().minus(Duration.ofMinutes(random.nextInt(120)));
    }

    @Test
    void nothingIsNegativeAndNothingIsLost() throws Exception {
        try (var listener = new RawClient(server.port())) {
            listener.send("GET /api/v1/telemetry/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + server.key() + "\r\n\r\n");
            listener.readUntil("\nid: ");
            listener.readUntil("\n\n");
            var ids = new ArrayList<String>();
            for (int i = 0; i < COUNT; i++) {
                boolean stream = random.nextBoolean();
                var answer =
                        server.run("{\"prompt\":\"Hello\",\"trace_id\":\"t" + i % 7 + "\",\"stream\":" + stream + "}");
                ids.add(String.valueOf(answer.header("x-aistrale-inference-id")));
            }

            for (var id : ids) {
                listener.readUntil("\"id\":\"" + id + "\"");
            }
            assertThat(pages("/api/v1/telemetry?limit=7", "id")).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(pages("/api/v1/traces?limit=2", "trace_id")).hasSize(7).doesNotHaveDuplicates();
            for (var id : ids) {
                var record = server.record(id);
                assertThat(record.get("latency_ms").longValue()).isNotNegative();
                assertThat(record.get("time_to_first_token_ms").longValue(0)).isNotNegative();
                assertThat(Instant.parse(record.get("completed_at").stringValue()))
                        .isAfterOrEqualTo(Instant.parse(record.get("created_at").stringValue()));
            }
            for (var trace : server.get("/api/v1/traces").expect(200).get("data")) {
                assertThat(trace.get("duration_ms").longValue()).isNotNegative();
            }
            long counted = 0;
            for (var group : server.get("/api/v1/telemetry/summary?last=24h&interval=15m")
                    .expect(200)
                    .get("groups")) {
                counted += group.get("count").longValue();
                assertThat(Instant.parse(group.get("bucket_start").stringValue()))
                        .isBetween(Instant.now().minus(Duration.ofHours(3)), Instant.now());
                assertThat(group.get("latency_ms").get("p50").longValue()).isNotNegative();
            }
            assertThat(counted).isEqualTo(COUNT);
            assertThat(server.get("/api/v1/telemetry/export")
                            .body()
                            .lines()
                            .map(Json::parse)
                            .toList())
                    .hasSize(COUNT);
        }
    }

    private List<String> pages(String path, String field) throws Exception {
        var found = new ArrayList<String>();
        var cursor = "";
        do {
            var page = server.get(path + (cursor.isEmpty() ? "" : "&cursor=" + cursor))
                    .expect(200);
            page.get("data").values().forEach(one -> found.add(one.get(field).stringValue()));
            cursor = page.get("next_cursor").stringValue("");
        } while (!cursor.isEmpty());
        return found;
    }
}
