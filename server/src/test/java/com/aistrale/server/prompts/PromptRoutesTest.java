package com.aistrale.server.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.app.TestServer.Answer;
import com.aistrale.server.kit.json.Json;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code /api/v1/prompts} by the front door. */
@Timeout(60)
class PromptRoutesTest {
    private static final String PROMPTS = "/api/v1/prompts";
    private static final String GREETING = PROMPTS + "/greeting";

    @TempDir
    Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private Answer put(String path, String json) throws Exception {
        return server.send(
                server.request(path).header("content-type", "application/json").PUT(BodyPublishers.ofString(json)));
    }

    private Answer create(String fields) throws Exception {
        return server.post(PROMPTS, "{\"name\":\"greeting\"," + fields + "}");
    }

    private Answer addVersion(String fields) throws Exception {
        return server.post(GREETING + "/versions", "{" + fields + "}");
    }

    private static List<String> errors(Answer answer) {
        answer.problem(400, "invalid_request");
        return answer.json()
                .get("errors")
                .valueStream()
                .map(error -> error.get("pointer").stringValue() + ": "
                        + error.get("detail").stringValue())
                .toList();
    }

    private List<String> events() throws Exception {
        try (var file = server.database()) {
            return file.rows("SELECT data FROM event WHERE type = 'prompt.updated' ORDER BY seq");
        }
    }

    private List<String> audit() throws Exception {
        try (var file = server.database()) {
            return file.rows("SELECT action, target_type, target_id, detail FROM audit_log"
                    + " WHERE target_type = 'prompt' ORDER BY id");
        }
    }

    @Test
    void aPromptIsMadeWithItsFirstVersion() throws Exception {
        var answer = create("""
                "description":"How we say hello","text":"Hello {{who}}, {{ mood }}!","note":"first",
                "variables":[{"name":"mood","default":"fine","description":"How"},{"name":"unused","required":false}],
                "settings":{"model":"openai/gpt-4o","temperature":0.2,"stop":"END","seed":null}
                """);

        var prompt = answer.expect(201);
        assertThat(answer.header("etag")).isEqualTo("\"1\"");
        var created = prompt.get("created_at").stringValue();
        assertThat(prompt).isEqualTo(Json.parse("""
                {"name":"greeting","description":"How we say hello","labels":{},"latest_version":1,"revision":1,
                 "created_at":"%s","updated_at":"%s"}\
                """.formatted(created, created)));
        assertThat(prompt.propertyNames())
                .containsExactly(
                        "name", "description", "labels", "latest_version", "revision", "created_at", "updated_at");
        var version = server.get(GREETING + "/versions/1");
        assertThat(version.header("etag")).isEqualTo("\"1\"");
        var key = server.get("/api/v1/whoami").json().get("api_key_id").stringValue();
        assertThat(version.expect(200)).isEqualTo(Json.parse("""
                {"name":"greeting","version":1,"text":"Hello {{who}}, {{ mood }}!","messages":null,
                 "variables":[
                  {"name":"mood","type":"string","required":false,"default":"fine","description":"How"},
                  {"name":"unused","type":"string","required":false,"default":null,"description":null},
                  {"name":"who","type":"string","required":true,"default":null,"description":null}],
                 "settings":{"model":"openai/gpt-4o","temperature":0.2,"stop":["END"]},
                 "note":"first","labels":[],"created_at":"%s","created_by":"%s"}\
                """.formatted(created, key)));
        assertThat(server.get(GREETING).expect(200)).isEqualTo(prompt);
        assertThat(events())
                .containsExactly("{\"name\":\"greeting\",\"version\":1,\"labels\":[],\"change\":\"version_created\","
                        + "\"updated_by\":\"" + key + "\"}");
        assertThat(audit()).isEmpty();
    }

