package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.Io.Stdin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptsCommandTest {
    private static final String TIME = Times.local(Instant.parse("2026-11-01T12:00:00Z"));
    private static final String PROMPT = prompt("greeting", "{\"production\":2}", 3);
    private static final String VERSION = version(3, "\"Hi {{name}}\"", "null");

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

    private static String prompt(String name, String labels, int latest) {
        return """
                {"name":"%s","description":"to greet","labels":%s,"latest_version":%d,"revision":7,\
                "created_at":"2026-11-01T12:00:00Z","updated_at":"2026-11-01T12:00:00Z"}""".formatted(name, labels, latest);
    }

    private static String version(int number, String text, String messages) {
        return """
                {"name":"greeting","version":%d,"text":%s,"messages":%s,"variables":[{"name":"name","type":"string",\
                "required":true,"default":null,"description":"whom"},{"name":"n","type":"integer","required":false,"default":1,\
                "description":null}],"settings":{"model":"openai/m","temperature":0.5},"note":"friendlier","labels":["staging"],\
                "created_at":"2026-11-01T12:00:00Z","created_by":"key_1"}""".formatted(number, text, messages);
    }

    private Path file(String name, String text) throws Exception {
        var file = home.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    @Test
    void listsAsTableAndJson() {
        server.list("GET /api/v1/prompts", PROMPT, prompt("other", "{}", 1));
        assertThat(with().run("prompts", "list").out()).isEqualTo("""
                NAME      LATEST  LABELS        UPDATED              DESCRIPTION
                greeting       3  production=2  %s  to greet
                other          1  -             %s  to greet
                """.formatted(TIME, TIME));
        assertThat(with().run("prompts", "list", "--json").out())
                .isEqualTo("{\"data\":[" + PROMPT + "," + prompt("other", "{}", 1) + "]}\n");
        server.list("GET /api/v1/prompts");
        assertThat(with().run("prompts", "list").err()).contains("aistrale prompts create");
        assertThat(with().run("prompts", "list", "-q", "gre").err()).isEqualTo("No prompt has this in its name.\n");
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/prompts?q=gre");
    }

    @ParameterizedTest
    @CsvSource({"greeting, 2", "greeting@production, 2", "greeting@latest, 3", "greeting@9, 9"})
    void getsTheVersionThatIsMeant(String name, int version) {
        server.json("GET /api/v1/prompts/greeting", 200, PROMPT);
        server.json("GET /api/v1/prompts/greeting/versions/" + version, 200, VERSION);
        var ran = with().run("prompts", "get", name);
        assertThat(ran).isEqualTo(new Ran(0, """
                prompt     greeting
                version    3 (staging)
                created    %s by key_1
                note       friendlier
                variable   name: string, required (whom)
                variable   n: integer, else 1
                model      openai/m
                temperature 0.5

                Hi {{name}}
                """.formatted(TIME), ""));
        assertThat(with().run("prompts", "get", name, "--json").out()).isEqualTo(VERSION + "\n");
    }

    @Test
    void aLabelThatIsNotThereIsNamedWithThoseThatAre() {
        server.json("GET /api/v1/prompts/greeting", 200, PROMPT);
        var ran = with().run("prompts", "get", "greeting@stagin");
        assertThat(ran.exit()).isEqualTo(4);
        assertThat(ran.err()).contains("no label stagin").contains("production");
        assertThat(with().run("prompts", "get", "absent").exit()).isEqualTo(4);
    }

    @Test
    void messagesArePrintedBelowTheirRoles() {
        server.json(
                "GET /api/v1/prompts/greeting/versions/1",
                200,
                version(
                        1,
                        "null",
                        "[{\"role\":\"system\",\"content\":\"Be kind\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]"));
        assertThat(with().run("prompts", "get", "greeting@1").out())
                .endsWith("\n\n[system]\nBe kind\n\n[user]\n[{\"type\":\"text\"}]\n");
    }

    @Test
    void makesAPromptOfArgumentsAFileOrAPipe() throws Exception {
        server.json("POST /api/v1/prompts", 201, prompt("greeting", "{}", 1));
        var ran = with().run(
                        "prompts",
                        "create",
                        "greeting",
                        "Hi",
                        "{{name}}",
                        "--description",
                        "to greet",
                        "--model",
                        "openai/m");
        assertThat(ran).isEqualTo(new Ran(0, "Made greeting version 1\n", ""));
        assertThat(server.lastBody())
                .isEqualTo("{\"name\":\"greeting\",\"description\":\"to greet\",\"text\":\"Hi {{name}}\","
                        + "\"settings\":{\"model\":\"openai/m\"}}");
        with().in(Stdin.PIPE, "piped\n\n").run("prompts", "create", "greeting");
        assertThat(server.lastBody()).isEqualTo("{\"name\":\"greeting\",\"text\":\"piped\\n\"}");
        with().in(Stdin.OTHER, "{\"messages\":[],\"note\":\"n\"}")
                .run("prompts", "create", "greeting", "-f", "-", "--format", "json");
        assertThat(server.lastBody()).isEqualTo("{\"name\":\"greeting\",\"messages\":[],\"note\":\"n\"}");
        var json = file("g.json", "{\"text\":\"x\",\"variables\":[{\"name\":\"n\",\"type\":\"integer\"}]}");
        with().run("prompts", "create", "greeting", "-f", json.toString(), "--note", "why");
        assertThat(server.lastBody())
                .isEqualTo(
                        "{\"name\":\"greeting\",\"text\":\"x\",\"variables\":[{\"name\":\"n\",\"type\":\"integer\"}],\"note\":\"why\"}");
    }

    @Test
    void aNewVersionCanGetItsLabelAtOnce() throws Exception {
        server.json("GET /api/v1/prompts/greeting", 200, PROMPT)
                .json("POST /api/v1/prompts/greeting/versions", 201, VERSION)
                .json("PUT /api/v1/prompts/greeting/labels/production", 200, PROMPT);
        var text = file("g.txt", "Hello {{name}}\n");
        var ran = with().run("prompts", "update", "greeting", "-f", text.toString(), "--label", "production");
        assertThat(ran).isEqualTo(new Ran(0, "Made greeting version 3\n", "production is at version 3 now.\n"));
        assertThat(server.bodies).contains("{\"text\":\"Hello {{name}}\"}").endsWith("{\"version\":3}");
    }

    @Test
    void updateSaysAnewWhatItIsForAndMakesNoVersion() {
        server.json("POST /api/v1/prompts/greeting", 200, PROMPT);
        assertThat(with().run("prompts", "update", "greeting", "--description", "d"))
                .isEqualTo(new Ran(0, "Changed greeting\n", ""));
        assertThat(server.requests).containsExactly("POST /api/v1/prompts/greeting");
        assertThat(server.lastBody()).isEqualTo("{\"description\":\"d\"}");
    }

    @Test
    void aDotpromptFileGoesAsItIs() throws Exception {
        var text = "---\nmodel: openai/m\n---\nHi {{name}}\n";
        var file = file("greeting.prompt", text);
        server.json("PUT /api/v1/prompts/greeting/dotprompt", 201, VERSION);
        assertThat(with().run("prompts", "create", "greeting", "-f", file.toString())
                        .exit())
                .isEqualTo(0);
        assertThat(server.lastBody()).isEqualTo(text);
        server.json("GET /api/v1/prompts/greeting", 200, PROMPT);
        var there = with().run("prompts", "create", "greeting", "-f", file.toString());
        assertThat(there.exit()).isEqualTo(4);
        assertThat(there.err()).contains("already").contains("aistrale prompts update greeting");
        server.json("PUT /api/v1/prompts/greeting/dotprompt", 200, VERSION);
        assertThat(with().run("prompts", "update", "greeting", "-f", file.toString())
                        .out())
                .isEqualTo("Unchanged: greeting version 3\n");
    }

    @ParameterizedTest
    @CsvSource({
        "prompts create greeting, no template",
        "prompts create greeting x -f y, a text and a file",
        "prompts create greeting -f /nonexistent, Cannot read",
        "prompts create greeting x --format yaml, takes no yaml",
        "prompts create greeting x --format json, not JSON",
        "prompts label greeting production, no version",
        "prompts label greeting production 3 --remove, takes no version",
        "prompts export, which folder",
        "prompts export a b, need a folder",
        "prompts import /nonexistent.prompt, Cannot read",
        "prompts import -, has no name"
    })
    void mistakesAreNamedAndNothingIsSent(String line, String said) {
        var ran = with().run(line.split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains(said);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void labelsMoveAndGo() {
        server.json("PUT /api/v1/prompts/greeting/labels/production", 200, PROMPT)
                .json("DELETE /api/v1/prompts/greeting/labels/production", 204, "")
                .json("DELETE /api/v1/prompts/greeting", 204, "");
        assertThat(with().run("prompts", "label", "greeting", "production", "2").out())
                .isEqualTo("greeting@production is version 2 now.\n");
        assertThat(server.lastBody()).isEqualTo("{\"version\":2}");
        assertThat(with().run("prompts", "label", "greeting", "production", "--remove")
                        .out())
                .isEqualTo("Removed label production from greeting\n");
        assertThat(with().run("prompts", "delete", "greeting").out()).isEqualTo("Deleted greeting\n");
        server.problem("PUT /api/v1/prompts/greeting/labels/production", 412, "precondition_failed", "it is 8 now");
        var late = with().run("prompts", "label", "greeting", "production", "2", "--if-revision", "7");
        assertThat(late.exit()).isEqualTo(4);
        assertThat(late.err()).contains("it is 8 now");
    }

    @Test
    void versionsRenderAndDiff() {
        server.list("GET /api/v1/prompts/greeting/versions", VERSION);
        server.json(
                "POST /api/v1/prompts/greeting/render",
                200,
                "{\"name\":\"greeting\",\"version\":3,\"text\":\"Hi Ada\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi Ada\"}],\"settings\":{}}");
        server.json(
                "GET /api/v1/prompts/greeting/diff",
                200,
                "{\"name\":\"greeting\",\"from\":1,\"to\":3,\"changes\":[{\"pointer\":\"/text\",\"before\":\"a\",\"after\":\"b\"}],\"unified\":\"-a\\n+b\\n\"}");
        assertThat(with().run("prompts", "versions", "greeting").out()).isEqualTo("""
                VERSION  LABELS   CREATED              BY     NOTE
                      3  staging  %s  key_1  friendlier
                """.formatted(TIME));
        assertThat(with().run("prompts", "render", "greeting@3", "--var", "name=Ada")
                        .out())
                .isEqualTo("Hi Ada\n");
        assertThat(server.lastBody()).isEqualTo("{\"version\":3,\"variables\":{\"name\":\"Ada\"}}");
        assertThat(with().run("prompts", "diff", "greeting", "1", "latest").out())
                .isEqualTo("-a\n+b\n");
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/prompts/greeting/diff?from=1&to=latest");
    }

    @Test
    void exportsToStandardOutputOrAFolder() throws Exception {
        server.list("GET /api/v1/prompts", PROMPT, prompt("hard", "{}", 1));
        server.text("GET /api/v1/prompts/greeting/dotprompt", "text/plain", "Hi {{name}}");
        server.problem("GET /api/v1/prompts/hard/dotprompt", 409, "conflict", "Dotprompt has no array");
        assertThat(with().run("prompts", "export", "greeting@2").out()).isEqualTo("Hi {{name}}\n");
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/prompts/greeting/dotprompt?version=2");
        var folder = home.resolve("out");
        var ran = with().run("prompts", "export", "--dir", folder.toString());
        assertThat(ran.exit()).isEqualTo(4);
        assertThat(ran.out()).isEqualTo(folder.resolve("greeting.prompt") + "\n");
        assertThat(ran.err()).startsWith("aistrale: hard: Dotprompt has no array");
        assertThat(folder.resolve("greeting.prompt")).hasContent("Hi {{name}}");
        assertThat(Files.list(folder)).hasSize(1);
    }

    @Test
    void importsAFolderAgainAndAgain() throws Exception {
        file("in/b.prompt", "B");
        file("in/a.prompt", "A");
        file("in/README.md", "no prompt");
        server.json("PUT /api/v1/prompts/a/dotprompt", 201, VERSION.replace("greeting", "a"))
                .json(
                        "PUT /api/v1/prompts/b/dotprompt",
                        200,
                        VERSION.replace("greeting", "b").replace("staging", "ci"))
                .json("PUT /api/v1/prompts/a/labels/ci", 200, PROMPT);
        var ran = with().run("prompts", "import", home.resolve("in").toString(), "--label", "ci");
        assertThat(ran).isEqualTo(new Ran(0, "a version 3: new, ci put there\nb version 3: unchanged\n", ""));
        assertThat(server.requests)
                .containsExactly(
                        "PUT /api/v1/prompts/a/dotprompt",
                        "PUT /api/v1/prompts/a/labels/ci",
                        "PUT /api/v1/prompts/b/dotprompt");
        var json = with().in(Stdin.PIPE, "A").run("prompts", "import", "-", "--name", "a", "--json");
        assertThat(json.out())
                .isEqualTo("{\"file\":\"-\",\"name\":\"a\",\"version\":3,\"created\":true,\"labelled\":false}\n");
    }

    @Test
    void anImportTriesAllFilesAndEndsWithTheFirstFailure() throws Exception {
        file("in/a.prompt", "{{#if x}}");
        file("in/b.prompt", "B");
        server.problem("PUT /api/v1/prompts/a/dotprompt", 400, "invalid_request", "no helpers: #if")
                .json("PUT /api/v1/prompts/b/dotprompt", 201, VERSION.replace("greeting", "b"));
        var ran = with().run("prompts", "import", home.resolve("in").toString());
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.out()).isEqualTo("b version 3: new\n");
        assertThat(ran.err()).contains("a.prompt: no helpers: #if");
        file("other/b.prompt", "B");
        var twice = with().run(
                        "prompts",
                        "import",
                        home.resolve("in").toString(),
                        home.resolve("other").toString());
        assertThat(twice.exit()).isEqualTo(2);
        assertThat(twice.err()).contains("both are prompt b");
    }

    @Test
    void theEditorsChangeBecomesAVersion() throws Exception {
        server.text("GET /api/v1/prompts/greeting/dotprompt", "text/plain", "Hi {{name}}\n");
        server.json("PUT /api/v1/prompts/greeting/dotprompt", 201, VERSION);
        var ran = with().env("EDITOR", "sed -i s/Hi/Hello/").run("prompts", "edit", "greeting@2");
        assertThat(ran.exit()).isEqualTo(0);
        assertThat(ran.out()).isEqualTo("Made greeting version 3\n");
        assertThat(server.requests)
                .containsExactly(
                        "GET /api/v1/prompts/greeting/dotprompt?version=2", "PUT /api/v1/prompts/greeting/dotprompt");
        assertThat(server.lastBody()).isEqualTo("Hello {{name}}\n");
        assertThat(Path.of(ran.err().strip().substring("Sending ".length()))).doesNotExist();
    }

    @Test
    void anEditorThatChangesNothingOrFailsSendsNothing() {
        server.text("GET /api/v1/prompts/greeting/dotprompt", "text/plain", "Hi {{name}}\n");
        assertThat(with().env("VISUAL", "true").env("EDITOR", "false").run("prompts", "edit", "greeting"))
                .isEqualTo(new Ran(0, "", "Nothing was changed.\n"));
        var failed = with().env("EDITOR", "false").run("prompts", "edit", "greeting");
        assertThat(failed.exit()).isEqualTo(1);
        assertThat(failed.err()).contains("nothing was sent", "VISUAL or EDITOR");
        assertThat(server.requests).allMatch(request -> request.startsWith("GET"));
    }

    @Test
    void whatTheServerRefusesStaysInTheFile() throws Exception {
        server.text("GET /api/v1/prompts/greeting/dotprompt", "text/plain", "Hi\n");
        server.problem("PUT /api/v1/prompts/greeting/dotprompt", 400, "invalid_request", "no helpers: #if");
        var ran = with().env("EDITOR", "sed -i s/Hi/Hello/").run("prompts", "edit", "greeting");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("no helpers: #if");
        var file = Path.of(ran.err().lines().toList().get(0).substring("Sending ".length()));
        assertThat(file).hasContent("Hello\n");
        Files.delete(file);
    }
}
