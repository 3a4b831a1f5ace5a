package com.aistrale.server.prompts.dotprompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.NativeShape;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.prompts.PromptVersion;
import com.aistrale.server.prompts.Template;
import com.aistrale.server.prompts.VersionReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Out and in again is the same. */
class DotpromptPropertiesTest {
    private static final VersionReader VERSIONS = new VersionReader(new NativeShape());
    private static final DotpromptReader READER = new DotpromptReader(VERSIONS);

    @Provide
    Arbitrary<String> texts() {
        var pieces = Arbitraries.of(
                "{",
                "}",
                "{{",
                "}}",
                "{{a}}",
                "{{ b }}",
                "\\",
                "\\\\",
                " ",
                "\n",
                "\r\n",
                "\t",
                "\u00a0",
                "word",
                "~",
                "{{~",
                "~}}",
                "{{#if}}",
                "{{!",
                "--",
                "{{{c}}}",
                "---",
                "---\n",
                "#",
                ":",
                "é",
                "👋",
                "\u2028",
                "\ufeff",
                "{{role \"user\"}}",
                "'",
                "\"");
        return pieces.list().ofMinSize(1).ofMaxSize(14).map(list -> String.join("", list));
    }

    @Provide
    Arbitrary<String> words() {
        var odd = Arbitraries.of(
                ", ", "(", ")", "\n", "?", ": ", "#", "'", "\"", "\\", "null", "true", "1.0", "- ", "&", "*", "\t", "é",
                "\u0085", "\u2028", "\ufeff", "\u0007", "👋", "x", " ", "---", "%", "@", "|", ">");
        return odd.list().ofMinSize(1).ofMaxSize(6).map(list -> String.join("", list));
    }

    private static PromptVersion version(ObjectNode body) {
        var draft = VERSIONS.read(body, new Reading());
        return new PromptVersion("greeting", 3, draft.content(), draft.note(), Instant.EPOCH, "key_1");
    }

    /** The file's draft is the version; null when the format cannot say it. */
    private static @Nullable String same(PromptVersion version, @Nullable String description) {
        String file;
        try {
            file = DotpromptWriter.write(version, description);
        } catch (ProblemException unsayable) {
            assertThat(unsayable.problem().code()).isEqualTo(ProblemCode.CONFLICT);
            assertThat(unsayable.problem().errors()).isNotEmpty();
            return null;
        }
        var read = READER.read("greeting", file);
        assertThat(read.draft().content()).as(file).isEqualTo(version.content());
        assertThat(read.draft().note()).as(file).isEqualTo(version.note());
        assertThat(read.description()).as(file).isEqualTo(description);
        return file;
    }

    @Property(tries = 3000)
    void everyTextThatIsNotBlankIsSaid(@ForAll("texts") String text) {
        Assume.that(!text.isBlank() && !Blank.isAll(text));

        assertThat(same(version(Json.object().put("text", text)), null)).isNotNull();
    }

    @Property(tries = 2000)
    void everyConversationOfTextsIsSaid(@ForAll("conversations") List<Tuple2<String, String>> conversation) {
        var body = Json.object();
        var messages = body.putArray("messages");
        for (var message : conversation) {
            Assume.that(!Blank.isAll(message.get2()));
            messages.addObject().put("role", message.get1()).put("content", message.get2());
        }

        assertThat(same(version(body), null)).isNotNull();
    }

