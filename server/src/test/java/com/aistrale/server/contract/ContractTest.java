package com.aistrale.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.contract.Contract.Operation;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The contract by itself: that it is whole, that its examples are true, that it knows the codes. */
class ContractTest {
    private final Contract contract = Contract.written();

    @Test
    void hasTheVersionOfThisServer() throws IOException {
        var version =
                Files.readString(Contract.folder().resolveSibling("VERSION")).strip();
        assertThat(contract.document().at("/info/version").stringValue()).isEqualTo(version);
    }

    @Test
    void everyOperationHasANameOfItsOwnASummaryATagAndARole() {
        assertThat(contract.operations())
                .extracting(Operation::id)
                .doesNotHaveDuplicates()
                .allMatch(id -> id.matches("[a-z]+[A-Z][A-Za-z]+"));
        assertThat(contract.operations()).allSatisfy(operation -> {
            assertThat(operation.node().path("summary").asString("")).isNotBlank();
            assertThat(operation.node().path("tags")).hasSize(1);
            boolean open = contract.security(operation).isEmpty();
            assertThat(operation.node().path("x-role").asString("none"))
                    .as(operation.name())
                    .isIn(open ? List.of("none") : List.of("viewer", "member", "admin", "operator"));
        });
    }

    @Test
    void aKeyComesInAnthropicsHeaderToAnthropicsRoutesOnly() {
        assertThat(contract.operations()).allSatisfy(operation -> {
            boolean anthropics = operation.path().matches("/v1/(messages|models)(/.*)?");
            assertThat(contract.security(operation).contains("apiKey"))
                    .as(operation.name())
                    .isEqualTo(anthropics);
        });
    }

    @Test
    void everyParameterOfAPathIsDescribed() {
        assertThat(contract.operations()).allSatisfy(operation -> {
            var described = contract.parameters(operation).stream()
                    .filter(node -> node.get("in").stringValue().equals("path"))
                    .map(node -> "{" + node.get("name").stringValue() + "}")
                    .toList();
            var named = List.of(operation.path().split("/")).stream()
                    .filter(piece -> piece.startsWith("{"))
                    .toList();
            assertThat(described).containsExactlyElementsOf(named);
        });
    }

    @Test
    void knowsTheCodesOfTheCatalogueAndNoOthers() {
        var listed = new TreeSet<String>();
        contract.document()
                .at("/components/schemas/ProblemCode/x-extensible-enum")
                .forEach(code -> listed.add(code.stringValue()));
        assertThat(listed).isEqualTo(Problems.STATUS_BY_CODE.keySet());
    }

    @Test
    void everyFailureHasCodesOfItsStatus() {
        for (var operation : contract.operations()) {
            for (var response : operation.node().get("responses").properties()) {
                int status = Integer.parseInt(response.getKey());
                var described = contract.resolve(response.getValue());
                if (status < 400) {
                    assertThat(described.has("x-codes")).as(operation.name()).isFalse();
                } else {
                    assertThat(described.get("x-codes"))
                            .as(operation.name() + " " + status)
                            .isNotEmpty()
                            .allSatisfy(code ->
                                    assertThat(Problems.STATUS_BY_CODE).containsEntry(code.stringValue(), status));
                }
            }
        }
    }

