package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetsCommandTest {
    private static final String FIRST = Times.local(Instant.parse("2026-11-01T00:00:00Z"));
    private static final String LAST = Times.local(Instant.parse("2026-12-01T00:00:00Z"));
    private static final String CROSSED = Times.local(Instant.parse("2026-11-19T14:02:11Z"));
    private static final String BUDGET = """
            {"id":"bud_1","name":"search team","scope":{"type":"metadata","key":"team","value":"search"},"period":"month",\
            "limit_usd":200,"thresholds":[50,80,100],"action":"block","created_at":"2026-10-20T09:00:00Z",\
            "updated_at":"2026-10-20T09:00:00Z","current":{"period_start":"2026-11-01T00:00:00Z",\
            "period_end":"2026-12-01T00:00:00Z","spent_usd":101.999999999,"reserved_usd":0.0124,"remaining_usd":97.987600001,\
            "unpriced_inferences":0,"crossings":[{"threshold_percent":50,"crossed_at":"2026-11-19T14:02:11Z",\
            "spent_usd":100.0021}]}}""";
    private static final String SHOWN = """
            id          bud_1
            name        search team
            scope       team=search
            limit       $200.00, period: month
            action      block
            thresholds  50 %%, 80 %%, 100 %%
            period      %s to %s
            spent       $101.999999999 (50 %%)
            put aside   $0.0124
            remaining   $97.987600001
            crossed     50 %% at %s, $100.0021 spent
            """.formatted(FIRST, LAST, CROSSED);

    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private Ran.With with() {
        return new Ran.With(home).server(server);
    }

    @Test
    void oneIsMadeAndShown() {
        server.json("POST /api/v1/budgets", 201, BUDGET).json("GET /api/v1/budgets/bud_1", 200, BUDGET);
        var made = with().run(
                        "budgets",
                        "create",
                        "--name",
                        "search team",
                        "--limit",
                        "200.50",
                        "--period",
                        "week",
                        "--metadata",
                        "team=a=b",
                        "--threshold",
                        "50,80",
                        "--threshold",
                        "100",
                        "--block");
        assertThat(made).isEqualTo(new Ran(0, SHOWN, ""));
        assertThat(server.lastBody())
                .isEqualTo("{\"name\":\"search team\",\"limit_usd\":200.50,\"thresholds\":[50,80,100],"
                        + "\"action\":\"block\",\"scope\":{\"type\":\"metadata\",\"key\":\"team\",\"value\":\"a=b\"},"
                        + "\"period\":\"week\"}");
        assertThat(with().run("budgets", "get", "bud_1")).isEqualTo(made);
        assertThat(with().run("budgets", "get", "bud_1", "--json").out()).isEqualTo(BUDGET + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                              | {\"type\":\"workspace\"}",
                "--scope workspace             | {\"type\":\"workspace\"}",
                "--api-key-id key_2            | {\"type\":\"api_key\",\"api_key_id\":\"key_2\"}",
                "--provider openai             | {\"type\":\"provider\",\"provider\":\"openai\"}",
                "--model openai/gpt-4o         | {\"type\":\"model\",\"model\":\"openai/gpt-4o\"}",
                "--metadata team=              | {\"type\":\"metadata\",\"key\":\"team\",\"value\":\"\"}"
            })
    void theScopeIsWhatIsNamedElseTheWorkspace(String options, String scope) {
        server.json("POST /api/v1/budgets", 201, BUDGET);
        var line = "budgets create --name n --limit $5 " + (options == null ? "" : options);
        assertThat(with().run(line.strip().split(" ", -1)).exit()).isEqualTo(0);
        assertThat(server.lastBody())
                .isEqualTo("{\"name\":\"n\",\"limit_usd\":5,\"scope\":" + scope + ",\"period\":\"month\"}");
    }

    @Test
    void theListSaysHowMuchOfEachIsUsed() {
        server.list(
                "GET /api/v1/budgets",
                BUDGET,
                BUDGET.replace(
                                "{\"type\":\"metadata\",\"key\":\"team\",\"value\":\"search\"}",
                                "{\"type\":\"model\",\"provider\":\"openai\",\"model\":\"gpt-4o\"}")
                        .replace("\"block\"", "\"alert\"")
                        .replace("\"unpriced_inferences\":0", "\"unpriced_inferences\":3"));
        assertThat(with().run("budgets", "list").out()).isEqualTo("""
                ID     NAME         SCOPE          PERIOD    LIMIT             SPENT  USED  ACTION
                bud_1  search team  team=search    month   $200.00    $101.999999999  50 %  block
                bud_1  search team  openai/gpt-4o  month   $200.00  $101.999999999+?  50 %  alert
                """);
        server.list("GET /api/v1/budgets");
        assertThat(with().run("budgets", "list").err()).contains("aistrale budgets create");
    }

    @Test
    void whatIsNotKnownAndWhatNeverEndsIsSaid() {
        server.json(
                "GET /api/v1/budgets/bud_1",
                200,
                BUDGET.replace("\"unpriced_inferences\":0", "\"unpriced_inferences\":3")
                        .replace("\"period_end\":\"2026-12-01T00:00:00Z\"", "\"period_end\":null"));
        assertThat(with().run("budgets", "get", "bud_1").out())
                .contains("period      " + FIRST + ", without an end\n")
                .contains("spent       $101.999999999+? (50 %)\n")
                .contains("unpriced    3, of which the cost is not known\n");
    }

    @Test
    void oneIsChangedAndDeleted() {
        server.json("POST /api/v1/budgets/bud_1", 200, BUDGET).json("DELETE /api/v1/budgets/bud_1", 204, "");
        assertThat(with().run("budgets", "update", "bud_1", "--no-block", "--limit", "0.000001")
                        .out())
                .isEqualTo(SHOWN);
        assertThat(server.lastBody()).isEqualTo("{\"limit_usd\":0.000001,\"action\":\"alert\"}");
        assertThat(with().run("budgets", "delete", "bud_1")).isEqualTo(new Ran(0, "Deleted bud_1\n", ""));
        assertThat(with().run("budgets", "delete", "bud_2").exit()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({
        "budgets, Which",
        "budgets create --name n, --limit",
        "budgets create --limit 5, --name",
        "budgets create --name n --limit much, is no amount",
        "budgets create --name n --limit 5 --provider a --model a/b, There are 2 scopes",
        "budgets create --name n --limit 5 --scope key, takes only workspace",
        "budgets create --name n --limit 5 --metadata team, has no KEY=",
        "budgets create --name n --limit 5 --threshold half, --threshold",
        "budgets create --name n --limit 5 --api-key key_1, write --api-key-id",
        "budgets update bud_1, nothing to change"
    })
    void mistakesAreNamedAndNothingIsSent(String line, String said) {
        var ran = with().run(line.split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains(said);
        assertThat(ran.out()).isEmpty();
        assertThat(server.requests).isEmpty();
    }

    @Test
    void aRefusedRunSaysWhetherItHelpsToWait() {
        server.problem("POST /api/v1/inferences", 402, "budget_exceeded", "spent");
        var ran = with().run("run", "x");
        assertThat(ran.exit()).isEqualTo(5);
        assertThat(ran.err()).contains("wait for its next period").contains("aistrale budgets list");
    }
}
