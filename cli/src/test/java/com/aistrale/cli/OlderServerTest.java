package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.Aistrale;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** This command line against servers of other versions. */
class OlderServerTest {
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

    private FakeServer version(String version) {
        return server.json("GET /health", 200, "{\"status\":\"ok\",\"version\":\"" + version + "\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "GET /api/v1/prompts, prompts list",
        "GET /api/v1/telemetry/summary, telemetry summary",
        "GET /api/v1/telemetry/stream, telemetry tail",
        "GET /api/v1/audit-log, audit list",
        "GET /api/v1/workspaces, workspaces list"
    })
    void anOperationThatAnOlderServerDoesNotKnowIsSaidInOneSentence(String request, String line) {
        version("0.0.9").unknown(request);
        var ran = with().run(line.split(" ", -1));
        assertThat(ran)
                .isEqualTo(new Ran(
                        4,
                        "",
                        "aistrale: The server at " + server.url()
                                + " is version 0.0.9 and does not know this yet: it takes version " + Aistrale.VERSION
                                + " or later, as this aistrale is.\nUpgrade the server, or use aistrale 0.0.9.\n"));
    }

    @Test
    void aMethodAParameterOrAFieldThatAnOlderServerDoesNotKnowIsTheSame() {
        version("0.0.9");
        server.problem("POST /api/v1/api-keys/key_1", 405, "method_not_allowed", "Only DELETE here.");
        var method = with().run("keys", "update", "key_1", "--name", "x");
        assertThat(method.exit()).isEqualTo(2);
        assertThat(method.err()).contains("is version 0.0.9");
        server.json("POST /api/v1/inferences", 400, """
                {"status":400,"code":"invalid_request","detail":"d","errors":[{"pointer":"/prompt_ref","detail":"unknown field `prompt_ref`"}]}""");
        assertThat(with().run("run", "--prompt", "greeting").err()).contains("is version 0.0.9");
        server.json("GET /api/v1/telemetry", 400, """
                {"status":400,"code":"invalid_request","detail":"d","errors":[{"pointer":"?q","detail":"unknown parameter `q`"}]}""");
        assertThat(with().run("telemetry", "view", "-q", "x").err()).contains("is version 0.0.9");
    }

    @Test
    void aServerThatIsNoOlderSaysItInItsOwnWords() {
        version(Aistrale.VERSION);
        server.json("POST /api/v1/inferences", 400, """
                {"status":400,"code":"invalid_request","detail":"d","errors":[{"pointer":"/x","detail":"unknown field `x`"}]}""");
        assertThat(with().run("run", "x").err()).startsWith("aistrale: d; /x: unknown field");
        server.problem("GET /api/v1/prompts/absent", 404, "not_found", "There is no prompt absent.");
        assertThat(with().run("prompts", "get", "absent").err()).startsWith("aistrale: There is no prompt absent.");
        assertThat(server.requests)
                .containsExactly("POST /api/v1/inferences", "GET /health", "GET /api/v1/prompts/absent");
    }

    @Test
    void aPathThatIsNotThereOnAServerThatShouldKnowItHintsAtWhatIsInBetween() {
        version("9.9.9").unknown("GET /api/v1/prompts");
        var ran = with().run("prompts", "list");
        assertThat(ran.exit()).isEqualTo(4);
        assertThat(ran.err())
                .contains("(version 9.9.9)", "(version " + Aistrale.VERSION + ")", "Is a proxy in between")
                .contains("aistrale config list");
    }

    @Test
    void whereTheVersionCannotBeHadTheServersOwnWordsMustDo() {
        server.problem("GET /health", 500, "internal", "x").unknown("GET /api/v1/prompts");
        var ran = with().run("prompts", "list");
        assertThat(ran.exit()).isEqualTo(4);
        assertThat(ran.err()).startsWith("aistrale: There is nothing at this path.");
    }

    /** What a later server adds to answers is passed over, and its new words are shown as they are. */
    @Test
    void whatALaterServerAddsIsNoMistake() {
        version("9.9.9");
        server.list("GET /api/v1/api-keys", """
                {"id":"key_1","name":"ci","role":"auditor","last_four":"wxyz","created_at":"2026-11-01T12:00:00Z","scopes":["x"]}""");
        assertThat(with().run("keys", "list").out()).contains("auditor");
        server.sse(
                "event: of_the_future\ndata: {}\n\n",
                "event: delta\ndata: {\"of_the_future\":1}\n\n",
                FakeServer.completed("openai", "Hi").replace("\"stop\"", "\"of_the_future\""));
        assertThat(with().run("run", "x")).isEqualTo(new Ran(0, "Hi\n", ""));
    }

    @ParameterizedTest
    @CsvSource({
        "0.1.0, 0.1.0, 0",
        "0.1.0, 0.2.0, -1",
        "0.10.0, 0.9.9, 1",
        "1.0.0-rc1, 1.0.0, 0",
        "dev, 0.1.0, -1",
        "1, 1.0.0, 0"
    })
    void versionsAreComparedNumberByNumber(String a, String b, int order) {
        assertThat(OlderServer.compare(a, b)).isEqualTo(order);
    }
}