    /** Whoever may be billed can ask again without paying again, and is refused where a budget or a limit says so. */
    @Test
    void whatRunsAModelSaysThatItCosts() {
        assertThat(contract.operations())
                .filteredOn(ContractTest::runsAModel)
                .extracting(Operation::id)
                .contains("runInference", "createChatCompletion")
                .containsExactlyElementsOf(contract.operations().stream()
                        .filter(ContractTest::costs)
                        .map(Operation::id)
                        .toList());
        assertThat(contract.operations()).filteredOn(ContractTest::costs).allSatisfy(operation -> {
            assertThat(contract.parameters(operation))
                    .as(operation.name())
                    .extracting(node -> node.get("name").stringValue())
                    .contains("Idempotency-Key", "Last-Event-ID");
            assertThat(codes(operation, 402)).as(operation.name()).contains("budget_exceeded");
            assertThat(codes(operation, 409)).as(operation.name()).contains("conflict", "idempotency_mismatch");
            assertThat(codes(operation, 429)).as(operation.name()).contains("rate_limited");
            for (var status : List.of(200, 400, 402, 409, 429, 500, 502, 503, 504)) {
                assertThat(contract.response(operation, status)
                                .orElseThrow()
                                .get("headers")
                                .propertyNames())
                        .as(operation.name() + " " + status)
                        .contains(
                                "x-ratelimit-limit-requests",
                                "x-ratelimit-remaining-requests",
                                "x-ratelimit-reset-requests",
                                "x-ratelimit-limit-tokens",
                                "x-ratelimit-remaining-tokens",
                                "x-ratelimit-reset-tokens");
            }
        });
    }

    private static boolean costs(Operation operation) {
        return operation.node().path("x-costs").asBoolean(false);
    }

    /** What it answers names an inference that it began. */
    private static boolean runsAModel(Operation operation) {
        return operation.node().at("/responses/200/headers").has("x-aistrale-inference-id");
    }

    private List<String> codes(Operation operation, int status) {
        var codes = new ArrayList<String>();
        contract.response(operation, status)
                .orElseThrow()
                .path("x-codes")
                .forEach(code -> codes.add(code.stringValue()));
        return codes;
    }

    /** What any request can meet, whatever it asks for. */
    @Test
    void everyOperationHasTheFailuresThatAllHave() {
        assertThat(contract.operations()).allSatisfy(operation -> {
            var statuses = new HashSet<>(operation.node().get("responses").propertyNames());
            assertThat(statuses).as(operation.name()).contains("400", "403", "500");
            if (!contract.security(operation).isEmpty()) {
                assertThat(statuses).as(operation.name()).contains("401", "404", "503");
            }
            if (operation.node().has("requestBody")) {
                assertThat(statuses).as(operation.name()).contains("413", "415");
            }
        });
    }

    @Test
    void examplesAreTrue() {
        var schemas = new Schemas(contract.document());
        var seen = new ArrayList<String>();
        var wrong = new TreeMap<String, List<String>>();
        examples(contract.document(), "", (at, schema, example) -> {
            seen.add(at);
            var mistakes = schemas.mistakes(schema, example);
            if (!mistakes.isEmpty()) {
                wrong.put(at, mistakes);
            }
        });
        assertThat(wrong).isEmpty();
        assertThat(seen).hasSizeGreaterThan(50);
    }

    private interface Seen {
        void example(String at, JsonNode schema, JsonNode example);
    }

    private static void examples(JsonNode node, String at, Seen seen) {
        if (node.isObject()) {
            var schema = node.has("schema") ? node.get("schema") : node;
            boolean text = node.has("x-sse-events");
            if (node.has("example") && !text) {
                seen.example(at, schema, node.get("example"));
            }
            for (var example : node.path("examples").properties()) {
                seen.example(
                        at + "/" + example.getKey(), schema, example.getValue().get("value"));
            }
        }
        for (var field : node.properties()) {
            if (!field.getKey().startsWith("example")) {
                examples(field.getValue(), at + "/" + field.getKey(), seen);
            }
        }
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            examples(node.get(i), at + "/" + i, seen);
        }
    }

    @Test
    void bodiesOfTheNativeSurfaceAreClosed() {
        assertThat(contract.operations())
                .filteredOn(operation -> !operation.path().startsWith("/v1/"))
                .filteredOn(operation ->
                        operation.node().path("requestBody").path("content").has("application/json"))
                .hasSizeGreaterThan(10)
                .allSatisfy(operation -> {
                    var schema = contract.resolve(operation.node().at("/requestBody/content/application~1json/schema"));
                    assertThat(schema.get("additionalProperties"))
                            .as(operation.name())
                            .isEqualTo(Json.parse("false"));
                });
    }
}