    @Test
    void ofUnknownFieldsWithoutEndTheFirstAreNamed() throws Exception {
        create("\"text\":\"Hi\"").expect(201);
        var fields = IntStream.range(0, 100_000)
                .mapToObj(i -> "\"f" + i + "\":0")
                .collect(Collectors.joining(",", "{", "}"));

        for (var path : List.of(PROMPTS, GREETING, GREETING + "/versions", GREETING + "/render")) {
            assertThat(errors(server.post(path, fields)))
                    .as(path)
                    .hasSize(101)
                    .startsWith("/f0: unknown field `f0`")
                    .endsWith(": there are more; only the first 100 mistakes are named");
        }
        var settings = errors(create("\"text\":\"Hi\",\"settings\":" + fields));
        assertThat(settings).hasSize(101).startsWith("/settings/f0: unknown field `f0`");
    }

    @Test
    void everyMistakeOfABodyIsNamed() throws Exception {
        var answer = server.post(PROMPTS, """
                {"name":"a b","descripton":"x","text":"Hi","messages":[{"role":"alien","content":"x"}],
                 "variables":[{"name":"1x"},{"name":"a","type":"text"},{"name":"b","required":true,"default":"x"},
                   {"name":"c","type":"integer","default":"1"},{"name":"d"},{"name":"d"},{"type":"string"},7,
                   {"name":"e","tpye":"string"}],
                 "settings":{"temperature":3,"temprature":1,"foo":null,"model":""},"note":7}
                """);

        assertThat(errors(answer))
                .containsExactlyInAnyOrder(
                        "/descripton: unknown field `descripton`; did you mean `description`?",
                        "/name: must be 1 to 100 letters, digits and . _ -, the first of them a letter or a digit",
                        "/messages: exactly one of `text` and `messages` is needed, and both are there",
                        "/messages/0/role: must be system, developer, user, assistant or tool, not `alien`",
                        "/settings/temprature: unknown field `temprature`; did you mean `temperature`?",
                        "/settings/foo: unknown field `foo`",
                        "/settings/model: is empty; leave it out or give it a value",
                        "/settings/temperature: must be 0 to 2, not 3",
                        "/variables/0/name: must be 1 to 100 letters, digits and _, the first of them no digit",
                        "/variables/1/type: is none of string, number, integer, boolean, array, object",
                        "/variables/2/required: a variable with a default is never missing; leave out one of the two",
                        "/variables/3/default: must be a whole number, not a string",
                        "/variables/5/name: `d` is declared twice",
                        "/variables/6/name: is missing",
                        "/variables/7: must be an object with a `name`, not the number 7",
                        "/variables/8/tpye: unknown field `tpye`; did you mean `type`?",
                        "/note: must be a string, not the number 7");
        assertThat(server.get(PROMPTS).expect(200).get("data")).isEmpty();
    }

