package com.aistrale.server.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A client that was made for a released contract lives on. */
class CompatibilityTest {
    private static final String RUN = "/paths/~1api~1v1~1inferences/post";
    private static final String TOKENS = "/paths/~1api~1v1~1tokens";
    private static final String TELEMETRY = "/paths/~1api~1v1~1telemetry/get";
    private static final String SCHEMAS = "/components/schemas/";

    /** {@code contract/released/openapi-1.2.3.yaml}, each as it was when 1.2.3 was released. */
    private static List<Path> released() throws IOException {
        try (var files = Files.list(Contract.folder().resolve("released"))) {
            return files.filter(file -> file.getFileName().toString().matches("openapi-\\d+\\.\\d+\\.\\d+\\.yaml"))
                    .sorted(Comparator.comparing(file -> Runtime.Version.parse(version(file))))
                    .toList();
        }
    }

    private static String version(Path file) {
        return file.getFileName().toString().replaceAll("openapi-|\\.yaml", "").replaceFirst("^0\\.", "1000.");
    }

    @Test
    void breaksNoClientOfTheLastRelease() throws IOException {
        var last = Contract.read(released().getLast());
        assertThat(last.operations()).isNotEmpty();
        assertThat(Compatibility.breaks(last, Contract.written()))
                .as("a client of " + released().getLast().getFileName() + " breaks; CONTRIBUTING.md, \"The contract\"")
                .isEmpty();
    }

