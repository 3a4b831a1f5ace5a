package com.aistrale.server.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.NativeShape;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The cases that every language's rendering must agree with. */
class RenderVectorsTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("aistrale.repository", ".."), "contract", "vectors", "render");

    private static ArrayNode cases(String file, int least) throws IOException {
        var cases = (ArrayNode)
                Json.parse(Files.readAllBytes(VECTORS.resolve(file))).get("cases");
        assertThat(cases.size()).isGreaterThanOrEqualTo(least);
        return cases;
    }

    @TestFactory
    Stream<DynamicTest> templates() throws IOException {
        return cases("templates.json", 55)
                .valueStream()
                .map(vector -> DynamicTest.dynamicTest(vector.get("name").stringValue(), () -> template(vector)));
    }

    private static void template(JsonNode vector) {
        var template = Template.parse(vector.get("template").stringValue());
        var uses = vector.get("uses").valueStream().map(JsonNode::stringValue).toList();
        assertThat(template.variables()).containsExactlyElementsOf(uses);
        var variables = Json.array();
        for (var value : vector.get("values").properties()) {
            variables.addObject().put("name", value.getKey()).put("type", type(value.getValue()));
        }
        var reading = new Reading();

        var text = render(vector, variables, reading);

        assertThat(reading.mistakes()).isEmpty();
        assertThat(text).isEqualTo(vector.get("rendered").stringValue());
    }

    private static String type(JsonNode value) {
        return value.isString()
                ? "string"
                : value.isNumber() ? "number" : value.isBoolean() ? "boolean" : value.isArray() ? "array" : "object";
    }

    @TestFactory
    Stream<DynamicTest> values() throws IOException {
        return cases("values.json", 30)
                .valueStream()
                .map(vector -> DynamicTest.dynamicTest(vector.get("name").stringValue(), () -> values(vector)));
    }

    private static void values(JsonNode vector) {
        var reading = new Reading();

        var text = render(vector, (ArrayNode) vector.get("variables"), reading);

        if (vector.has("rendered")) {
            assertThat(reading.mistakes()).isEmpty();
            assertThat(text).isEqualTo(vector.get("rendered").stringValue());
            return;
        }
        var errors = vector.get("errors");
        assertThat(text).isNull();
        assertThat(reading.mistakes()).hasSize(errors.size());
        for (int i = 0; i < errors.size(); i++) {
            assertThat(reading.mistakes().get(i).pointer())
                    .isEqualTo(errors.get(i).get("pointer").stringValue());
            assertThat(reading.mistakes().get(i).detail())
                    .contains(errors.get(i).path("contains").asString(""));
        }
    }

    /** As a version of a message, so that an empty text can be one. */
    private static String render(JsonNode vector, ArrayNode variables, Reading reading) {
        var body = Json.object();
        body.putArray("messages").addObject().put("role", "user").set("content", vector.get("template"));
        body.set("variables", variables);
        var draft = new VersionReader(new NativeShape()).read(body, new Reading());
        var compiled = new CompiledPrompt(new PromptVersion("p", 1, draft.content(), null, Instant.EPOCH, "key_1"));
        var rendered = compiled.render((ObjectNode) vector.get("values"), Pointer.ROOT.field("variables"), reading);
        return rendered == null
                ? null
                : rendered.messages().get(0).get("content").stringValue();
    }
}
