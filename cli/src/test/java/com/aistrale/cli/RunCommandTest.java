package com.aistrale.cli;

import static com.aistrale.cli.FakeServer.completed;
import static com.aistrale.cli.FakeServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.Io.Stdin;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunCommandTest {
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
    void printsTheAnswerAndNothingElse() {
        server.answers("openai", "Hello");
        var ran = with().run("run", "What", "is", "up");
        assertThat(ran).isEqualTo(new Ran(0, "Hello\n", ""));
        assertThat(server.requests).containsExactly("POST /api/v1/inferences");
        assertThat(server.bodies.get(0)).isEqualTo("{\"prompt\":\"What is up\",\"resumable\":false,\"stream\":true}");
        assertThat(server.keys).containsExactly("Bearer ais_test");
    }

    @Test
    void sendsItsOptions() {
        server.answers("openai", "x");
        with().run(
                        "run",
                        "-m",
                        "gpt-4o",
                        "-p",
                        "openai",
                        "-t",
                        "0.5",
                        "-s",
                        "Be brief",
                        "--max-output-tokens",
                        "9",
                        "--session",
                        "s1",
                        "--",
                        "-x");
        assertThat(server.bodies.get(0))
                .isEqualTo(
                        "{\"prompt\":\"-x\",\"resumable\":false,\"model\":\"gpt-4o\",\"provider\":\"openai\",\"temperature\":0.5,"
                                + "\"system\":\"Be brief\",\"max_output_tokens\":9,\"session_id\":\"s1\",\"stream\":true}");
    }

    @Test
    void sendsWhomToAskNextAndItsKey() {
        server.answers("openai", "x");
        with().run(
                        "run",
                        "--fallback",
                        "a/b,c/d",
                        "--fallback",
                        "e/f",
                        "--metadata",
                        "team=search",
                        "--idempotency-key",
                        "order-1",
                        "Hi");
        assertThat(server.bodies.get(0))
                .isEqualTo(
                        "{\"prompt\":\"Hi\",\"resumable\":true,\"fallbacks\":[\"a/b\",\"c/d\",\"e/f\"],\"metadata\":{\"team\":\"search\"},"
                                + "\"stream\":true}");
        assertThat(server.idempotencyKeys).containsExactly("order-1");
        assertThat(with().run("run", "--idempotency-key", "a\u00e4", "Hi").exit())
                .isEqualTo(2);
        assertThat(with().run("run", "--metadata", "team", "Hi").exit()).isEqualTo(2);
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void saysWhoAnsweredInsteadAndOnRequestEveryAttempt() {
        var attempts = """
                [{"provider":"openai","model":"gpt-4o","outcome":"provider_failed","latency_ms":12,"token_id":"tok_1","upstream_status":500},\
                {"provider":"groq","model":"m","outcome":"completed","latency_ms":1,"token_id":null,"upstream_status":200}]""";
        server.sse(completed("groq", "Hi").replace("\"attempts\":[]", "\"attempts\":" + attempts));
        assertThat(with().run("run", "x")).isEqualTo(new Ran(0, "Hi\n", """
                        openai/gpt-4o did not answer (provider_failed): this is groq/m's answer. More: --verbose
                        """));
        assertThat(with().run("run", "x", "--verbose")).isEqualTo(new Ran(0, "Hi\n", """
                        inf_1: groq/m, - input tokens, - output tokens, cost unknown, 1 ms
                        ATTEMPT  MODEL          OUTCOME          STATUS  LATENCY  TOKEN
                              1  openai/gpt-4o  provider_failed     500    12 ms  tok_1
                              2  groq/m         completed           200     1 ms  -
                        """));
        server.sse(completed("groq", "Hi")
                .replace(
                        "\"attempts\":[]",
                        "\"attempts\":" + attempts.replace("openai", "groq").replace("gpt-4o", "m")));
        assertThat(with().run("run", "x").err())
                .as("the same model, at the second try")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "rate_limited, 429, aistrale keys update",
        "provider_rate_limited, 429, --fallback",
        "provider_unavailable, 503, aistrale providers list",
        "provider_authentication_failed, 502, aistrale tokens update",
        "budget_exceeded, 402, aistrale budgets list",
        "cancelled, 409, Somebody ended it"
    })
    void theAdviceIsForTheVeryFailure(String code, int status, String advice) {
        server.json(
                "POST /api/v1/inferences",
                status,
                "{\"status\":%d,\"code\":\"%s\",\"detail\":\"d\"}".formatted(status, code));
        assertThat(with().run("run", "x").err()).contains(advice);
    }

    @ParameterizedTest
    @CsvSource({
        "PIPE, '', 'from the pipe\n', 'from the pipe\n'",
        "FILE, '-', 'a file', 'a file'",
        "PIPE, 'Sum up', 'the text', 'Sum up\n\nthe text'",
        "PIPE, 'Sum up', '', 'Sum up'",
        "OTHER, 'Sum up', 'not meant', 'Sum up'",
        "TERMINAL, 'Sum up', 'not meant', 'Sum up'"
    })
    void thePromptIsTheArgumentsThenTheInput(Stdin kind, String argument, String input, String prompt) {
        server.answers("openai", "x");
        var args = argument.isEmpty() ? new String[] {"run"} : new String[] {"run", argument};
        assertThat(with().in(kind, input).run(args).exit()).isEqualTo(0);
        assertThat(server.bodies.get(0)).contains("\"prompt\":\"" + prompt.replace("\n", "\\n") + "\",");
    }

    @Test
    void anEmptyPromptIsAMistake() {
        assertThat(with().in(Stdin.PIPE, " \n").run("run").exit()).isEqualTo(2);
        assertThat(with().in(Stdin.TERMINAL, "").run("run"))
                .isEqualTo(new Ran(
                        2,
                        "",
                        "aistrale: There is no prompt.\nGive one: aistrale run \"Hello, world!\", or pipe one in.\n"));
        assertThat(server.requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"'a\n\n\n', 'a\n'", "'a', 'a\n'", "'a\n\n\nb\n', 'a\n\n\nb\n'", "'\n\n', '\n'"})
    void endsWithExactlyOneLineEnd(String text, String printed) {
        server.answers("openai", text);
        assertThat(with().run("run", "x").out()).isEqualTo(printed);
        assertThat(with().terminal().run("run", "x").out()).isEqualTo(printed);
        assertThat(with().terminal().run("run", "--no-stream", "x").out()).isEqualTo(printed);
    }

    @Test
    void aTextCannotSteerTheTerminal() {
        server.answers("openai", "a\u001B[2Jb");
        assertThat(with().terminal().run("run", "x").out()).isEqualTo("a[2Jb\n");
        assertThat(with().run("run", "x").out()).isEqualTo("a\u001B[2Jb\n");
    }

    @Test
    void jsonIsTheServersObject() {
        server.answers("openai", "Hi");
        assertThat(with().run("run", "--json", "x").out()).isEqualTo(FakeServer.inference("openai", "Hi") + "\n");
    }

    @Test
    void theDemoProvidersAnswerSaysThatItIsNoModels() {
        server.answers("demo", "Hi");
        assertThat(with().run("run", "x")).isEqualTo(new Ran(0, "Hi\n", RunCommand.DEMO + "\n"));
        assertThat(with().errTerminal().run("run", "x").err())
                .isEqualTo("\u001B[33m" + RunCommand.DEMO + "\u001B[0m\n");
        assertThat(with().errTerminal().env("NO_COLOR", "1").run("run", "x").err())
                .isEqualTo(RunCommand.DEMO + "\n");
    }

    @Test
    void anAnswerThatReachedItsLimitSaysSo() {
        server.sse(completed("openai", "Hi").replace("\"stop\"", "\"length\""));
        assertThat(with().run("run", "x").err()).startsWith("The answer is not whole");
    }

    @Test
    void aCutStreamIsNoSuccess() {
        server.sse(delta("Hel"));
        var piped = with().run("run", "x");
        assertThat(piped.exit()).isEqualTo(7);
        assertThat(piped.out()).isEmpty();
        assertThat(piped.err()).contains("broke off").contains("aistrale telemetry view");
        var watched = with().terminal().run("run", "x");
        assertThat(watched.exit()).isEqualTo(7);
        assertThat(watched.out()).isEqualTo("Hel\n");
    }

    @ParameterizedTest
    @CsvSource({
        "invalid_request, 400, 2",
        "authentication_failed, 401, 3",
        "permission_denied, 403, 3",
        "not_found, 404, 4",
        "conflict, 409, 4",
        "budget_exceeded, 402, 5",
        "no_provider, 422, 2",
        "provider_rejected, 400, 6",
        "provider_timeout, 504, 6",
        "internal, 500, 1",
        "cancelled, 409, 6",
        "interrupted, 409, 6",
        "payload_too_large, 413, 2"
    })
    void exitCodesAreThoseOfTheCatalogue(String code, int status, int exit) {
        server.problem("POST /api/v1/inferences", status, code, "what happened");
        server.problem(
                "GET /api/v1/whoami", status, code, "what happened"); // asked for the body that HttpURLConnection loses
        var ran = with().run("run", "x");
        assertThat(ran.exit()).isEqualTo(exit);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err().lines()).hasSize(2);
        assertThat(ran.err()).startsWith("aistrale: what happened (" + status);
    }

    @Test
    void runsAStoredPrompt() throws Exception {
        server.answers("openai", "Hi");
        var file = Files.writeString(home.resolve("diff"), "+ä");
        var ran = with().env("AISTRALE_MODEL", "openai/configured")
                .in(Stdin.PIPE, "from the pipe")
                .run(
                        "run",
                        "--prompt",
                        "greeting@production",
                        "--var",
                        "name=A=b",
                        "--var",
                        "n:=3",
                        "--var-file",
                        "d=" + file);
        assertThat(ran).isEqualTo(new Ran(0, "Hi\n", ""));
        assertThat(server.lastBody())
                .isEqualTo(
                        "{\"resumable\":false,\"prompt_ref\":{\"name\":\"greeting\",\"label\":\"production\",\"variables\":{\"name\":\"A=b\","
                                + "\"n\":3,\"d\":\"+ä\"}},\"stream\":true}");
        with().in(Stdin.PIPE, "from the pipe")
                .run("run", "--prompt", "greeting@12", "--var-file", "d=-", "-m", "openai/m");
        assertThat(server.lastBody())
                .isEqualTo(
                        "{\"resumable\":false,\"prompt_ref\":{\"name\":\"greeting\",\"version\":12,\"variables\":{\"d\":\"from the pipe\"}},"
                                + "\"model\":\"openai/m\",\"stream\":true}");
        with().run("run", "--prompt", "greeting");
        assertThat(server.lastBody())
                .isEqualTo("{\"resumable\":false,\"prompt_ref\":{\"name\":\"greeting\"},\"stream\":true}");
    }

    @ParameterizedTest
    @CsvSource({
        "run --prompt p hello, a stored one",
        "run hello --var a=b, --prompt NAME",
        "run --prompt p --var novalue, no KEY=",
        "run --prompt p --var =x, no KEY=",
        "run --prompt p --var 1a=x, is no variable",
        "run --prompt p --var a:={, not JSON",
        "run --prompt p@, names no prompt",
        "run --prompt @1, names no prompt",
        "run --prompt p --var-file a=/nonexistent/x, Cannot read"
    })
    void mistakesWithStoredPromptsAreNamedAndNothingIsSent(String line, String said) {
        var ran = with().run(line.split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains(said);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void debugShowsWhereItHappened() {
        server.problem("POST /api/v1/inferences", 500, "internal", "d");
        assertThat(with().run("run", "x").err()).doesNotContain("\tat ");
        assertThat(with().run("run", "--debug", "x").err())
                .contains("InternalServerException")
                .contains("\tat ");
        assertThat(with().run("--debug", "run", "x").err()).contains("\tat ");
    }

    @Test
    void withoutAServerAndWithoutALauncherItSaysWhatToDo() {
        var ran =
                new Ran.With(home).env("AISTRALE_API_URL", "http://127.0.0.1:9").run("run", "x");
        assertThat(ran.exit()).isEqualTo(7);
        assertThat(ran.err())
                .isEqualTo(
                        "aistrale: cannot connect to http://127.0.0.1:9 (connection refused)\n"
                                + "Start a server there with \"aistrale serve\", or set api_url (AISTRALE_API_URL) to where one runs.\n");
    }
}
