package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.app.TestServer.Answer;
import com.aistrale.server.kit.http.RawServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An Idempotency-Key beside limits, budgets and fallbacks: what is answered again counts nowhere, what is refused keeps no key. */
@Timeout(60)
class KeyedUnderMoneyTest {
    private static final String PATH = "/api/v1/inferences";
    private static final String PLAIN = "{\"prompt\":\"Hello\",\"model\":\"openai/gpt-4o\"}";

    @TempDir
    Path folder;

    private RawServer upstream;
    private RawServer broken;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = RawServer.answering(OpenAiUpstream.answer("Hi there."));
        broken = RawServer.answering(OpenAiUpstream.error(400, "", "Not so."));
        server = TestServer.in(folder)
                .openAi(upstream.url())
                .environment("GROQ_API_KEY", "gsk-of-the-environment")
                .environment("AISTRALE_PROVIDERS_GROQ_BASE_URL", broken.url())
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
        broken.close();
    }

    private Answer send(String json, String apiKey, String key) throws Exception {
        return server.send(server.request("POST", PATH, json, apiKey).header("idempotency-key", key));
    }

    private int claims() throws Exception {
        try (var file = server.database()) {
            return file.rows("SELECT key FROM idempotency_key").size();
        }
    }

    @Test
    void anAnswerGivenAgainTakesNothingOfALimitAndARefusedRequestKeepsNoKey() throws Exception {
        var made = server.post(
                        "/api/v1/api-keys", "{\"name\":\"limited\",\"role\":\"member\",\"requests_per_minute\":1}")
                .expect(201);
        var limited = made.get("key").stringValue();

        send(PLAIN, limited, "a").expect(200);
        var again = send(PLAIN, limited, "a");
        again.expect(200);
        assertThat(again.header("idempotency-replayed")).isEqualTo("true");
        send(PLAIN, limited, "b").problem(429, "rate_limited");
        assertThat(send(PLAIN, limited, "a").status()).isEqualTo(200);

        assertThat(claims()).isEqualTo(1);
        server.post("/api/v1/api-keys/" + made.get("id").stringValue(), "{\"requests_per_minute\":null}")
                .expect(200);
        assertThat(send(PLAIN, limited, "b").header("idempotency-replayed")).isNull();
        assertThat(upstream.requests()).hasSize(2);
    }

    @Test
    void whatIsAnsweredIsAnsweredAgainWhenTheBudgetIsSpent() throws Exception {
        send(PLAIN, server.key(), "a").expect(200);
        var budget = server.post("/api/v1/budgets", """
                        {"name":"spent","scope":{"type":"workspace"},"period":"total","limit_usd":0.000001,"action":"block"}""").expect(201);

        assertThat(send(PLAIN, server.key(), "a").header("idempotency-replayed"))
                .isEqualTo("true");
        send(PLAIN, server.key(), "b").problem(402, "budget_exceeded");
        assertThat(claims()).isEqualTo(1);
        server.delete("/api/v1/budgets/" + budget.get("id").stringValue());
        send(PLAIN, server.key(), "b").expect(200);
        assertThat(upstream.requests()).hasSize(2);
    }

    @Test
    void theAnswerOfAFallbackIsGivenAgainAsItsOwn() throws Exception {
        broken.close(); // from now on unreachable
        var json = "{\"prompt\":\"Hello\",\"model\":\"groq/llama\",\"fallbacks\":[\"openai/gpt-4o\"]}";

        var first = send(json, server.key(), "a");
        var again = send(json, server.key(), "a");

        assertThat(first.expect(200).get("attempts").size()).isGreaterThan(1);
        assertThat(first.header("x-aistrale-provider")).isEqualTo("openai");
        assertThat(again.header("x-aistrale-provider")).isEqualTo("openai");
        assertThat(again.header("x-aistrale-cost-usd")).isEqualTo(first.header("x-aistrale-cost-usd"));
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.header("idempotency-replayed")).isEqualTo("true");
        assertThat(upstream.requests()).hasSize(1);
    }
}
