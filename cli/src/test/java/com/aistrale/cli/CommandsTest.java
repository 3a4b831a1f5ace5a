package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.Io.Stdin;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {
    private static final String SECRET = "sk-very-secret-wxyz";
    private static final String TOKEN =
            "{\"id\":\"tok_1\",\"provider\":\"openai\",\"name\":null,\"last_four\":\"wxyz\","
                    + "\"created_at\":\"2026-11-01T12:00:00.000Z\"}";

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

    private static String record(String id, String usage, String cost, String latency) {
        return """
                {"id":"%s","status":"completed","created_at":"2026-11-01T12:00:00.000Z","completed_at":null,"provider":"openai",\
                "model":"gpt-4o","streamed":true,"usage":%s,"cost_usd":%s,"latency_ms":%s,"attempts":[],"error":null,\
                "metadata":{}}""".formatted(id, usage, cost, latency);
    }

    @Test
    void aTokenIsTypedWithoutEcho() {
        server.json("POST /api/v1/tokens", 201, TOKEN);
        var ran = with().typed(SECRET + " ").run("tokens", "add", "--provider", "openai");
        assertThat(ran).isEqualTo(new Ran(0, "Added tok_1 (openai, …wxyz)\n", ""));
        assertThat(server.bodies.get(0)).contains("\"token\":\"" + SECRET + "\"");
    }

    @Test
    void aTokenComesFromThePipeOrTheEnvironment() {
        server.json("POST /api/v1/tokens", 201, TOKEN);
        assertThat(with().in(Stdin.PIPE, SECRET + "\r\n")
                        .run("tokens", "add", "-p", "openai")
                        .err())
                .isEmpty();
        assertThat(with().env("KEY", SECRET)
                        .run("tokens", "add", "-p", "openai", "--from-env", "KEY")
                        .err())
                .isEmpty();
        assertThat(server.bodies).hasSize(2).allMatch(body -> body.contains("\"token\":\"" + SECRET + "\""));
    }

    @Test
    void aTokenInTheOpenIsTakenWithAWarningThatDoesNotShowIt() {
        server.json("POST /api/v1/tokens", 201, TOKEN);
        var ran = with().run("tokens", "add", "--provider", "openai", "--token", SECRET, "--name", "mine");
        assertThat(ran.exit()).isEqualTo(0);
        assertThat(ran.err()).contains("process list");
        assertThat(ran.out() + ran.err()).doesNotContain(SECRET);
        assertThat(server.bodies.get(0)).contains("\"name\":\"mine\"");
    }

    @Test
    void anEmptyTokenIsRefusedAndNothingIsSent() {
        assertThat(with().typed("").run("tokens", "add", "-p", "openai").exit()).isEqualTo(2);
        assertThat(with().in(Stdin.PIPE, "\n")
                        .run("tokens", "add", "-p", "openai")
                        .exit())
                .isEqualTo(2);
        assertThat(with().run("tokens", "add", "-p", "openai", "--token", " ").exit())
                .isEqualTo(2);
        assertThat(with().run("tokens", "add", "-p", "openai", "--from-env", "ABSENT")
                        .err())
                .contains("ABSENT");
        assertThat(with().in(Stdin.TERMINAL, "")
                        .run("tokens", "add", "-p", "openai")
                        .err())
                .contains("without echo");
        assertThat(with().run("tokens", "add").err()).contains("--provider");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void listsAndRemovesTokens() {
        server.json("GET /api/v1/tokens", 200, "{\"data\":[" + TOKEN + "],\"next_cursor\":null}");
        server.json("DELETE /api/v1/tokens/tok_1", 204, "");
        assertThat(with().run("tokens", "list").out().lines().toList().get(1)).startsWith("tok_1  openai    …wxyz");
        assertThat(with().run("tokens", "list", "--json").out()).isEqualTo("{\"data\":[" + TOKEN + "]}\n");
        assertThat(with().run("tokens", "remove", "tok_1")).isEqualTo(new Ran(0, "Removed tok_1\n", ""));
        assertThat(with().run("tokens", "remove", "tok_2").exit()).isEqualTo(4);
    }

    @Test
    void telemetryIsATableWithItsSums() {
        server.json(
                "GET /api/v1/telemetry",
                200,
                "{\"data\":["
                        + record("inf_1", "{\"input_tokens\":1200,\"output_tokens\":34}", "0.000123000", "812")
                        + ","
                        + record("inf_2", "null", "null", "12345")
                        + "],\"next_cursor\":null}");
        var ran = with().run("telemetry", "view");
        var time = Times.local(Instant.parse("2026-11-01T12:00:00Z"));
        assertThat(ran.out()).isEqualTo("""
                TIME                 ID     STATUS     MODEL            IN  OUT       COST  LATENCY
                %s  inf_1  completed  openai/gpt-4o  1200   34  $0.000123   812 ms
                %s  inf_2  completed  openai/gpt-4o     -    -          -   12.3 s
                Total: 2 inferences, 1,200 input tokens, 34 output tokens, $0.000123 (cost of 1 unknown)
                """.formatted(time, time));
        assertThat(server.requests).containsExactly("GET /api/v1/telemetry?last=24h&limit=51");
    }

    @Test
    void anUnknownCostIsNeverZero() {
        server.json(
                "GET /api/v1/telemetry",
                200,
                "{\"data\":[" + record("inf_1", "null", "null", "1") + "],\"next_cursor\":null}");
        var ran = with().run("telemetry", "view");
        assertThat(ran.out())
                .contains("Total: 1 inference, - input tokens, - output tokens, cost unknown")
                .doesNotContain("$0");
    }

    @Test
    void telemetryFitsTheTerminal() {
        server.json(
                "GET /api/v1/telemetry",
                200,
                "{\"data\":["
                        + record("inf_0123456789abcdefghjkmnpqrs", "null", "0.5", "1")
                                .replace("gpt-4o", "m".repeat(60)) + "],\"next_cursor\":null}");
        var lines = with().terminal()
                .env("COLUMNS", "90")
                .run("telemetry", "view")
                .out()
                .lines()
                .toList();
        assertThat(lines.get(0).length()).isLessThanOrEqualTo(90);
        assertThat(lines.get(1).length()).isEqualTo(90);
        assertThat(lines.get(1)).contains("…").contains("$0.50");
        assertThat(with().run("telemetry", "view").out()).contains("m".repeat(60));
    }

    @Test
    void telemetrySendsItsFiltersAndSaysThatThereIsMore() {
        server.json(
                "GET /api/v1/telemetry",
                200,
                "{\"data\":[" + record("inf_1", "null", "null", "1") + "," + record("inf_2", "null", "null", "1")
                        + "],\"next_cursor\":\"c\"}");
        var ran = with().run(
                        "telemetry",
                        "view",
                        "--since",
                        "2026-11-01T00:00:00Z",
                        "--until",
                        "2026-11-02T00:00:00+01:00",
                        "-p",
                        "openai",
                        "-m",
                        "m",
                        "--status",
                        "failed",
                        "--limit",
                        "1",
                        "--json");
        assertThat(server.requests.get(0))
                .isEqualTo("GET /api/v1/telemetry?limit=2&model=m&provider=openai&since=2026-11-01T00%3A00%3A00Z"
                        + "&status=failed&until=2026-11-01T23%3A00%3A00Z");
        assertThat(ran.out()).isEqualTo("{\"data\":[" + record("inf_1", "null", "null", "1") + "]}\n");
        assertThat(ran.err()).contains("the newest 1");
    }

    @ParameterizedTest
    @CsvSource({"--since, yesterday", "--limit, 0", "--limit, many", "--limit, -3"})
    void telemetryRefusesWhatItCannotRead(String option, String value) {
        assertThat(with().run("telemetry", "view", option, value).exit()).isEqualTo(2);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void whoami() {
        server.json(
                "GET /api/v1/whoami",
                200,
                "{\"workspace_id\":\"ws_1\",\"workspace_name\":\"w\",\"api_key_id\":\"key_1\",\"default_model\":null}");
        assertThat(with().run("whoami").out()).isEqualTo("""
                server         %s
                workspace      w (ws_1)
                api key        key_1
                default model  -
                """.formatted(server.url()));
    }

    @Test
    void whoamiSaysTheRoleAndWhoOperatesTheServer() {
        server.json("GET /api/v1/whoami", 200, """
                {"workspace_id":"ws_1","workspace_name":"w","api_key_id":"key_operator","default_model":null,"role":"admin",\
                "operator":true,"workspace":{"id":"ws_1","name":"w"}}""");
        assertThat(with().run("whoami", "--workspace", "ws_1").out()).isEqualTo("""
                server         %s
                workspace      w (ws_1)
                api key        key_operator (the server's operator)
                role           admin
                default model  -
                """.formatted(server.url()));
        server.json("GET /api/v1/whoami", 200, """
                {"workspace_id":"ws_1","workspace_name":"w","api_key_id":"key_1","default_model":null,"role":"member",\
                "operator":false,"requests_per_minute":60,"tokens_per_minute":1000,"workspace":{"id":"ws_1","name":"w"}}""");
        assertThat(with().run("whoami").out())
                .contains(
                        "role           member\nlimit          60 requests a minute\nlimit          1000 tokens a minute\n");
        assertThat(server.workspaces).containsExactly("ws_1", "null");
    }

    @Test
    void statusSaysWhatAnswersAndWhatDoesNot() {
        server.json(
                "GET /api/v1/whoami",
                200,
                "{\"workspace_id\":\"ws_1\",\"workspace_name\":\"w\",\"api_key_id\":\"key_1\",\"default_model\":\"openai/m\"}");
        server.json("GET /api/v1/providers", 200, """
                {"data":[{"name":"openai","base_url":"u","credential":"token"},{"name":"ollama","credential":"not_needed"},
                {"name":"groq","credential":null}],"next_cursor":null}""");
        assertThat(with().run("status")).isEqualTo(new Ran(0, """
                url            %s
                version        9.9.9
                answers        yes
                default model  openai/m
                providers      openai (token), ollama (not needed)
                """.formatted(server.url()), ""));
        var away = with().env("AISTRALE_API_URL", "http://127.0.0.1:9").run("status");
        assertThat(away.exit()).isEqualTo(7);
        assertThat(away.out()).isEqualTo("url            http://127.0.0.1:9\nanswers        no\n");
    }

    @Test
    void statusWithAWrongKeyStillSaysThatTheServerAnswers() {
        server.problem("GET /api/v1/whoami", 401, "authentication_failed", "unknown key");
        var ran = with().run("status");
        assertThat(ran.exit()).isEqualTo(0);
        assertThat(ran.out()).contains("answers        yes").contains("api key        not accepted: unknown key");
    }

    @Test
    void versionAndHelp() {
        assertThat(with().run("--version")).isEqualTo(new Ran(0, "aistrale 0.1.0\n", ""));
        assertThat(with().run()).isEqualTo(with().run("--help")).isEqualTo(with().run("help"));
        var groups = with().run("--help")
                .out()
                .lines()
                .filter(line -> line.matches("[A-Z][A-Za-z ]+:|  [a-z]+  .*"))
                .map(line -> line.strip().split(" ", -1)[0])
                .toList();
        assertThat(String.join(" ", groups))
                .startsWith(
                        "Ask run chat batch cancel exec prompts tokens Who models aliases providers See telemetry traces webhooks audit export"
                                + " Access login config whoami keys budgets workspaces The serve start status stop doctor admin"
                                + " emulator completion");
        assertThat(with().run("help", "serve")).isEqualTo(with().run("serve", "--help"));
        assertThat(with().run("serve", "--help").out()).contains("--host", "--port", "--data-dir", "--database-url");
        assertThat(with().run("help", "tokens", "add").out()).contains("--from-env");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run",
                "tokens",
                "telemetry",
                "config",
                "whoami",
                "serve",
                "start",
                "status",
                "stop",
                "emulator",
                "admin",
                "prompts",
                "traces",
                "export",
                "keys",
                "workspaces",
                "audit",
                "budgets",
                "providers",
                "models",
                "aliases",
                "cancel",
                "webhooks",
                "login",
                "doctor",
                "completion"
            })
    void everyCommandHasHelp(String command) {
        var ran = with().run(command, "--help");
        assertThat(ran.exit()).isEqualTo(0);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out()).contains("Usage: aistrale " + command, "Options of every command: aistrale --help");
    }

    @ParameterizedTest
    @CsvSource({
        "rum hello, run",
        "--profile p promts list, prompts",
        "token list, tokens",
        "tokens lst, list",
        "run --modle x hello, --model",
        "telemetry veiw, view"
    })
    void aMistypedWordIsNamedWithTheNearest(String line, String nearest) {
        var ran = with().run(line.split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err().lines().toList().get(1)).startsWith("Did you mean").contains(nearest);
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void globalOptionsStandBeforeOrAfterTheCommand() {
        server.answers("openai", "Hi");
        var bare = new Ran.With(home);
        assertThat(bare.run("--api-url", server.url(), "--api-key", "ais_a", "run", "x")
                        .out())
                .isEqualTo("Hi\n");
        assertThat(bare.run("run", "x", "--api-url=" + server.url(), "--api-key=ais_b")
                        .out())
                .isEqualTo("Hi\n");
        assertThat(server.keys).containsExactly("Bearer ais_a", "Bearer ais_b");
    }
}
