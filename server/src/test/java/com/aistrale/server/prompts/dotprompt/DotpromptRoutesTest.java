package com.aistrale.server.prompts.dotprompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.app.TestServer.Answer;
import com.aistrale.server.kit.json.Json;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dotprompt files in and out, by the front door. */
@Timeout(60)
class DotpromptRoutesTest {
    private static final String FILE = "/api/v1/prompts/greeting/dotprompt";

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

    private Answer put(String file) throws Exception {
        return put(file, "text/plain; charset=utf-8");
    }

    private Answer put(String file, String type) throws Exception {
        return server.send(server.request(FILE).header("content-type", type).PUT(BodyPublishers.ofString(file)));
    }

    private void make(String fields) throws Exception {
        server.post("/api/v1/prompts", "{\"name\":\"greeting\"," + fields + "}").expect(201);
    }

    private String file() throws Exception {
        var answer = server.get(FILE);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("text/plain; charset=utf-8");
        return answer.body();
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

    @Test
    void aFileMakesThePrompt() throws Exception {
        var answer = put("""
            # Copyright
            # of somebody

            ---
            name: greeting
            description: How we say hello
            model: googleai/gemini-2.5-flash
            config:
              temperature: 0.7
              topP: 1
              maxOutputTokens: 400
              stopSequences: [END, "STOP"]
            input:
              schema:
                who: string, whom we greet
                times?: integer, how often
                tags(array): any
                extra?(object, whatever): {(*): any}
              default:
                mood: kind
            output:
              format: json
              schema:
                text: string, the greeting
                language?: string
                words(array, each one): string
                tone(enum): [warm, cold]
            ---
            {{role "system"}}
            You are {{ mood }}. Braces: \\{{ and {x} and }}.
            {{! nobody sees this }}
            {{role "user"}}
            Greet {{who}} {{~times~}} times.
            {{role "model"}}Well:
            """);

        var version = answer.expect(201);
        assertThat(answer.header("etag")).isEqualTo("\"1\"");
        assertThat(version.get("text").isNull()).isTrue();
        assertThat(version.get("messages")).isEqualTo(Json.parse("""
            [{"role":"system","content":"\\nYou are {{ mood }}. Braces: {{ and {x} and }}.\\n"},
             {"role":"user","content":"\\nGreet {{who}}{{times}}times.\\n"},
             {"role":"assistant","content":"Well:"}]\
            """));
        assertThat(version.get("variables")).isEqualTo(Json.parse("""
            [{"name":"who","type":"string","required":true,"default":null,"description":"whom we greet"},
             {"name":"times","type":"integer","required":false,"default":null,"description":"how often"},
             {"name":"tags","type":"array","required":true,"default":null,"description":null},
             {"name":"extra","type":"object","required":false,"default":null,"description":"whatever"},
             {"name":"mood","type":"string","required":false,"default":"kind","description":null}]\
            """));
        assertThat(version.get("settings")).isEqualTo(Json.parse("""
            {"model":"gemini/gemini-2.5-flash","temperature":0.7,"top_p":1,"max_output_tokens":400,
             "stop":["END","STOP"],"response_format":{"type":"json_schema","json_schema":{"name":"output","schema":
              {"type":"object","properties":{"text":{"type":"string","description":"the greeting"},
                "language":{"type":["string","null"]},
                "words":{"type":"array","items":{"type":"string"},"description":"each one"},
                "tone":{"enum":["warm","cold"]}},
               "required":["text","words","tone"],"additionalProperties":false}}}}\
            """));
        assertThat(server.get("/api/v1/prompts/greeting")
                        .expect(200)
                        .get("description")
                        .stringValue())
                .isEqualTo("How we say hello");
    }

    @Test
    void theSameFileMakesNoVersionAndAnotherMakesOne() throws Exception {
        var file = "---\nmodel: demo\n---\nHello {{who}}!\n";
        put(file).expect(201);

        var again = put(file, "application/x-dotprompt");
        assertThat(again.expect(200).get("version").intValue()).isEqualTo(1);
        assertThat(put(file.replace("Hello", "Hi")).expect(201).get("version").intValue())
                .isEqualTo(2);
        assertThat(put("Hi {{who}}!", "text/plain").expect(201).get("settings")).isEmpty();
        assertThat(put("Hi", "application/json").problem(415, "unsupported_media_type"))
                .isEqualTo("The body came as `application/json`; send it with `Content-Type: text/plain`.");
        var stale = server.send(server.request(FILE).header("if-match", "\"1\"").PUT(BodyPublishers.ofString("Other")));
        stale.problem(412, "precondition_failed");
    }

    @Test
    void aVersionIsAFileAndTheFileIsTheVersion() throws Exception {
        make("""
            "description":"How: we say hello","note":"tries more","messages":[
             {"role":"system","content":"Answer as {\\"a\\": {{mood}}} or \\\\{{x}}, {{#if}}."},
             {"role":"user","content":"  I am {{who}}\\n"},{"role":"assistant","content":"{{who}}{{{mood}}}"}],
             "variables":[{"name":"mood","type":"object","default":{"b":[1.50]}},{"name":"n","required":false,
               "type":"number","description":"a (number)"}],
             "settings":{"model":"gemini/gemini-2.5-pro","provider":"gemini","temperature":0,"seed":7,
              "response_format":{"type":"json_schema","json_schema":{"name":"a","strict":true,
               "schema":{"type":"object","properties":{}}}},
              "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto","reasoning_effort":"low"}\
            """);
        var first = server.get("/api/v1/prompts/greeting/versions/1").expect(200);

        var file = file();
        assertThat(file).isEqualTo("""
            ---
            name: greeting
            version: '1'
            description: 'How: we say hello'
            model: googleai/gemini-2.5-pro
            config:
              temperature: 0
              seed: 7
              reasoningEffort: low
            input:
              schema:
                mood(object):
                  (*): any
                n?: number, a (number)
                x: string
                who: string
              default:
                mood:
                  b:
                  - 1.50
            output:
              format: json
              schema:
                type: object
                properties: {}
            aistrale.output:
              name: a
              strict: true
            aistrale.settings:
              provider: gemini
              tools:
              - type: function
                function:
                  name: f
              tool_choice: auto
            aistrale.note: tries more
            ---
            {{role "system"~}}
            Answer as {"a": {{mood~}} } or \\\\{{x}}, \\{{#if}}.
            {{~role "user"}}  I am {{who}}
            {{role "model"~}}
            {{who}}{ {{~mood~}} }
            """);
        assertThat(put(file).expect(200)).isEqualTo(first);
        server.delete("/api/v1/prompts/greeting");
        var again = put(file).expect(201);
        for (var field : List.of("messages", "variables", "settings", "note")) {
            assertThat(again.get(field)).as(field).isEqualTo(first.get(field));
        }
    }

    @Test
    void aTextKeepsItsBlankEnds() throws Exception {
        make("\"text\":\"\\n Hello {{who}}\\n\"");

        var file = file();

        assertThat(file)
                .endsWith("aistrale.content: text\n---\n{{role \"user\"}}\n Hello {{who}}\n{{role \"user\"}}\n");
        assertThat(put(file).expect(200).get("text").stringValue()).isEqualTo("\n Hello {{who}}\n");
    }

    @Test
    void theVersionIsTheOneAskedFor() throws Exception {
        make("\"text\":\"one\"");
        server.post("/api/v1/prompts/greeting/versions", "{\"text\":\"two\"}").expect(201);

        assertThat(server.get(FILE + "?version=1").body()).endsWith("---\none\n");
        assertThat(server.get(FILE + "?label=latest").body()).endsWith("---\ntwo\n");
        assertThat(errors(server.get(FILE + "?version=1&label=latest&x=1"))).hasSize(2);
        assertThat(errors(server.get(FILE + "?version=x"))).hasSize(1);
        server.get(FILE + "?version=3").problem(404, "not_found");
    }

    @Test
    void whatTheFormatCannotSayIsNamed() throws Exception {
        make("""
            "messages":[{"role":"user","content":[{"type":"text","text":"x"}]},
             {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":""}}]},
             {"role":"tool","tool_call_id":"1","content":"{{history}}"},{"role":"user","content":" ","name":"Ada"},
             {"role":"user","content":"<<<dotprompt:history>>>"}]\
            """);

        var answer = server.get(FILE);

        assertThat(answer.problem(409, "conflict"))
                .startsWith(
                        "A Dotprompt file cannot say what version 1 of the prompt `greeting` holds. /variables/0: ");
        assertThat(answer.json()
                        .get("errors")
                        .valueStream()
                        .map(error -> error.get("pointer").stringValue()))
                .containsExactly(
                        "/variables/0",
                        "/messages/0/content",
                        "/messages/1/tool_calls",
                        "/messages/1/content",
                        "/messages/2/role",
                        "/messages/2/tool_call_id",
                        "/messages/3/name",
                        "/messages/3/content",
                        "/messages/4/content");
    }

    @Test
    void whatIsTooDeepToComeInDoesNotGoOut() throws Exception {
        var deep = "[".repeat(45) + "]".repeat(45);
        make("\"text\":\"x\",\"variables\":[{\"name\":\"a\",\"type\":\"array\",\"default\":" + deep + "}]");
        assertThat(put(file()).expect(200).get("version").intValue()).isEqualTo(1);
        server.post(
                        "/api/v1/prompts/greeting/versions",
                        "{\"text\":\"x\",\"variables\":[{\"name\":\"a\",\"type\":\"array\",\"default\":[[[" + deep
                                + "]]]}]}")
                .expect(201);

        assertThat(server.get(FILE).problem(409, "conflict"))
                .isEqualTo("A Dotprompt file cannot say what version 2 of the prompt `greeting` holds. values that are"
                        + " deeper than 50 levels");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {{#if a}}         | a block
            {{#each a}}       | a block
            {{/if}}           | the end of a block
            {{^}}             | the other branch of a block
            {{else}}          | the other branch of a block
            {{> part}}        | a partial
            {{>part a=1}}     | a partial
            {{{a}}}           | an expression in three braces
            {{{{raw}}}}       | a raw block
            {{&a}}            | an unescaped expression
            {{media url=a}}   | a call of the helper `media`
            {{history}}       | a call of the helper `history`
            {{section "a"}}   | a call of the helper `section`
            {{json a indent=2}} | a call of the helper `json`
            {{ifEquals a b}}  | a call of the helper `ifEquals`
            {{shout a}}       | a call of the helper `shout`
            {{@state.a}}      | a data variable
            {{a.b}}           | a path
            {{../a}}          | a path
            {{this}}          | `this`, which is no variable
            {{true}}          | `true`, which is no variable
            {{größe}}         | no variable
            {{"a"}}           | no variable
            {{ }}             | an empty expression
            {{a}}}            | closed by three braces; write {{a~}} } for a brace after it
            """)
    void theRestOfHandlebarsIsRefusedByItsNameAndPlace(String expression, String name) throws Exception {
        assertThat(errors(put("---\nmodel: demo\n---\n\nHello {{who}}\n  {{x}} " + expression + "\n")))
                .anySatisfy(error -> assertThat(error)
                        .startsWith(": line 6, column 9: `{{")
                        .contains("` is " + name + ". Of Handlebars only {{variable}}, {{role \"…\"}} and comments are"
                                + " taken; write `\\{{` for two braces"));
    }

    @Test
    void otherMistakesOfABodyHaveTheirPlaceToo() throws Exception {
        assertThat(errors(put("a\n{{")))
                .containsExactly(
                        ": line 2, column 1: `{{` opens an expression that does not end; write `\\{{` for two braces");
        assertThat(errors(put("{{role \"tool\"}}x")))
                .containsExactly(": line 1, column 1: the role is `tool`, and must be system, user or model");
        assertThat(errors(put("<<<dotprompt:history>>>")))
                .containsExactly(": line 1, column 1: `<<<dotprompt:` is Dotprompt's own mark, and no text");
        assertThat(errors(put("\\{{name}}")))
                .containsExactly(
                        ": a message of the role user has {{name}} as text, which no version can hold: it would"
                                + " be a variable");
        assertThat(errors(put("---\nmodel: demo\n---\n  \n"))).containsExactly(": the file has no prompt in it");
        assertThat(errors(put(""))).containsExactly(": the file has no prompt in it");
        assertThat(errors(put("---\nmodel: demo\nHello")))
                .containsExactly(": the front matter has no end: a line of three dashes");
        assertThat(errors(put("{{#a}}{{#b}}"))).hasSize(2);
    }

    @Test
    void everyMistakeOfTheFrontMatterIsNamedWithItsLine() throws Exception {
        assertThat(errors(put("""
            ---
            name: farewell
            modle: demo
            variant: de
            tools: [search]
            config:
              temperature: 3
              topK: 40
            input:
              schema:
                a(array): string
                b(object):
                  c: string
                d(enum): [x]
                e: Person
                f: any
                (*): string
              default: {g: null}
              more: 1
            output:
              format: media
            aistrale.settings:
              temperature: 1
              tool: 1
            other.extension: 1
            ---
            Hello
            """)))
                .containsExactlyInAnyOrder(
                        "/modle: `modle` is not taken; did you mean `model`? (line 3)",
                        "/variant: `variant` is not taken (line 4)",
                        "/tools: `tools` is not taken (line 5)",
                        "/other.extension: `other.extension` is not taken (line 25)",
                        "/name: is `farewell`, and the prompt's is `greeting` (line 2)",
                        "/config/topK: `topK` is not taken; did you mean `topP`? (line 8)",
                        "/output/format: is `media`; only json and text are taken (line 21)",
                        "/aistrale.settings/temperature: is said above in Dotprompt's own words (line 23)",
                        "/input/more: `more` is not taken (line 19)",
                        "/input/schema/e: `Person` is no type; named schemas are not taken, only any, boolean, integer,"
                                + " null, number, string (line 15)",
                        "/input/schema: variables are called by their names; `(*)` is not taken (line 11)",
                        "/input/schema: `a`: the schema's `items` is not taken, as values are looked at by type only;"
                                + " write NAME(array): any (line 11)",
                        "/input/schema: `b`: the schema's `properties` is not taken, as values are looked at by type"
                                + " only; write NAME(object): {(*): any} (line 11)",
                        "/input/schema: `b`: the schema's `required` is not taken, as values are looked at by type"
                                + " only; write NAME(object): {(*): any} (line 11)",
                        "/input/schema: `b`: the schema's `additionalProperties` is not taken, as values are looked at"
                                + " by type only; write NAME(object): {(*): any} (line 11)",
                        "/input/schema: `d` must be of one type: string, number, integer, boolean, array or object"
                                + " (line 11)",
                        "/input/schema: `e` must be of one type: string, number, integer, boolean, array or object"
                                + " (line 11)",
                        "/input/schema: `f` must be of one type: string, number, integer, boolean, array or object"
                                + " (line 11)",
                        "/input/default/g: is null, which is no default (line 18)",
                        "/aistrale.settings/tool: unknown field `tool`; did you mean `tools`? (line 24)");
    }

    @Test
    void treesWhereWordsMustBeAreMistakes() throws Exception {
        assertThat(errors(put("""
            ---
            name: {a: 1}
            input:
              schema:
                type: object
                properties:
                  a: {type: string}
                  b: {type: [string, [x]]}
                required: [a, [1]]
            output:
              format: {a: b}
            ---
            x
            """)))
                .containsExactlyInAnyOrder(
                        "/name: must be the prompt's, `greeting`, or left out (line 2)",
                        "/output/format: only json and text are taken (line 11)",
                        "/input/schema/required/1: must be the name of a variable (line 9)",
                        "/input/schema/properties/b: `b` must be of one type: string, number, integer, boolean, array"
                                + " or object (line 8)");
    }

    @Test
    void whatASettingCannotBeIsSaidAtItsPlaceInTheFile() throws Exception {
        assertThat(errors(put(
                        "---\nmodel: 7\nconfig:\n  temperature: 3\n  stopSequences: 1\naistrale.note: [1]\n---\nx")))
                .containsExactlyInAnyOrder(
                        "/model: must be a string, not the number 7 (line 2)",
                        "/config/temperature: must be 0 to 2, not 3 (line 4)",
                        "/config/stopSequences: must be a string or an array of strings, not the number 1 (line 5)",
                        "/aistrale.note: must be a string, not an array (line 6)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a: [1            | is not valid YAML
            a: &x 1          | line 2, column 4: anchors and aliases (& and *) are not taken
            a: *x            | line 2, column 4: anchors and aliases (& and *) are not taken
            a: !!binary aGk= | line 2, column 4: a value of the kind tag:yaml.org,2002:binary is not taken
            a: !x {}         | line 2, column 4: tags such as !x are not taken
            a: .nan          | line 2, column 4: `.nan` is no number
            {[a]: 1}         | line 2, column 2: a key must be a word
            - a              | the front matter must be fields with values
            hello            | the front matter must be fields with values
            """)
    void yamlThatIsNoJsonIsRefused(String yaml, String detail) throws Exception {
        assertThat(errors(put("---\n" + yaml + "\n---\nHello")))
                .hasSize(1)
                .first()
                .asString()
                .contains(detail);
    }

    @Test
    void aKeyTwiceAndDeepNestingAreRefused() throws Exception {
        assertThat(errors(put("---\nmodel: a\nmodel: b\n---\nHello")))
                .containsExactly(": line 3, column 1: the key `model` is there twice");
        assertThat(errors(put("---\na: " + "[".repeat(100_000) + "\n---\nHello")))
                .containsExactly(": line 2, column 53: is deeper than 50 levels");
    }
}
