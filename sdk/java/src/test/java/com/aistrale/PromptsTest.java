package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PromptsTest {
    private static final String PROMPT = """
            {"name":"greeting","description":null,"labels":{"production":2,"a.b":1},"latest_version":3,"revision":7,\
            "created_at":"2026-11-01T12:00:00.000Z","updated_at":"2026-11-02T12:00:00.000Z","of_the_future":[1]}""";
    private static final String VERSION = """
            {"name":"greeting","version":3,"text":"Hi {{name}}","messages":null,"variables":[{"name":"name","type":"string",\
            "required":true,"default":null,"description":null},{"name":"n","type":"of_the_future","required":false,\
            "default":9007199254740993,"description":"how many"}],"settings":{"model":"openai/m","temperature":0.10},\
            "note":"n","labels":["staging"],"created_at":"2026-11-01T12:00:00.000Z","created_by":"key_1"}""";
    private final FakeServer server = new FakeServer();
    private final Prompts prompts = Clients.of(server).prompts();

    @AfterEach
    void stop() {
        server.close();
    }

    private FakeServer.Received last() {
        return server.received.get(server.received.size() - 1);
    }

    private String asked() {
        return last().method() + " " + last().target() + " " + last().body();
    }

    @Test
    void listsAndGets() {
        server.json(200, "{\"data\":[" + PROMPT + "],\"next_cursor\":null}").json(200, PROMPT);
        assertThat(prompts.list()).extracting(Prompt::name).containsExactly("greeting");
        assertThat(asked()).isEqualTo("GET /api/v1/prompts ");
        var prompt = prompts.get("gre eting/x");
        assertThat(asked()).isEqualTo("GET /api/v1/prompts/gre%20eting%2Fx ");
        assertThat(prompt.labels()).containsExactly(Map.entry("production", 2L), Map.entry("a.b", 1L));
        assertThat(prompt.latestVersion()).isEqualTo(3);
        assertThat(prompt.revision()).isEqualTo(7);
        assertThat(prompt.description()).isNull();
        assertThat(prompt.toJson()).isEqualTo(PROMPT);
    }

    @Test
    void findsByAPartOfTheName() {
        server.json(200, "{\"data\":[" + PROMPT + "],\"next_cursor\":null}");
        assertThat(prompts.search("GREET&").toList()).hasSize(1);
        assertThat(asked()).isEqualTo("GET /api/v1/prompts?q=GREET%26 ");
    }

    @Test
    void makesAPromptWithAllThatAVersionHas() {
        server.json(201, PROMPT).json(201, PROMPT);
        prompts.create("greeting", PromptContent.text("Hi {{name}}"));
        assertThat(asked()).isEqualTo("POST /api/v1/prompts {\"name\":\"greeting\",\"text\":\"Hi {{name}}\"}");
        var content = PromptContent.messages(List.of(Map.of("role", "user")))
                .variable("name", "string")
                .settings(Map.of("model", "openai/m"))
                .note("why");
        prompts.create("greeting", "to greet", content);
        assertThat(last().body())
                .startsWith(
                        "{\"name\":\"greeting\",\"description\":\"to greet\",\"messages\":[{\"role\":\"user\"}],\"variables\":[{")
                .contains("\"name\":\"name\"", "\"type\":\"string\"", "\"required\":true")
                .endsWith("}],\"settings\":{\"model\":\"openai/m\"},\"note\":\"why\"}");
    }

    @Test
    void contentIsNotChangedByWhatIsMadeOfIt() {
        server.json(201, VERSION).json(201, VERSION);
        var bare = PromptContent.text("a");
        var one = bare.variable("x", "integer", 3);
        one.variable("y", "string");
        prompts.createVersion("greeting", bare);
        assertThat(asked()).isEqualTo("POST /api/v1/prompts/greeting/versions {\"text\":\"a\"}");
        prompts.createVersion("greeting", one);
        assertThat(last().body())
                .contains("\"name\":\"x\"", "\"default\":3", "\"required\":false")
                .doesNotContain("\"y\"");
    }

    @Test
    void versionsKeepWhatThisSdkDoesNotKnow() {
        server.json(200, VERSION).json(200, "{\"data\":[" + VERSION + "],\"next_cursor\":null}");
        var version = prompts.version("greeting", 3);
        assertThat(asked()).isEqualTo("GET /api/v1/prompts/greeting/versions/3 ");
        assertThat(version.text()).isEqualTo("Hi {{name}}");
        assertThat(version.messages()).isEmpty();
        assertThat(version.variables().get(1).type()).isEqualTo("of_the_future");
        assertThat(version.variables().get(1).defaultValue()).isEqualTo(9007199254740993L);
        assertThat(version.settings()).containsKey("temperature");
        assertThat(version.labels()).containsExactly("staging");
        assertThat(version.toJson()).isEqualTo(VERSION);
        assertThat(prompts.versions("greeting").toList()).hasSize(1);
        assertThat(asked()).isEqualTo("GET /api/v1/prompts/greeting/versions ");
    }

    @Test
    void changesLabelsAndDescriptions() {
        server.json(200, PROMPT).json(200, PROMPT).noContent().noContent();
        prompts.setLabel("greeting", "production", 2);
        assertThat(asked()).isEqualTo("PUT /api/v1/prompts/greeting/labels/production {\"version\":2}");
        assertThat(last().headers()).doesNotContainKey("if-match").containsEntry("content-type", "application/json");
        prompts.update("greeting", null);
        assertThat(asked()).isEqualTo("POST /api/v1/prompts/greeting {\"description\":null}");
        prompts.removeLabel("greeting", "production");
        assertThat(asked()).isEqualTo("DELETE /api/v1/prompts/greeting/labels/production ");
        prompts.delete("greeting");
        assertThat(asked()).isEqualTo("DELETE /api/v1/prompts/greeting ");
    }

    @Test
    void aChangeCanBeBoundToTheRevisionThatWasSeen() {
        for (var i = 0; i < 3; i++) {
            server.problem(412, "precondition_failed");
        }
        var bound = prompts.ifRevision(7);
        assertThatThrownBy(() -> bound.setLabel("greeting", "production", 2)).isInstanceOf(ConflictException.class);
        assertThat(last().headers()).containsEntry("if-match", "\"7\"");
        assertThatThrownBy(() -> bound.createVersion("greeting", PromptContent.text("x")))
                .isInstanceOf(ConflictException.class);
        assertThat(last().headers()).containsEntry("if-match", "\"7\"");
        assertThatThrownBy(() -> bound.delete("greeting")).isInstanceOf(ConflictException.class);
        assertThat(last().headers()).containsEntry("if-match", "\"7\"");
    }

    @Test
    void aBoundChangeIsNotTriedAgainAfterALostAnswerAndAFreeOneIs() {
        var client = Clients.of(server, new FakeClocks());
        server.reply(new FakeServer.Reply(List.of(), FakeServer.End.CLOSE, 0));
        assertThatThrownBy(() -> client.prompts().ifRevision(1).setLabel("p", "l", 1))
                .isInstanceOf(ApiConnectionException.class);
        assertThat(server.received).hasSize(1);
        server.reply(new FakeServer.Reply(List.of(), FakeServer.End.CLOSE, 0)).json(200, PROMPT);
        assertThat(client.prompts().setLabel("p", "l", 1).revision()).isEqualTo(7);
        assertThat(server.received).hasSize(3);
    }

    @Test
    void renders() {
        server.json(200, """
                {"name":"greeting","version":2,"text":"Hi Ada","settings":{},"messages":[{"role":"user","content":"Hi Ada"}]}""");
        var ref = PromptRef.of("greeting")
                .label("production")
                .variable("name", "Ada")
                .variable("n", null);
        var rendered = prompts.render(ref);
        assertThat(asked())
                .isEqualTo(
                        "POST /api/v1/prompts/greeting/render {\"label\":\"production\",\"variables\":{\"name\":\"Ada\",\"n\":null}}");
        assertThat(rendered.text()).isEqualTo("Hi Ada");
        assertThat(rendered.version()).isEqualTo(2);
        assertThat(rendered.messages()).hasSize(1);
        server.problem(400, "invalid_request");
        assertThat(catchThrowableOfType(BadRequestException.class, () -> prompts.render(PromptRef.of("greeting"))))
                .hasMessageContaining("what happened");
        assertThat(last().body()).isEqualTo("{}");
    }

    @Test
    void diffs() {
        server.json(200, """
                {"name":"greeting","from":1,"to":3,"changes":[{"pointer":"/settings/temperature","before":null,"after":0.5}],\
                "unified":"-a\\n+b\\n"}""");
        var diff = prompts.diff("greeting", "1", "latest");
        assertThat(asked()).isEqualTo("GET /api/v1/prompts/greeting/diff?from=1&to=latest ");
        assertThat(diff.changes().get(0).pointer()).isEqualTo("/settings/temperature");
        assertThat(diff.changes().get(0).before()).isNull();
        assertThat(diff.unified()).isEqualTo("-a\n+b\n");
    }

    @Test
    void dotpromptFilesGoOutAndIn() {
        var file = "---\nmodel: openai/m\n---\nHi {{name}}, grüß dich\n";
        server.reply(FakeServer.whole(200, "text/plain; charset=utf-8", file));
        assertThat(prompts.exportDotprompt(PromptRef.of("greeting").version(3))).isEqualTo(file);
        assertThat(asked()).isEqualTo("GET /api/v1/prompts/greeting/dotprompt?version=3 ");
        assertThat(last().headers()).containsEntry("accept", "text/plain");
        for (var status : Arrays.asList(201, 200)) {
            server.json(status, VERSION);
            var imported = prompts.importDotprompt("greeting", file);
            assertThat(imported.created()).isEqualTo(status == 201);
            assertThat(imported.version().version()).isEqualTo(3);
            assertThat(asked()).isEqualTo("PUT /api/v1/prompts/greeting/dotprompt " + file);
            assertThat(last().headers()).containsEntry("content-type", "text/plain; charset=utf-8");
        }
    }

    @Test
    void runsAStoredPromptWithItsOwnModel() {
        for (var transport : StreamTest.transports().toList()) {
            server.sse(FakeServer.completed("Hi"));
            var client = Clients.builder(server)
                    .transport(transport)
                    .model("configured/model")
                    .provider("configured")
                    .build();
            var ref = PromptRef.of("greeting").version(2).variables(Map.of("name", "Ada"));
            var options = RunOptions.builder()
                    .promptRef(ref)
                    .temperature(0)
                    .traceId("t")
                    .parentSpanId("s");
            client.run(options.build());
            assertThat(last().body())
                    .isEqualTo(
                            "{\"prompt_ref\":{\"name\":\"greeting\",\"version\":2,\"variables\":{\"name\":\"Ada\"}},"
                                    + "\"temperature\":0.0,\"trace_id\":\"t\",\"parent_span_id\":\"s\",\"resumable\":true,\"stream\":true}");
        }
    }

    @Test
    void aRunHasOnePromptOnly() {
        var client = Clients.of(server);
        var stored = RunOptions.builder().promptRef(PromptRef.of("greeting"));
        assertThatThrownBy(() -> client.run("x", stored.build())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> client.run(stored.messages(List.of()).build()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> client.run(RunOptions.builder().build())).isInstanceOf(IllegalArgumentException.class);
        assertThat(server.received).isEmpty();
    }

    @Test
    void anAnswerSaysWhichPromptItWas() {
        server.sse(FakeServer.completed("Hi")
                .replace(
                        "\"session_id\":null", "\"session_id\":null,\"prompt\":{\"name\":\"greeting\",\"version\":2}"));
        var answer = Clients.of(server)
                .run(RunOptions.builder().promptRef(PromptRef.of("greeting")).build());
        assertThat(answer.prompt()).isEqualTo(new PromptName("greeting", 2)).hasToString("greeting@2");
        assertThat(PromptRef.of("greeting").label("production")).hasToString("greeting@production");
    }
}
