package com.aistrale.server.budgets;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/budgets}, and what budgets do to those who run models. */
@Timeout(60)
class BudgetRoutesTest {
    /** A token costs a thousandth of a dollar here, and an answer of the upstream 0.013. */
    private static final String PRICES = """
            {"models": [{"provider": "openai", "id": "gpt-4o", "max_output_tokens": 50,
              "usd_per_million_tokens": {"input": 1000, "output": 1000}}]}
            """;

    private static final String WORKSPACE = """
            {"name": "all", "scope": {"type": "workspace"}, "period": "month", "limit_usd": 25.5}""";
    private static final String RUN = "{\"prompt\":\"Hi\",\"model\":\"gpt-4o\"}";

    @TempDir
    Path folder;

    private RawServer upstream;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        start(RawServer.answering(OpenAiUpstream.answer("Hi there.")));
    }

    private void start(RawServer answering) throws Exception {
        upstream = answering;
        var prices = Files.writeString(folder.resolve("prices.json"), PRICES);
        server = TestServer.in(folder)
                .openAi(upstream.url())
                .environment("AISTRALE_PRICING_FILE", prices.toString())
                .environment("AISTRALE_PROVIDERS_OTHER_BASE_URL", upstream.url())
                .environment("OTHER_API_KEY", "k")
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    private ObjectNode made(String json) throws Exception {
        return server.post("/api/v1/budgets", json).expect(201);
    }

    private static String path(ObjectNode budget) {
        return "/api/v1/budgets/" + budget.get("id").stringValue();
    }

    private ObjectNode current(ObjectNode budget) throws Exception {
        return (ObjectNode) server.get(path(budget)).expect(200).get("current");
    }

    @Test
    void isMadeWithWhatIsUsual() throws Exception {
        var budget = made(WORKSPACE);

        assertThat(budget.get("id").stringValue()).matches("bud_[0-9a-z]{26}");
        assertThat(budget.propertyNames())
                .containsExactly(
                        "id",
                        "name",
                        "scope",
                        "period",
                        "limit_usd",
                        "thresholds",
                        "action",
                        "created_at",
                        "updated_at",
                        "current");
        assertThat(budget.get("scope")).isEqualTo(Json.parse("{\"type\":\"workspace\"}"));
        assertThat(budget.get("limit_usd")).isEqualTo(Json.parse("25.5"));
        assertThat(budget.get("thresholds")).isEqualTo(Json.parse("[50,80,100]"));
        assertThat(budget.get("action").stringValue()).isEqualTo("alert");
        var current = (ObjectNode) budget.get("current");
        assertThat(current.remove(List.of("period_start", "period_end"))).isEqualTo(Json.parse("""
                {"spent_usd": 0, "reserved_usd": 0, "remaining_usd": 25.5, "unpriced_inferences": 0, "crossings": []}"""));
        assertThat(server.get(path(budget)).expect(200).get("name").stringValue())
                .isEqualTo("all");
    }

    @Test
    void scopesComeBackAsTheyAreKept() throws Exception {
        var key = server.get("/api/v1/whoami").expect(200).get("api_key_id").stringValue();
        for (var scope : List.of(
                "{\"type\":\"api_key\",\"api_key_id\":\"" + key + "\"}",
                "{\"type\":\"provider\",\"provider\":\"openai\"}",
                "{\"type\":\"model\",\"provider\":\"openrouter\",\"model\":\"meta/llama\"}",
                "{\"type\":\"metadata\",\"key\":\"team\",\"value\":\"\"}")) {
            assertThat(made(WORKSPACE.replace("{\"type\": \"workspace\"}", scope))
                            .get("scope"))
                    .isEqualTo(Json.parse(scope));
        }
        var split = made(
                WORKSPACE.replace("{\"type\": \"workspace\"}", "{\"type\":\"model\",\"model\":\"openai/gpt-4o\"}"));
        assertThat(split.get("scope"))
                .isEqualTo(Json.parse("{\"type\":\"model\",\"provider\":\"openai\",\"model\":\"gpt-4o\"}"));
    }

    /** A newcomer may make one before there is a token. */
    @Test
    void theDemoCostsNothingAndIsNotBlocked() throws Exception {
        made(WORKSPACE.replace("25.5", "25.5, \"action\": \"block\""));

        server.run("{\"prompt\":\"Hi\",\"model\":\"demo\"}").expect(200);
    }

    @Test
    void aTotalNeverEnds() throws Exception {
        var budget = made(WORKSPACE.replace("month", "total"));
        assertThat(budget.get("current").get("period_end").isNull()).isTrue();
        assertThat(budget.get("current").get("period_start")).isEqualTo(budget.get("created_at"));
    }

    static List<String[]> wrong() {
        var all = new ArrayList<String[]>();
        for (var limit : List.of(
                "0",
                "-1",
                "-0.0",
                "1e-10",
                "0.1234567891",
                "1000000000.000000001",
                "1e400",
                "1e999999999",
                "\"5\"",
                "\"NaN\"",
                "null",
                "true",
                "[5]",
                "{}")) {
            all.add(new String[] {"\"limit_usd\": 25.5", "\"limit_usd\": " + limit, "/limit_usd"});
        }
        for (var scope : List.of("null", "\"workspace\"", "[]")) {
            all.add(scope(scope, "/scope"));
        }
        all.add(scope("{}", "/scope/type"));
        all.add(scope("{\"type\":\"team\"}", "/scope/type"));
        all.add(scope("{\"type\":null}", "/scope/type"));
        all.add(scope("{\"type\":\"workspace\",\"provider\":null}", "/scope/provider"));
        all.add(scope("{\"type\":\"api_key\"}", "/scope/api_key_id"));
        all.add(scope("{\"type\":\"api_key\",\"api_key_id\":\"key_00000000000000000000000000\"}", "/scope/api_key_id"));
        all.add(scope("{\"type\":\"api_key\",\"api_key_id\":\"\\u0000\"}", "/scope/api_key_id"));
        all.add(scope("{\"type\":\"provider\",\"provider\":\"openia\"}", "/scope/provider"));
        all.add(scope("{\"type\":\"provider\",\"provider\":\"openai\",\"model\":\"m\"}", "/scope/model"));
        all.add(scope("{\"type\":\"model\",\"model\":\"gpt-4o\"}", "/scope/model"));
        all.add(scope("{\"type\":\"model\",\"model\":\"nobody/gpt-4o\"}", "/scope/model"));
        all.add(scope("{\"type\":\"model\",\"model\":\"openai/\"}", "/scope/model"));
        all.add(scope("{\"type\":\"model\",\"provider\":\"nobody\",\"model\":\"gpt-4o\"}", "/scope/provider"));
        all.add(scope("{\"type\":\"model\",\"provider\":\"openai\"}", "/scope/model"));
        all.add(scope("{\"type\":\"metadata\",\"key\":\"\",\"value\":\"v\"}", "/scope/key"));
        all.add(scope("{\"type\":\"metadata\",\"key\":\"k\"}", "/scope/value"));
        all.add(scope("{\"type\":\"metadata\",\"key\":\"k\",\"value\":\"\\ud800\"}", "/scope/value"));
        for (var thresholds : List.of("[]", "[1,2,3,4,5,6,7,8,9,10,11]", "50", "\"50\"")) {
            all.add(more("\"thresholds\": " + thresholds, "/thresholds"));
        }
        for (var percent : List.of("0", "-1", "1001", "1e30", "50.5", "\"50\"", "null", "80")) {
            all.add(more("\"thresholds\": [80, " + percent + "]", "/thresholds/1"));
        }
        all.add(more("\"action\": \"stop\"", "/action"));
        all.add(more("\"action\": 1", "/action"));
        all.add(more("\"limit\": 1", "/limit"));
        for (var period : List.of("\"year\"", "\"Month\"", "null", "1")) {
            all.add(new String[] {"\"month\"", period, "/period"});
        }
        for (var name : List.of("\"\"", "\" \"", "\"" + "a".repeat(101) + "\"", "\"a\\u0000\"", "null", "7")) {
            all.add(new String[] {"\"all\"", name, "/name"});
        }
        return all;
    }

    private static String[] scope(String scope, String pointer) {
        return new String[] {"{\"type\": \"workspace\"}", scope, pointer};
    }

    private static String[] more(String field, String pointer) {
        return new String[] {"}$", ", " + field + "}", pointer};
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatIsWrongIsNamed(String what, String instead, String pointer) throws Exception {
        var body = what.equals("}$") ? WORKSPACE.replaceFirst(what, "") + instead : WORKSPACE.replace(what, instead);
        var answer = server.post("/api/v1/budgets", body);
        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors"))
                .as(body + answer.body())
                .singleElement()
                .extracting(error -> error.get("pointer").stringValue())
                .isEqualTo(pointer);
        assertThat(server.get("/api/v1/budgets").expect(200).get("data")).isEmpty();
    }

    @Test
    void allMistakesAreNamedAtOnce() throws Exception {
        var answer = server.post(
                "/api/v1/budgets",
                "{\"scope\": {\"type\": \"provider\", \"provider\": 1}, \"limit_usd\": 0, \"thresholds\": [0]}");
        answer.problem(400, "invalid_request");
        assertThat(answer.json()
                        .get("errors")
                        .valueStream()
                        .map(error -> error.get("pointer").stringValue()))
                .containsExactly("/name", "/scope/provider", "/period", "/limit_usd", "/thresholds/0");
        server.post("/api/v1/budgets", WORKSPACE.replace("25.5", "NaN")).problem(400, "invalid_request");
    }

    @Test
    void theLimitsAreTaken() throws Exception {
        assertThat(made(WORKSPACE.replace("25.5", "1000000000"))
                        .get("limit_usd")
                        .decimalValue())
                .isEqualByComparingTo("1000000000");
        assertThat(made(WORKSPACE.replace("25.5", "1e-9")).get("limit_usd").decimalValue())
                .isEqualByComparingTo("0.000000001");
        assertThat(made(WORKSPACE.replace("25.5", "1.50000000000"))
                        .get("limit_usd")
                        .decimalValue())
                .isEqualByComparingTo("1.5");
        assertThat(made(WORKSPACE.replaceFirst("}$", ", \"thresholds\": [1000, 1, 99.0]}"))
                        .get("thresholds"))
                .isEqualTo(Json.parse("[1,99,1000]"));
    }

    @Test
    void isChangedInPartsAndTheLogSaysHow() throws Exception {
        var budget = made(WORKSPACE);
        var changed = server.post(path(budget), "{\"limit_usd\": 30, \"action\": \"block\", \"thresholds\": [90, 10]}")
                .expect(200);
        assertThat(changed.get("name").stringValue()).isEqualTo("all");
        assertThat(changed.get("limit_usd").intValue()).isEqualTo(30);
        assertThat(changed.get("thresholds")).isEqualTo(Json.parse("[10,90]"));
        assertThat(changed.get("action").stringValue()).isEqualTo("block");
        assertThat(server.post(path(budget), "{}").expect(200)).isEqualTo(changed);
        assertThat(server.delete(path(budget)).status()).isEqualTo(204);
        server.get(path(budget)).problem(404, "not_found");

        var log = server.get("/api/v1/audit-log?target_type=budget").expect(200).get("data");
        assertThat(log.valueStream().map(entry -> entry.get("action").stringValue()))
                .containsExactly("budget.deleted", "budget.updated", "budget.created");
        assertThat(log.get(1).get("detail")).isEqualTo(Json.parse("""
                {"limit_usd": {"before": 25.5, "after": 30}, "thresholds": {"before": [50, 80, 100], "after": [10, 90]},
                 "action": {"before": "alert", "after": "block"}}"""));
    }

    @Test
    void whatCannotBeChangedIsNamed() throws Exception {
        var budget = made(WORKSPACE);
        for (var field : List.of("\"scope\": {\"type\": \"workspace\"}", "\"period\": \"day\"")) {
            assertThat(server.post(path(budget), "{" + field + "}").problem(400, "invalid_request"))
                    .contains("a budget keeps its");
        }
        for (var field : List.of("name", "limit_usd", "thresholds", "action")) {
            var answer = server.post(path(budget), "{\"" + field + "\": null}");
            answer.problem(400, "invalid_request");
            assertThat(answer.json().get("errors").get(0).get("pointer").stringValue())
                    .isEqualTo("/" + field);
        }
        server.post(path(budget), "{\"limit_usd\": -1}").problem(400, "invalid_request");
        server.post("/api/v1/budgets/bud_00000000000000000000000000", "{}").problem(404, "not_found");
        server.delete("/api/v1/budgets/bud_00000000000000000000000000").response();
        server.get("/api/v1/budgets/%00").problem(404, "not_found");
    }

    @Test
    void aListComesInPagesTheNewestFirst() throws Exception {
        var ids = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            ids.addFirst(made(WORKSPACE).get("id").stringValue());
            Thread.sleep(2);
        }
        var seen = new ArrayList<String>();
        var cursor = "";
        do {
            var page = server.get("/api/v1/budgets?limit=2" + cursor).expect(200);
            page.get("data").forEach(budget -> seen.add(budget.get("id").stringValue()));
            cursor = page.get("next_cursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("next_cursor").stringValue();
        } while (!cursor.isEmpty());
        assertThat(seen).isEqualTo(ids);
        server.get("/api/v1/budgets?cursor=nonsense").problem(400, "invalid_request");
        server.get("/api/v1/budgets?limt=2").problem(400, "invalid_request");
    }

    @Test
    void whatRunsIsCountedAtOnce() throws Exception {
        var budget = made(WORKSPACE);
        assertThat(server.run(RUN).expect(200).get("cost_usd").decimalValue()).isEqualByComparingTo("0.013");
        assertThat(current(budget).get("spent_usd").decimalValue()).isEqualByComparingTo("0.013");
        assertThat(current(budget).get("remaining_usd").decimalValue()).isEqualByComparingTo("25.487");
        assertThat(server.get("/api/v1/budgets").expect(200).get("data").get(0).get("current"))
                .isEqualTo(current(budget));
    }

    @Test
    void aSpentBudgetAnswersThatTryingAgainIsOfNoUse() throws Exception {
        made(WORKSPACE.replace("25.5", "0.001").replaceFirst("}$", ", \"action\": \"block\"}"));
        int records = server.records().size();

        var answer = server.run(RUN);

        assertThat(answer.problem(402, "budget_exceeded"))
                .contains("The budget `all` (bud_", "0 of its 0.001 USD are spent", "It begins anew at ");
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
        assertThat(answer.header("retry-after")).isNull();
        assertThat(server.records()).hasSize(records);
        var openAi = server.post(
                "/v1/chat/completions", "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"gpt-4o\"}");
        assertThat(openAi.expect(402).get("error").get("code").stringValue()).isEqualTo("budget_exceeded");
        assertThat(openAi.header("x-should-retry")).isEqualTo("false");
    }

    @Test
    void whereOnlyWhatRunsStandsInTheWayTheAnswerSaysWhenToTryAgain() throws Exception {
        upstream.close();
        var asked = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        upstream = new RawServer(line -> {
            while (line.request() != null) {
                asked.countDown();
                go.await();
                line.write(OpenAiUpstream.answer("Hi there."));
            }
        });
        server.close();
        start(upstream);
        var budget = made(WORKSPACE.replace("25.5", "0.1").replaceFirst("}$", ", \"action\": \"block\"}"));
        var first = CompletableFuture.supplyAsync(() -> {
            try {
                return server.run(RUN).status();
            } catch (Exception broken) {
                throw new IllegalStateException(broken);
            }
        });
        asked.await();
        assertThat(current(budget).get("reserved_usd").decimalValue())
                .as("one token for two letters, 16 for the message, 50 for the answer")
                .isEqualByComparingTo("0.067");

        var answer = server.run(RUN);

        assertThat(answer.problem(402, "budget_exceeded")).contains("0.067 USD are put aside for what runs");
        assertThat(answer.header("x-should-retry")).isEqualTo("true");
        assertThat(answer.header("retry-after")).isEqualTo("1");
        go.countDown();
        assertThat(first.get()).isEqualTo(200);
        server.run(RUN).expect(200);
        assertThat(current(budget).get("reserved_usd").decimalValue()).isEqualByComparingTo("0");
    }

    @Test
    void whereOneProvidersBudgetIsSpentTheNextIsAsked() throws Exception {
        var budget = made(WORKSPACE
                .replace("{\"type\": \"workspace\"}", "{\"type\":\"provider\",\"provider\":\"openai\"}")
                .replace("25.5", "0.07")
                .replaceFirst("}$", ", \"action\": \"block\"}"));
        var all = made(WORKSPACE.replaceFirst("}$", ", \"thresholds\": [1]}"));
        var run = RUN.replaceFirst("}$", ",\"fallbacks\":[\"other/m\"]}");
        assertThat(server.run(run).expect(200).get("provider").stringValue()).isEqualTo("openai");

        var answer = server.run(run).expect(200);

        assertThat(answer.get("provider").stringValue()).isEqualTo("other");
        assertThat(answer.get("attempts")
                        .valueStream()
                        .map(attempt -> attempt.get("provider").stringValue() + " "
                                + attempt.get("outcome").stringValue()))
                .containsExactly("openai budget_exceeded", "other completed");
        assertThat(current(budget).get("spent_usd").decimalValue()).isEqualByComparingTo("0.013");
        assertThat(current(budget).get("reserved_usd").decimalValue()).isEqualByComparingTo("0");
        assertThat(current(all).get("unpriced_inferences").intValue()).isEqualTo(1);
        server.run(RUN).problem(402, "budget_exceeded");
    }

    @Test
    void whatNoBudgetCountsIsNotStopped() throws Exception {
        made(WORKSPACE
                .replaceFirst("}$", ", \"action\": \"block\"}")
                .replace("{\"type\": \"workspace\"}", "{\"type\":\"metadata\",\"key\":\"team\",\"value\":\"a\"}")
                .replace("25.5", "0.001"));
        server.run(RUN).expect(200);
        server.run(RUN.replaceFirst("}$", ",\"metadata\":{\"team\":\"b\"}}")).expect(200);
        server.run(RUN.replaceFirst("}$", ",\"metadata\":{\"team\":\"a\"}}")).problem(402, "budget_exceeded");
    }

    @Test
    void theFirstHundredAreTaken() throws Exception {
        for (int i = 0; i < 100; i++) {
            made(WORKSPACE);
        }
        assertThat(server.post("/api/v1/budgets", WORKSPACE).problem(409, "conflict"))
                .startsWith("There are 100 budgets in this workspace, which is the most.");
    }
}
