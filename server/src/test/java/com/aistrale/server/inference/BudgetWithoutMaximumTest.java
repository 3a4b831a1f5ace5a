package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A budget that blocks, and runs that name no maximum, at a provider that must be told one. */
@Timeout(60)
class BudgetWithoutMaximumTest {
    private static final String RUN = "{\"prompt\":\"Hello\",\"model\":\"anthropic/claude-opus-5\"}";

    @TempDir
    Path folder;

    private final Semaphore asked = new Semaphore(0);
    private final Semaphore go = new Semaphore(0);

    /** At 25 USD for a million, 32,000 tokens are 0.80 USD; the answer takes 30,000 of them. */
    @Test
    void whatTheProviderIsAskedForIsPutAsideSoLongAnswersStayWithinTheLimit() throws Exception {
        try (var upstream = new RawServer(line -> {
                    while (line.request() != null) {
                        asked.release();
                        go.acquire();
                        line.write(RawServer.json("""
                                {"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5",
                                 "content":[{"type":"text","text":"A long answer."}],"stop_reason":"end_turn",
                                 "usage":{"input_tokens":10,"output_tokens":30000}}"""));
                    }
                });
                var server = TestServer.in(folder)
                        .environment("ANTHROPIC_API_KEY", "sk-ant-test")
                        .environment("AISTRALE_PROVIDERS_ANTHROPIC_BASE_URL", upstream.url())
                        .start();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var budget =
                    server.post("/api/v1/budgets", """
                            {"name":"one","scope":{"type":"workspace"},"period":"total","limit_usd":1,"action":"block"}""").expect(201).get("id").stringValue();
            var first = threads.submit(() -> server.run(RUN));
            asked.acquire();
            var second = threads.submit(() -> server.run(RUN));
            await().until(() -> second.isDone() || asked.tryAcquire());
            go.release(2);
            assertThat(second.get().problem(402, "budget_exceeded")).contains("may cost up to 0.80");
            first.get().expect(200);

            var sent = upstream.requests().getFirst();
            assertThat(Json.parse(sent.substring(sent.indexOf("\r\n\r\n") + 4))
                            .get("max_tokens")
                            .intValue())
                    .isEqualTo(32_000);
            var current = server.get("/api/v1/budgets/" + budget).expect(200).get("current");
            assertThat(current.get("spent_usd").decimalValue()).isEqualByComparingTo(new BigDecimal("0.75005"));
            assertThat(upstream.requests()).hasSize(1);
        }
    }
}
