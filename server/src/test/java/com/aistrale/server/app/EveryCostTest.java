package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.contract.Contract;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation of the contract that costs stops at a spent budget, so that none is missed. */
@Timeout(60)
class EveryCostTest {
    @TempDir
    static Path folder;

    private static RawServer upstream;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        var prices = Files.writeString(folder.resolve("prices.json"), """
                {"models": [{"provider": "openai", "id": "gpt-4o", "max_output_tokens": 50,
                  "usd_per_million_tokens": {"input": 1000, "output": 1000}}]}
                """);
        upstream = RawServer.answering(OpenAiUpstream.answer("Hi there."));
        server = TestServer.in(folder)
                .openAi(upstream.url())
                .environment("AISTRALE_PRICING_FILE", prices.toString())
                .start();
    }

    @AfterAll
    static void close() throws Exception {
        server.close();
        upstream.close();
    }

    static List<String> costly() {
        var all = Contract.written().operations().stream()
                .filter(operation -> operation.node().path("x-costs").asBoolean(false))
                .map(Contract.Operation::name)
                .toList();
        assertThat(all).isNotEmpty();
        return all;
    }

    /** The least that the route takes. */
    private static String body(String name, boolean stream) {
        var route = RoutesTable.ALL.stream()
                .filter(one -> one.mounted().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("RoutesTable lacks " + name));
        var body = Objects.requireNonNull(route.body()).replace("demo/demo", "openai/gpt-4o");
        return stream ? body.replaceFirst("}$", ",\"stream\":true}") : body;
    }

    @ParameterizedTest
    @MethodSource("costly")
    void stopsAtASpentBudget(String name) throws Exception {
        var path = name.substring(name.indexOf(' ') + 1);
        var budget = server.post("/api/v1/budgets", """
                        {"name": "spent", "scope": {"type": "workspace"}, "period": "total", "limit_usd": 0.07,
                         "action": "block"}""").expect(201);
        var id = budget.get("id").stringValue();
        assertThat(server.post(path, body(name, false)).status())
                .as("there is room for one")
                .isEqualTo(200);
        int records = server.records().size();

        for (var stream : List.of(false, true)) {
            var answer = server.post(path, body(name, stream));
            assertThat(answer.status())
                    .as("stream: %s: %s", stream, answer.body())
                    .isEqualTo(402);
            var problem = Json.parse(answer.body());
            assertThat((problem.has("error") ? problem.get("error") : problem)
                            .get("code")
                            .stringValue())
                    .isEqualTo("budget_exceeded");
            assertThat(answer.body()).contains(id);
            assertThat(answer.header("x-should-retry")).isEqualTo("false");
        }
        assertThat(server.records()).hasSize(records);

        assertThat(server.delete("/api/v1/budgets/" + id).status()).isEqualTo(204);
        assertThat(server.post(path, body(name, false)).status())
                .as("it was the budget")
                .isEqualTo(200);
    }
}
