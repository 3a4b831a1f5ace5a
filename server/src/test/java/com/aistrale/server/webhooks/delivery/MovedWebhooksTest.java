package com.aistrale.server.webhooks.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.sql.Move;
import com.aistrale.server.kit.sql.PostgresServer;
import com.aistrale.server.kit.sql.SqliteFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A move to PostgreSQL loses no event and tells none twice. */
@Timeout(120)
class MovedWebhooksTest {
    @TempDir
    Path folder;

    private TestServer server(String... flags) throws Exception {
        return TestServer.in(folder)
                .environment("AISTRALE_WEBHOOKS_ALLOWED_TARGETS", "127.0.0.1")
                .environment("AISTRALE_WEBHOOKS_ALLOW_HTTP", "true")
                .environment("AISTRALE_MASTER_KEY", Base64.getEncoder().encodeToString(new byte[32]))
                .flags(flags)
                .start();
    }

    private static String run(TestServer server) throws Exception {
        return server.run("{\"prompt\":\"Hello\",\"model\":\"demo\"}")
                .expect(200)
                .get("id")
                .stringValue();
    }

    private static List<String> told(Hook hook) {
        return hook.arrivals().stream()
                .map(arrival -> arrival.json().at("/data/inference_id").stringValue())
                .toList();
    }

    @Test
    void whatWasToldIsNotToldAgainAndTheRestIs() throws Exception {
        var answer = new AtomicReference<>(Hook.OK);
        try (var hook = new Hook(n -> answer.get())) {
            String before;
            String pending;
            try (var server = server()) {
                server.post("/api/v1/webhooks", "{\"url\":\"" + hook.url() + "\",\"events\":[\"*\"]}")
                        .expect(201);
                before = run(server);
                await().until(() -> hook.arrivals().size() == 1);
                answer.set(RawServer.response("503 Service Unavailable", "", ""));
                pending = run(server);
                await().until(() -> hook.arrivals().size() == 2);
            }
            assertThat(told(hook)).containsExactly(before, pending);
            answer.set(Hook.OK);
            var database = PostgresServer.shared().empty();
            // deliveries of long ago are not there any more: who reads the outbox again must not tell of them
            try (var file = new SqliteFile(folder.resolve("aistrale.db"))) {
                file.execute("DELETE FROM webhook_delivery WHERE status = 'delivered'");
                file.execute("UPDATE webhook_delivery SET next_attempt_at = 1 WHERE status = 'pending'");
            }
            Move.run(folder.resolve("aistrale.db"), database);

            try (var server = server("--database-url", PostgresServer.shared().text(database))) {
                var after = run(server);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> hook.arrivals().size() == 4);
                assertThat(told(hook).subList(2, 4)).containsExactlyInAnyOrder(pending, after);
                await().pollDelay(Duration.ofSeconds(1))
                        .until(() -> hook.arrivals().size() == 4);
            }
        }
    }
}
