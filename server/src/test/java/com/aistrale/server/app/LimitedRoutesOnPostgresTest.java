package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

@OnPostgres
class LimitedRoutesOnPostgresTest extends LimitedRoutesTest {
    private static final String RUN = "{\"prompt\":\"Hi\",\"model\":\"demo/demo\"}";

    @TempDir
    Path folders;

    private TestServer node(String name, TestDatabase database) throws Exception {
        return TestServer.in(folders.resolve(name))
                .environment("AISTRALE_MASTER_KEY", Base64.getEncoder().encodeToString(new byte[32]))
                .flags("--database-url", database.toString())
                .start();
    }

    @Test
    void twoNodesCountTogetherAndTheOtherHearsOfAChangeWithinASecond() throws Exception {
        var database = TestDatabase.postgres();
        try (var one = node("one", database);
                var two = node("two", database)) {
            var key = one.post("/api/v1/api-keys", "{\"name\":\"a\",\"requests_per_minute\":4}")
                    .expect(201);
            for (int i = 0; i < 2; i++) {
                assertThat(run(one, key).status()).isEqualTo(200);
                assertThat(run(two, key).status()).isEqualTo(200);
            }
            assertThat(run(one, key).problem(429, "rate_limited")).contains("may begin 4 requests a minute");
            assertThat(run(two, key).problem(429, "rate_limited")).contains("may begin 4 requests a minute");

            one.post("/api/v1/api-keys/" + key.get("id").stringValue(), "{\"requests_per_minute\":1000}")
                    .expect(200);
            assertThat(run(one, key).header("x-ratelimit-limit-requests")).isEqualTo("1000");
            await().atMost(Duration.ofSeconds(2))
                    .until(() -> "1000".equals(run(two, key).header("x-ratelimit-limit-requests")));
        }
    }

    private static TestServer.Answer run(TestServer node, ObjectNode key) throws Exception {
        return node.send(
                node.request("POST", "/api/v1/inferences", RUN, key.get("key").stringValue()));
    }
}