    /** A change, and a word of what is to be said of it. */
    static Stream<Arguments> breakingChanges() {
        return Stream.of(
                breaking(
                        "operation removed", "GET /api/v1/whoami is gone", it -> it.remove("/paths/~1api~1v1~1whoami")),
                breaking("method removed", "POST /api/v1/tokens is gone", it -> it.remove(TOKENS + "/post")),
                breaking("operation renamed", "operationId", it -> it.put(TOKENS + "/get/operationId", "\"tokens\"")),
                breaking("role raised", "needs the role admin", it -> it.put(RUN + "/x-role", "\"admin\"")),
                breaking("key needed", "needs a key now", it -> it.remove("/paths/~1health/get/security")),
                breaking(
                        "way of a key removed",
                        "takes no key by apiKey any more",
                        it -> it.remove("/paths/~1v1~1messages/post/security")),
                breaking("status removed", "→ 422 is gone", it -> it.remove(RUN + "/responses/422")),
                breaking(
                        "content type removed",
                        "text/event-stream is gone",
                        it -> it.remove(RUN + "/responses/200/content/text~1event-stream")),
                breaking(
                        "event removed",
                        "the event delta is gone",
                        it -> it.remove(RUN + "/responses/200/content/text~1event-stream/x-sse-events/delta")),
                breaking(
                        "header removed",
                        "the header x-aistrale-provider is gone",
                        it -> it.remove(RUN + "/responses/200/headers/x-aistrale-provider")),
                breaking(
                        "header may be missing",
                        "x-request-id may be missing",
                        it -> it.remove("/components/headers/RequestId/required")),
                breaking(
                        "answered field removed", "/text is gone", it -> it.remove(SCHEMAS + "Answer/properties/text")),
                breaking(
                        "answered field may be missing",
                        "/text may be missing",
                        it -> it.dropWord(SCHEMAS + "Answer/required", "text")),
                breaking(
                        "field of a field removed",
                        "/usage/total_tokens is gone",
                        it -> it.remove(SCHEMAS + "Usage/properties/total_tokens")),
                breaking(
                        "answered type widened",
                        "was [string], is [null, string]",
                        it -> it.put(SCHEMAS + "Answer/properties/text/type", "[\"string\", \"null\"]")),
                breaking(
                        "answered type changed",
                        "was [string], is [integer]",
                        it -> it.put(SCHEMAS + "Answer/properties/text/type", "\"integer\"")),
                breaking(
                        "answered word removed",
                        "[interrupted] is not answered any more",
                        it -> it.dropWord(SCHEMAS + "Inference/properties/status/x-extensible-enum", "interrupted")),
                breaking(
                        "code removed",
                        "[no_provider] is not answered any more",
                        it -> it.dropWord(SCHEMAS + "ProblemCode/x-extensible-enum", "no_provider")),
                breaking(
                        "answered form changed",
                        "pattern was",
                        it -> it.put(SCHEMAS + "InferenceId/pattern", "\"^i\"")),
                breaking(
                        "answered element changed",
                        "/items",
                        it -> it.put(SCHEMAS + "InferenceList/properties/data/items", "{\"type\": \"string\"}")),
                breaking(
                        "new form of an answer",
                        "has a new form",
                        it -> it.add(SCHEMAS + "ThinkingBlock/oneOf", "{\"required\": [\"colour\"]}")),
                breaking(
                        "new required field",
                        "/name is required now",
                        it -> it.add(SCHEMAS + "TokenCreate/required", "\"name\"")),
                breaking(
                        "taken field removed",
                        "/seed is gone",
                        it -> it.remove(SCHEMAS + "RunRequest/properties/seed")),
                breaking(
                        "taken type narrowed",
                        "takes [integer]",
                        it -> it.put(SCHEMAS + "RunRequest/properties/seed/type", "\"integer\"")),
                breaking("taken type set", "took anything", it -> it.put(SCHEMAS + "CacheControl/type", "\"object\"")),
                breaking(
                        "taken word removed",
                        "took [\"none\"",
                        it -> it.dropWord(SCHEMAS + "RunRequest/properties/reasoning_effort/enum", "xhigh")),
                breaking(
                        "words set",
                        "takes some words only",
                        it -> it.put(SCHEMAS + "RunRequest/properties/model/enum", "[\"demo\"]")),
                breaking(
                        "bound lowered",
                        "maximum is 1",
                        it -> it.put(SCHEMAS + "RunRequest/properties/temperature/maximum", "1")),
                breaking("bound raised", "minLength is 3", it -> it.put(SCHEMAS + "ApiKeyName/minLength", "3")),
                breaking(
                        "bound set",
                        "maxItems is 9",
                        it -> it.put(SCHEMAS + "RunRequest/properties/tools/maxItems", "9")),
                breaking("pattern changed", "pattern is", it -> it.put(SCHEMAS + "SessionId/pattern", "\"^s\"")),
                breaking(
                        "a form is not taken any more",
                        "one of its forms is not taken",
                        it -> it.drop(SCHEMAS + "Message/oneOf", 2)),
                breaking(
                        "other fields not taken any more",
                        "takes no other fields",
                        it -> it.put(SCHEMAS + "ChatCompletionRequest/additionalProperties", "false")),
                breaking(
                        "body type removed",
                        "does not take application/x-dotprompt",
                        it -> it.remove(
                                "/paths/~1api~1v1~1prompts~1{name}~1dotprompt/put/requestBody/content/application~1x-dotprompt")),
                breaking(
                        "body needed",
                        "needs a body now",
                        it -> it.put(TOKENS + "/get/requestBody", "{\"required\": true, \"content\": {}}")),
                breaking(
                        "parameter removed",
                        "the parameter q is gone",
                        it -> it.dropReference(TELEMETRY + "/parameters", "FilterText")),
                breaking(
                        "new required parameter",
                        "the parameter shape is new and required",
                        it -> it.add(
                                TELEMETRY + "/parameters",
                                "{\"name\": \"shape\", \"in\": \"query\", \"required\": true, \"schema\": {}}")),
                breaking(
                        "parameter required",
                        "the parameter limit is required now",
                        it -> it.put("/components/parameters/Limit/required", "true")),
                breaking(
                        "parameter narrowed",
                        "the parameter limit: maximum",
                        it -> it.put("/components/parameters/Limit/schema/maximum", "100")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("breakingChanges")
    void seesWhatBreaks(String name, String said, Change change) {
        assertThat(changed(change)).as(name).isNotEmpty().anyMatch(sentence -> sentence.contains(said));
    }

    /** What clients are told to expect. */
    static Stream<Arguments> changesForTheBetter() {
        return Stream.of(
                harmless("nothing", it -> {}),
                harmless(
                        "new operation",
                        it -> it.put("/paths/~1new", "{\"get\": {\"operationId\": \"getNew\", \"responses\": {}}}")),
                harmless(
                        "new status",
                        it -> it.put("/paths/~1health/get/responses/429", "{\"description\": \"Slower.\"}")),
                harmless(
                        "new answered field",
                        it -> it.put(SCHEMAS + "Answer/properties/colour", "{\"type\": \"string\"}")),
                harmless(
                        "new answered word",
                        it -> it.add(SCHEMAS + "Inference/properties/status/x-extensible-enum", "\"paused\"")),
                harmless(
                        "answered type narrowed",
                        it -> it.put(SCHEMAS + "Answer/properties/latency_ms/type", "\"integer\"")),
                harmless(
                        "new optional field",
                        it -> it.put(SCHEMAS + "RunRequest/properties/colour", "{\"type\": \"string\"}")),
                harmless(
                        "taken type widened",
                        it -> it.put(
                                SCHEMAS + "TokenCreate/properties/name/type", "[\"string\", \"integer\", \"null\"]")),
                harmless(
                        "new taken word",
                        it -> it.add(SCHEMAS + "RunRequest/properties/reasoning_effort/enum", "\"endless\"")),
                harmless("bound widened", it -> it.put(SCHEMAS + "RunRequest/properties/temperature/maximum", "3")),
                harmless("new form taken", it -> it.add(SCHEMAS + "Message/oneOf", "{\"type\": \"string\"}")),
                harmless(
                        "new optional parameter",
                        it -> it.add(
                                TELEMETRY + "/parameters", "{\"name\": \"shape\", \"in\": \"query\", \"schema\": {}}")),
                harmless("role lowered", it -> it.put(RUN + "/x-role", "\"viewer\"")),
                harmless("other words", it -> it.put(RUN + "/summary", "\"Ask\"")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changesForTheBetter")
    void saysNothingOfWhatDoesNotBreak(String name, Change change) {
        assertThat(changed(change)).as(name).isEmpty();
    }

    private static List<String> changed(Change change) {
        var before = Contract.written();
        var copy = new Copy(before.document().deepCopy());
        change.apply(copy);
        return Compatibility.breaks(before, new Contract(copy.document));
    }

    interface Change {
        void apply(Copy copy);
    }

    private static Arguments breaking(String name, String said, Change change) {
        return arguments(name, said, change);
    }

    private static Arguments harmless(String name, Change change) {
        return arguments(name, change);
    }

    /** A contract to be changed. Every change must meet something that is there. */
    record Copy(ObjectNode document) {
        private JsonNode at(String pointer) {
            var node = document.at(pointer);
            assertThat(node.isMissingNode()).as(pointer).isFalse();
            return node;
        }

        private ObjectNode parent(String pointer) {
            return (ObjectNode) at(pointer.substring(0, pointer.lastIndexOf('/')));
        }

        private static String last(String pointer) {
            return pointer.substring(pointer.lastIndexOf('/') + 1).replace("~1", "/");
        }

        void remove(String pointer) {
            assertThat(parent(pointer).remove(last(pointer))).as(pointer).isNotNull();
        }

        void put(String pointer, String json) {
            parent(pointer).set(last(pointer), Json.parse(json));
        }

        void add(String pointer, String json) {
            ((ArrayNode) at(pointer)).add(Json.parse(json));
        }

        void drop(String pointer, int index) {
            assertThat(((ArrayNode) at(pointer)).remove(index)).as(pointer).isNotNull();
        }

        void dropWord(String pointer, String word) {
            var words = (ArrayNode) at(pointer);
            int size = words.size();
            words.removeIf(node -> node.asString("").equals(word));
            assertThat(words).as(pointer).hasSize(size - 1);
        }

        void dropReference(String pointer, String name) {
            var all = (ArrayNode) at(pointer);
            int size = all.size();
            all.removeIf(node -> node.path("$ref").asString("").endsWith("/" + name));
            assertThat(all).as(pointer).hasSize(size - 1);
        }
    }
}
