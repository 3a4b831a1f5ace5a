package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A model whose budget is spent is left out, and what was put aside for one goes with the next. */
@Timeout(60)
class BudgetFailoverTest {
    private static final String RUN =
            "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"max_output_tokens\":100,\"fallbacks\":[%s]}";
    private static final String GROQ = "groq/openai/gpt-oss-120b";

    @TempDir
    Path folder;

    private RawServer first;
    private RawServer second;
    private TestServer server;

    private void start(RawServer openAi, RawServer groq) throws Exception {
        first = openAi;
        second = groq;
        server = TestServer.in(folder)
                .openAi(first.url())
                .environment("GROQ_API_KEY", "gsk-test")
                .environment("AISTRALE_PROVIDERS_GROQ_BASE_URL", second.url())
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        first.close();
        second.close();
    }

    private String budget(String provider, String limit) throws Exception {
        return server.post("/api/v1/budgets", """
                        {"name":"%1$s","scope":{"type":"provider","provider":"%1$s"},"period":"total","limit_usd":%2$s,
                         "action":"block"}""".formatted(provider, limit))
                .expect(201)
                .get("id")
                .stringValue();
    }

    private static List<String> outcomes(JsonNode of) {
        return of.get("attempts")
                .valueStream()
                .map(attempt -> attempt.get("provider").stringValue() + " "
                        + attempt.get("outcome").stringValue())
                .toList();
    }

    private static String run(String... fallbacks) {
        return RUN.formatted("\"" + String.join("\",\"", fallbacks) + "\"");
    }

    private JsonNode current(String budget) throws Exception {
        return server.get("/api/v1/budgets/" + budget).expect(200).get("current");
    }

    @Test
    void theFirstOneWhoseBudgetIsSpentIsLeftOut() throws Exception {
        start(Turns.upstream(Turns.answers("never")), Turns.upstream(Turns.answers("From Groq.")));
        budget("openai", "0.000001");

        var answer = server.run(run(GROQ));

        var json = answer.expect(200);
        assertThat(outcomes(json)).containsExactly("openai budget_exceeded", "groq completed");
        assertThat(json.get("attempts").get(0).get("latency_ms").intValue()).isZero();
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("groq");
        assertThat(first.requests()).isEmpty();
        assertThat(server.records()).hasSize(1);
    }

    @Test
    void aFallbackWhoseBudgetIsSpentIsLeftOutAndTheLastProvidersErrorComesBack() throws Exception {
        start(Turns.upstream(Turns.fails(404)), Turns.upstream(Turns.answers("never")));
        budget("groq", "0.000001");

        var answer = server.run(run(GROQ));

        assertThat(answer.problem(400, "provider_rejected")).startsWith("OpenAI refused");
        assertThat(outcomes(server.records().getFirst()))
                .containsExactly("openai provider_rejected", "groq budget_exceeded");
        assertThat(second.requests()).isEmpty();
    }

    @Test
    void whenAllBudgetsAreSpentNothingBegins() throws Exception {
        start(Turns.upstream(Turns.answers("never")), Turns.upstream(Turns.answers("never")));
        budget("openai", "0.000001");
        budget("groq", "0.000001");

        var answer = server.run(run(GROQ));

        answer.problem(402, "budget_exceeded");
        assertThat(server.records()).isEmpty();
        assertThat(first.requests()).isEmpty();
        assertThat(second.requests()).isEmpty();
    }

    @Test
    void whatWasPutAsideForOneGoesToTheNext() throws Exception {
        start(Turns.upstream(Turns.fails(404)), Turns.upstream(Turns.answers("From Groq.")));
        var openAi = budget("openai", "1");
        var groq = budget("groq", "1");

        assertThat(outcomes(server.run(run(GROQ)).expect(200)))
                .containsExactly("openai provider_rejected", "groq completed");

        assertThat(current(openAi).get("reserved_usd").decimalValue()).isEqualByComparingTo("0");
        assertThat(current(openAi).get("spent_usd").decimalValue()).isEqualByComparingTo("0");
        assertThat(current(groq).get("reserved_usd").decimalValue()).isEqualByComparingTo("0");
        assertThat(current(groq).get("spent_usd").decimalValue())
                .as("9 input tokens at 0.15 and 4 output tokens at 0.60 dollars a million")
                .isEqualByComparingTo("0.00000375");
        try (var file = server.database()) {
            assertThat(file.rows("SELECT inference_id FROM budget_reservation")).isEmpty();
        }
    }
}