    @Provide
    Arbitrary<List<Tuple2<String, String>>> conversations() {
        var roles = Arbitraries.of("system", "user", "assistant");
        return Combinators.combine(roles, texts())
                .as(Tuple::of)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    @Property(tries = 1000)
    void everyDescriptionAndNoteIsSaid(@ForAll("words") String one, @ForAll("words") String two) {
        var body = Json.object().put("text", "x").put("note", two);
        var variables = body.putArray("variables");
        var types = List.of("string", "number", "integer", "boolean", "array", "object");
        for (int i = 0; i < types.size(); i++) {
            variables
                    .addObject()
                    .put("name", "v" + i)
                    .put("type", types.get(i))
                    .put("required", i % 2 == 0)
                    .put("description", i < 3 ? one : two);
        }

        assertThat(same(version(body), one)).isNotNull();
    }

    @Property(tries = 500)
    void everyNameOfAVariableIsSaidUnlessItIsReserved(@ForAll("names") List<String> names) {
        var body = Json.object();
        var text = new StringBuilder("x");
        names.forEach(name -> text.append("{{").append(name).append("}}"));
        body.put("text", text.toString());

        boolean reserved = names.stream().anyMatch(BodyReader.RESERVED::contains);

        assertThat(same(version(body), null) == null).isEqualTo(reserved);
    }

    @Provide
    Arbitrary<List<String>> names() {
        return Arbitraries.of(
                        "type",
                        "properties",
                        "required",
                        "a",
                        "items",
                        "n",
                        "y",
                        "yes",
                        "no",
                        "on",
                        "Null",
                        "NULL",
                        "_",
                        "e1",
                        "format",
                        "default",
                        "history",
                        "this",
                        "if",
                        "x0",
                        "inf")
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(list -> List.copyOf(new LinkedHashSet<>(list)));
    }

    @Property(tries = 1000)
    void everyDefaultIsSaid(@ForAll("values") List<JsonNode> values) {
        var body = Json.object().put("text", "x");
        var variables = body.putArray("variables");
        for (int i = 0; i < values.size(); i++) {
            var value = values.get(i);
            var type = value.isString()
                    ? "string"
                    : value.isNumber()
                            ? "number"
                            : value.isBoolean() ? "boolean" : value.isArray() ? "array" : "object";
            variables.addObject().put("name", "v" + i).put("type", type).set("default", value);
        }

        assertThat(same(version(body), null)).isNotNull();
    }

    @Provide
    Arbitrary<List<JsonNode>> values() {
        var texts = Arbitraries.strings()
                .ofMaxLength(20)
                .filter(text -> text.codePoints().noneMatch(c -> c == 0 || (c >= 0xd800 && c < 0xe000)));
        var scalars = Arbitraries.oneOf(
                texts.map(
                        text -> "\"" + text.replace("\\", "").replace("\"", "").replaceAll("\\p{Cntrl}", "") + "\""),
                words().map(text -> Json.text(Json.object().stringNode(text))),
                Arbitraries.of("true", "false", "0", "-1", "1.50", "1e400", "-0.0", "12345678901234567890", "1E-7"),
                Arbitraries.of(
                        "\"yes\"", "\"1\"", "\"1.0\"", "\"null\"", "\"~\"", "\"\"", "\"0x1F\"", "\".inf\"", "\"<<\""));
        var nested = scalars.list().ofMaxSize(3).map(list -> {
            var fields = new ArrayList<String>();
            for (int i = 0; i < list.size(); i++) {
                fields.add("\"k" + i + "\":[" + list.get(i) + ",null,{}]");
            }
            return "{" + String.join(",", fields) + "}";
        });
        var odd = Combinators.combine(words(), scalars)
                .as((key, value) -> "{" + Json.text(Json.object().stringNode(key.repeat(30))) + ":{"
                        + Json.text(Json.object().stringNode(key)) + ":" + value + "}}");
        return Arbitraries.oneOf(
                        scalars,
                        nested,
                        odd,
                        scalars.list().ofMaxSize(3).map(list -> "[" + String.join(",", list) + "]"))
                .map(Json::parse)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    @Property(tries = 500)
    void everySettingIsSaid(@ForAll("settings") ObjectNode settings) {
        var body = Json.object().put("text", "x");
        body.set("settings", settings);

        assertThat(same(version(body), null)).isNotNull();
    }

    @Provide
    Arbitrary<ObjectNode> settings() {
        var each = List.of(
                "\"model\":\"gemini/g\"",
                "\"model\":\"googleai/g\"",
                "\"model\":\"gpt-4o\"",
                "\"provider\":\"openai\"",
                "\"temperature\":0.70",
                "\"top_p\":1",
                "\"max_output_tokens\":5",
                "\"stop\":[]",
                "\"stop\":\"a\"",
                "\"stop\":[\"a\",\"\\n\"]",
                "\"seed\":-9007199254740993",
                "\"reasoning_effort\":\"low\"",
                "\"tool_choice\":\"none\"",
                "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":null}}]",
                "\"response_format\":{\"type\":\"text\"}",
                "\"response_format\":{\"type\":\"json_object\"}",
                "\"response_format\":{\"type\":\"json_object\",\"more\":1}",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"output\",\"schema\":{\"type\":\"object\"}}}",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":false,\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"description\":null,\"schema\":{\"type\":\"object\"}}}",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"anyOf\":[{\"type\":\"string\"}]}}}",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"properties\":{}}}}",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{}}}");
        return Arbitraries.of(each).list().ofMaxSize(8).map(list -> {
            var settings = Json.object();
            for (var one : list) {
                settings.setAll((ObjectNode) Json.parse("{" + one + "}"));
            }
            return settings;
        });
    }

    /** Whatever stands in a front matter, the file is taken or its mistakes are named. */
    @Property(tries = 3000)
    void everyFrontMatterIsReadOrRefused(@ForAll("trees") JsonNode front) {
        try {
            READER.read("greeting", "---\n" + Json.text(front) + "\n---\nx");
        } catch (ProblemException refused) {
            assertThat(refused.problem().code()).isEqualTo(ProblemCode.INVALID_REQUEST);
            assertThat(refused.problem().errors()).isNotEmpty();
        }
    }

    /** Trees of the words that files are made of, in places where they belong and where they do not. */
    @Provide
    Arbitrary<JsonNode> trees() {
        Arbitrary<String> leaf = Arbitraries.of(
                "0",
                "1.5",
                "true",
                "null",
                "\"\"",
                "\"a\"",
                "\"string\"",
                "\"object\"",
                "\"json\"",
                "\"text\"",
                "[]",
                "{}");
        var schema =
                object(tree(leaf, 2), "type", "properties", "required", "additionalProperties", "a", "(*)", "a(enum)");
        var inner = Arbitraries.oneOf(schema, tree(leaf, 2));
        var input = Arbitraries.oneOf(inner, object(inner, "schema", "default", "format", "temperature", "name"));
        return object(
                        input,
                        "name",
                        "description",
                        "model",
                        "config",
                        "input",
                        "output",
                        "aistrale.settings",
                        "aistrale.output",
                        "aistrale.note",
                        "aistrale.content",
                        "other")
                .map(Json::parse);
    }

    private static Arbitrary<String> tree(Arbitrary<String> leaf, int depth) {
        if (depth == 0) {
            return leaf;
        }
        var below = tree(leaf, depth - 1);
        var array = below.list().ofMaxSize(2).map(list -> "[" + String.join(",", list) + "]");
        return Arbitraries.oneOf(leaf, array, object(below, "type", "properties", "required", "a", "b?", "a(array)"));
    }

    /** Some of the fields, each with a value. */
    private static Arbitrary<String> object(Arbitrary<String> values, String... names) {
        var field = Combinators.combine(Arbitraries.of(names), values).as(Tuple::of);
        return field.list()
                .uniqueElements(Tuple2::get1)
                .ofMaxSize(Math.min(4, names.length))
                .map(list -> list.stream()
                        .map(one -> "\"" + one.get1() + "\":" + one.get2())
                        .collect(Collectors.joining(",", "{", "}")));
    }

    /** What stands in a body of a file that is taken comes out of our rendering as Dotprompt itself would give it. */
    @Property(tries = 2000)
    void aBodyThatIsTakenHasNoOtherVariables(@ForAll("texts") String text) {
        var reading = new Reading();
        var tokens = BodyReader.read(text, 0, text.length(), reading);
        Assume.that(reading.mistakes().isEmpty());

        var names = tokens.stream()
                .filter(token -> token instanceof Token.Variable)
                .map(token -> ((Token.Variable) token).name())
                .toList();

        try {
            var read = READER.read("greeting", text);
            var content = read.draft().content();
            if (content.text() != null) {
                assertThat(Template.parse(content.text()).variables())
                        .containsExactlyElementsOf(new LinkedHashSet<>(names));
            }
        } catch (ProblemException refused) {
            assertThat(refused.problem().code()).isEqualTo(ProblemCode.INVALID_REQUEST);
        }
    }
}