    @Test
    void whatIsTooLargeIsRefusedByItsNumber() throws Exception {
        assertThat(errors(create("\"text\":\"" + "x".repeat(200_001) + "\"")))
                .containsExactly("/text: has 200001 characters of text; the most is 200000");
        create("\"text\":\"" + "x".repeat(200_000) + "\"").expect(201);
        var uses = new StringBuilder();
        for (int i = 0; i < 101; i++) {
            uses.append("{{v").append(i).append("}}");
        }
        assertThat(errors(addVersion("\"text\":\"" + uses + "\"")))
                .containsExactly("/variables: the version has 101 variables, with those that its templates use; the"
                        + " most is 100");
        assertThat(errors(addVersion("\"text\":\"{{" + "v".repeat(101) + "}}\"")))
                .containsExactly("/text: uses a variable with a name longer than 100 characters");
        var message = "{\"role\":\"user\",\"content\":\"x\"},";
        assertThat(errors(addVersion("\"messages\":[" + message.repeat(200)
                        + message.replace(",{", "{").substring(0, message.length() - 1) + "]")))
                .containsExactly("/messages: has 201 messages; the most is 200");
        assertThat(errors(addVersion("\"text\":\"x\",\"note\":\"" + "n".repeat(1001) + "\"")))
                .containsExactly("/note: has 1001 characters; the most is 1000");
        assertThat(errors(create("\"text\":\"x\",\"description\":\"" + "n".repeat(1001) + "\"")))
                .containsExactly("/description: has 1001 characters; the most is 1000");
        assertThat(errors(server.post(PROMPTS, "{\"name\":\"" + "n".repeat(101) + "\",\"text\":\"x\"}")))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\u0000", "\\ud83d", "\\udc4b", "\\udc4b\\ud83d"})
    void charactersThatNoTextCanHoldAreRefused(String character) throws Exception {
        assertThat(errors(create("\"text\":\"a" + character + "\"")))
                .containsExactly("/text: has U+0000 or half of a surrogate pair in it, which no text can hold");
        assertThat(errors(create("\"text\":\"a\",\"description\":\"" + character + "\"")))
                .hasSize(1);
        assertThat(errors(create("\"text\":\"a\",\"note\":\"" + character + "\"")))
                .hasSize(1);
        create("\"text\":\"{{a}}\\ud83d\\udc4b\"").expect(201);
        assertThat(errors(server.post(GREETING + "/render", "{\"variables\":{\"a\":\"" + character + "\"}}")))
                .hasSize(1);
        assertThat(server.post(GREETING + "/render", "{\"variables\":{\"a\":\"b\"}}")
                        .expect(200)
                        .get("text")
                        .stringValue())
                .isEqualTo("b👋");
    }

    @Test
    void aNameThatIsTakenIsAConflict() throws Exception {
        create("\"text\":\"a\"").expect(201);

        assertThat(create("\"text\":\"b\"").problem(409, "conflict"))
                .isEqualTo("There is a prompt greeting already. Add a version to it:"
                        + " POST /api/v1/prompts/greeting/versions.");
    }

    @Test
    void versionsAreNumberedAndListedNewestFirst() throws Exception {
        create("\"text\":\"1\"").expect(201);
        var second = addVersion("\"text\":\"2\"");
        addVersion(
                        "\"messages\":[{\"role\":\"system\",\"content\":\"{{a}}\"},{\"role\":\"user\",\"content\":[{\"type\":"
                                + "\"text\",\"text\":\"{{b}}\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"{{c}}\"}}]}]")
                .expect(201);

        assertThat(second.expect(201).get("version").intValue()).isEqualTo(2);
        assertThat(second.header("etag")).isEqualTo("\"2\"");
        var page = server.get(GREETING + "/versions?limit=2").expect(200);
        assertThat(page.get("data")
                        .valueStream()
                        .map(version -> version.get("version").intValue()))
                .containsExactly(3, 2);
        assertThat(page.get("data")
                        .get(0)
                        .get("variables")
                        .valueStream()
                        .map(v -> v.get("name").stringValue()))
                .containsExactly("a", "b", "c");
        var last = server.get(
                        GREETING + "/versions?cursor=" + page.get("next_cursor").stringValue())
                .expect(200);
        assertThat(last.get("data")
                        .valueStream()
                        .map(version -> version.get("version").intValue()))
                .containsExactly(1);
        assertThat(last.get("next_cursor").isNull()).isTrue();
        assertThat(errors(server.get(GREETING + "/versions?cursor=x&limit=0&q=1")))
                .hasSize(3);
        assertThat(server.get(GREETING + "/versions/latest")
                        .expect(200)
                        .get("version")
                        .intValue())
                .isEqualTo(3);
        assertThat(server.get(GREETING + "/versions/4").problem(404, "not_found"))
                .isEqualTo("The prompt `greeting` has no version 4; its latest is 3.");
        assertThat(server.get(GREETING + "/versions/0").problem(404, "not_found"))
                .contains("no version 0");
        assertThat(server.get(GREETING + "/versions/99999999999").problem(404, "not_found"))
                .contains("no label `99999999999`");
    }

    @Test
    void aLabelMovesAndIsRemovedAndItsWayIsKept() throws Exception {
        create("\"text\":\"1\"").expect(201);
        addVersion("\"text\":\"2\"").expect(201);
        var label = GREETING + "/labels/production";

        var set = put(label, "{\"version\":1}");
        assertThat(set.expect(200).get("labels")).isEqualTo(Json.parse("{\"production\":1}"));
        assertThat(set.header("etag")).isEqualTo("\"3\"");
        assertThat(server.get(GREETING + "/versions/production").expect(200).get("labels"))
                .isEqualTo(Json.parse("[\"production\"]"));
        put(label, "{\"version\":2}").expect(200);
        put(GREETING + "/labels/a.b-c_9", "{\"version\":2}").expect(200);
        assertThat(put(label, "{\"version\":2}").expect(200).get("revision").intValue())
                .as("it is there already")
                .isEqualTo(5);
        assertThat(server.delete(label).status()).isEqualTo(204);
        assertThat(server.delete(label).problem(404, "not_found"))
                .isEqualTo("The prompt `greeting` has no label `production`.");
        assertThat(server.get(GREETING + "/versions/prodution").problem(404, "not_found"))
                .isEqualTo("The prompt `greeting` has no label `prodution`.");

        assertThat(audit())
                .containsExactly(
                        "prompt.label_moved|prompt|greeting|{\"label\":\"production\",\"from\":null,\"to\":1}",
                        "prompt.label_moved|prompt|greeting|{\"label\":\"production\",\"from\":1,\"to\":2}",
                        "prompt.label_moved|prompt|greeting|{\"label\":\"a.b-c_9\",\"from\":null,\"to\":2}",
                        "prompt.label_removed|prompt|greeting|{\"label\":\"production\",\"version\":2}");
        assertThat(events().stream()
                        .map(Json::parse)
                        .map(event -> event.get("change").stringValue() + " " + event.get("version") + " "
                                + event.get("labels")))
                .containsExactly(
                        "version_created 1 []",
                        "version_created 2 []",
                        "label_moved 1 [\"production\"]",
                        "label_moved 2 [\"production\"]",
                        "label_moved 2 [\"a.b-c_9\",\"production\"]",
                        "label_removed 2 [\"a.b-c_9\"]");
    }

    @Test
    void aLabelThatCannotBeIsRefused() throws Exception {
        create("\"text\":\"1\"").expect(201);

        assertThat(put(GREETING + "/labels/latest", "{\"version\":1}").problem(400, "invalid_request"))
                .isEqualTo("the label `latest` is always at the highest version, and cannot be moved");
        for (var label : List.of("Production", "1", "-a", "a".repeat(41), "a%20b")) {
            put(GREETING + "/labels/" + label, "{\"version\":1}").problem(400, "invalid_request");
        }
        assertThat(put(GREETING + "/labels/a", "{\"version\":2}").problem(404, "not_found"))
                .isEqualTo("The prompt `greeting` has no version 2; its latest is 1.");
        assertThat(errors(put(GREETING + "/labels/a", "{\"version\":0}")))
                .containsExactly("/version: must be 1 to 2147483647, not 0");
        assertThat(errors(put(GREETING + "/labels/a", "{\"verison\":1}")))
                .containsExactly("/verison: unknown field `verison`; did you mean `version`?", "/version: is missing");
        assertThat(audit()).isEmpty();
    }

    @Test
    void theDescriptionIsChangedAndTakenAway() throws Exception {
        create("\"text\":\"1\"").expect(201);

        var changed = server.post(GREETING, "{\"description\":\"x\"}");
        assertThat(changed.expect(200).get("description").stringValue()).isEqualTo("x");
        assertThat(changed.header("etag")).isEqualTo("\"2\"");
        assertThat(server.post(GREETING, "{\"description\":null}")
                        .expect(200)
                        .get("description")
                        .isNull())
                .isTrue();
        assertThat(errors(server.post(GREETING, "{}"))).containsExactly("/description: is missing; null takes it away");
    }

    @Test
    void aChangeMeantForAnotherRevisionIsRefused() throws Exception {
        create("\"text\":\"1\"").expect(201);
        var stale = server.send(server.request(GREETING + "/versions")
                .header("if-match", "\"7\"")
                .POST(BodyPublishers.ofString("{\"text\":\"2\"}")));
        var fitting = server.send(server.request(GREETING + "/versions")
                .header("if-match", "\"1\"")
                .POST(BodyPublishers.ofString("{\"text\":\"2\"}")));
        var deletion =
                server.send(server.request(GREETING).header("if-match", "\"1\"").DELETE());
        var broken =
                server.send(server.request(GREETING).header("if-match", "2").DELETE());

        assertThat(stale.problem(412, "precondition_failed"))
                .isEqualTo("The prompt greeting has changed meanwhile: its revision is now 1."
                        + " Read it again, then send the change with If-Match: \"1\".");
        fitting.expect(201);
        deletion.problem(412, "precondition_failed");
        assertThat(broken.problem(400, "invalid_request")).contains("If-Match");
        assertThat(server.get(GREETING).expect(200).get("latest_version").intValue())
                .isEqualTo(2);
    }

    @Test
    void aDeletedPromptIsGoneAndItsNameGoesOn() throws Exception {
        create("\"text\":\"1\"").expect(201);
        put(GREETING + "/labels/production", "{\"version\":1}").expect(200);

        assertThat(server.delete(GREETING).status()).isEqualTo(204);

        server.get(GREETING).problem(404, "not_found");
        server.get(GREETING + "/versions/1").problem(404, "not_found");
        server.delete(GREETING).problem(404, "not_found");
        assertThat(server.get(PROMPTS).expect(200).get("data")).isEmpty();
        assertThat(audit().getLast())
                .isEqualTo("prompt.deleted|prompt|greeting|{\"latest_version\":1,\"labels\":{\"production\":1}}");
        assertThat(Json.parse(events().getLast()).get("change").stringValue()).isEqualTo("deleted");
        var again = create("\"text\":\"2\"").expect(201);
        assertThat(again.get("latest_version").intValue()).isEqualTo(2);
        assertThat(again.get("labels")).isEmpty();
    }

    @Test
    void theListIsByNameAndCanBeSearched() throws Exception {
        for (var name : List.of("b-greeting", "a-greeting", "farewell")) {
            server.post(PROMPTS, "{\"name\":\"" + name + "\",\"text\":\"x\"}").expect(201);
        }

        var names = new ArrayList<String>();
        var next = "";
        do {
            var page = server.get(PROMPTS + "?limit=1" + next).expect(200);
            page.get("data").forEach(prompt -> names.add(prompt.get("name").stringValue()));
            next = page.get("next_cursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("next_cursor").stringValue();
        } while (!next.isEmpty());

        assertThat(names).containsExactly("a-greeting", "b-greeting", "farewell");
        assertThat(server.get(PROMPTS + "?q=GREET")
                        .expect(200)
                        .get("data")
                        .valueStream()
                        .map(p -> p.get("name").stringValue()))
                .containsExactly("a-greeting", "b-greeting");
        assertThat(errors(server.get(PROMPTS + "?cursor=%25&nmae=x"))).hasSize(2);
        assertThat(server.get(PROMPTS + "/a-greetnig").problem(404, "not_found"))
                .isEqualTo("There is no prompt `a-greetnig` in this workspace; did you mean `a-greeting`?");
    }

    @Test
    void aRenderingSaysWhichVersionItIs() throws Exception {
        create("\"text\":\"Hello {{who}}\",\"settings\":{\"model\":\"demo\"}").expect(201);
        addVersion(
                        "\"messages\":[{\"role\":\"system\",\"content\":\"{{who}}\"},{\"role\":\"user\",\"content\":[{\"type\":"
                                + "\"text\",\"text\":\"{{n}}\"}]}],\"variables\":[{\"name\":\"n\",\"type\":\"integer\"}]")
                .expect(201);
        var render = GREETING + "/render";
        var who = "\"variables\":{\"who\":\"Ada\"}";

        var latest =
                server.post(render, "{\"variables\":{\"who\":\"Ada\",\"n\":3}}").expect(200);
        put(GREETING + "/labels/production", "{\"version\":1}").expect(200);
        var production = server.post(render, "{" + who + "}").expect(200);

        assertThat(latest).isEqualTo(Json.parse("""
                {"name":"greeting","version":2,"messages":[{"role":"system","content":"Ada"},
                 {"role":"user","content":[{"type":"text","text":"3"}]}],"settings":{}}\
                """));
        assertThat(production).isEqualTo(Json.parse("""
                {"name":"greeting","version":1,"text":"Hello Ada","messages":[{"role":"user","content":"Hello Ada"}],
                 "settings":{"model":"demo"}}\
                """));
        assertThat(server.post(render, "{\"version\":1," + who + "}").expect(200))
                .isEqualTo(production);
        assertThat(server.post(render, "{\"label\":\"production\"," + who + "}").expect(200))
                .isEqualTo(production);
        assertThat(server.post(render, "{\"label\":\"latest\",\"variables\":{\"who\":\"Ada\",\"n\":3}}")
                        .expect(200))
                .as("the first rendering changed nothing")
                .isEqualTo(latest);
        assertThat(errors(server.post(render, "{\"version\":1,\"label\":\"latest\",\"variables\":[]}")))
                .hasSize(2);
        assertThat(errors(server.post(render, "{\"label\":\"" + "a".repeat(41) + "\"}")))
                .containsExactly("/label: must be at most 40 characters, not 41");
        server.post(render, "{\"label\":\"" + "a".repeat(40) + "\"}").problem(404, "not_found");
        assertThat(errors(server.post(render, "{\"version\":2,\"variables\":{\"wo\":\"x\",\"n\":\"3\"}}")))
                .containsExactly(
                        "/variables/n: must be a whole number, not a string",
                        "/variables/who: is missing; the prompt needs a string",
                        "/variables/wo: the prompt has no variable `wo`; did you mean `who`?");
    }

    @Test
    void aRenderingIsNotLargerThanTheMost() throws Exception {
        create("\"text\":\"" + "{{x}}".repeat(1000) + "\"").expect(201);

        assertThat(errors(server.post(GREETING + "/render", "{\"variables\":{\"x\":\"" + "x".repeat(20_001) + "\"}}")))
                .containsExactly("/variables: make a rendering of 20001000 characters; the most is 20000000");
    }

    @Test
    void theDifferenceOfTwoVersions() throws Exception {
        create("\"text\":\"a\\nb\\nc\\n\",\"settings\":{\"model\":\"demo\",\"seed\":1}")
                .expect(201);
        addVersion("\"text\":\"a\\nB {{x}}\\nc\\n\",\"settings\":{\"model\":\"demo\",\"temperature\":1}")
                .expect(201);
        put(GREETING + "/labels/production", "{\"version\":1}").expect(200);

        var diff = server.get(GREETING + "/diff?from=production&to=latest").expect(200);

        assertThat(diff).isEqualTo(Json.parse("""
                {"name":"greeting","from":1,"to":2,"changes":[
                 {"pointer":"/text","before":"a\\nb\\nc\\n","after":"a\\nB {{x}}\\nc\\n"},
                 {"pointer":"/variables/0","before":null,"after":
                  {"name":"x","type":"string","required":true,"default":null,"description":null}},
                 {"pointer":"/settings/seed","before":1,"after":null},
                 {"pointer":"/settings/temperature","before":null,"after":1}],
                 "unified":"--- greeting@1\\n+++ greeting@2\\n@@ -1,4 +1,4 @@\\n a\\n-b\\n+B {{x}}\\n c\\n \\n"}\
                """));
        var same = server.get(GREETING + "/diff?from=2&to=2").expect(200);
        assertThat(same.get("changes")).isEmpty();
        assertThat(same.get("unified").stringValue()).isEmpty();
        assertThat(errors(server.get(GREETING + "/diff?from=%20&too=1"))).hasSize(3);
        server.get(GREETING + "/diff?from=1&to=3").problem(404, "not_found");
    }

    @Test
    void theDifferenceOfMessages() throws Exception {
        create("\"messages\":[{\"role\":\"system\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"b\"}]")
                .expect(201);
        addVersion("\"messages\":[{\"role\":\"system\",\"content\":\"a\"},{\"role\":\"user\",\"content\":[{\"type\":"
                        + "\"text\",\"text\":\"c\"}]}]")
                .expect(201);

        var diff = server.get(GREETING + "/diff?from=1&to=2").expect(200);

        assertThat(diff.get("changes")
                        .valueStream()
                        .map(change -> change.get("pointer").stringValue()))
                .containsExactly("/messages/1/content");
        assertThat(diff.get("unified").stringValue()).isEqualTo("""
                --- greeting@1
                +++ greeting@2
                @@ -1,4 +1,4 @@
                 [system]
                 a
                 [user]
                -b
                +content: [{"type":"text","text":"c"}]
                """);
    }

    /** Every line another one, a hundred thousand of them: compared line by line this would take minutes. */
    @Test
    void aDifferenceOfEverythingIsShownAsAWhole() throws Exception {
        create("\"text\":\"" + "a\\n".repeat(99_999) + "\"").expect(201);
        addVersion("\"text\":\"" + "b\\n".repeat(99_999) + "\"").expect(201);

        var unified = server.get(GREETING + "/diff?from=1&to=2")
                .expect(200)
                .get("unified")
                .stringValue();

        assertThat(unified.lines().filter(line -> line.startsWith("-a"))).hasSize(99_999);
        assertThat(unified.lines().filter(line -> line.startsWith("+b"))).hasSize(99_999);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/prompts",
        "POST, /api/v1/prompts",
        "GET, /api/v1/prompts/a",
        "POST, /api/v1/prompts/a",
        "DELETE, /api/v1/prompts/a",
        "GET, /api/v1/prompts/a/versions",
        "POST, /api/v1/prompts/a/versions",
        "GET, /api/v1/prompts/a/versions/1",
        "PUT, /api/v1/prompts/a/labels/b",
        "DELETE, /api/v1/prompts/a/labels/b",
        "POST, /api/v1/prompts/a/render",
        "GET, /api/v1/prompts/a/diff",
        "GET, /api/v1/prompts/a/dotprompt",
        "PUT, /api/v1/prompts/a/dotprompt"
    })
    void nobodyWithoutAKey(String method, String path) throws Exception {
        var request = java.net.http.HttpRequest.newBuilder(java.net.URI.create(server.url() + path))
                .method(method, BodyPublishers.ofString("{}"));

        server.send(request).problem(401, "authentication_failed");
    }

    /** Not every database takes every character in a question. */
    @ParameterizedTest
    @ValueSource(strings = {"%00", "%F0%9F%91%8B", "a%20b", "%FF", "%2F"})
    void whatCanBeNoNameIsNotThere(String name) throws Exception {
        var path = PROMPTS + "/" + name;

        for (var call : List.of(
                server.get(path),
                server.delete(path),
                server.get(path + "/versions"),
                server.post(path + "/versions", "{\"text\":\"x\"}"),
                server.post(path + "/render", "{}"))) {
            call.problem(404, "not_found");
        }
        assertThat(server.get(PROMPTS + "?q=" + name).expect(200).get("data")).isEmpty();
        server.get(PROMPTS + "?cursor=" + name).problem(400, "invalid_request");
    }

    @Test
    void anUnknownPromptIsNamedOnEveryPath() throws Exception {
        var calls = List.of(
                server.get(GREETING),
                server.post(GREETING, "{\"description\":null}"),
                server.delete(GREETING),
                server.get(GREETING + "/versions"),
                server.post(GREETING + "/versions", "{\"text\":\"x\"}"),
                server.get(GREETING + "/versions/1"),
                put(GREETING + "/labels/a", "{\"version\":1}"),
                server.delete(GREETING + "/labels/a"),
                server.post(GREETING + "/render", "{}"),
                server.get(GREETING + "/diff?from=1&to=2"),
                server.get(GREETING + "/dotprompt"));

        for (var call : calls) {
            assertThat(call.problem(404, "not_found")).isEqualTo("There is no prompt `greeting` in this workspace.");
        }
    }
}
