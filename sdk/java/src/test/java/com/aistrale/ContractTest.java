package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The SDK has every operation, parameter and property of the contract, and none of its own: one that is missing or invented is red. */
class ContractTest {
    private static final Path FILE =
            Path.of(System.getProperty("aistrale.repository", "../.."), "contract", "openapi.yaml");
    /** OpenAI's clients are the SDK for these, and browsers and Prometheus for the others. */
    private static final Set<String> NOT_THE_SDKS = Set.of(
            "createChatCompletion",
            "createMessage",
            "countMessageTokens",
            "listModels",
            "getModel",
            "getProviderModel",
            "getContract",
            "getMetrics",
            "getReference",
            "getReferenceFile");

    private static final TelemetryQuery NO_TIME = filters().build();
    private static final TelemetryQuery ALL = filters()
            .last("1h")
            .since(Instant.EPOCH)
            .until(Instant.EPOCH)
            .pageSize(1)
            .build();
    private static final Map<String, Consumer<Aistrale>> CALLS = calls();

    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private static TelemetryQuery.Builder filters() {
        return TelemetryQuery.builder()
                .provider("x")
                .model("x")
                .status("x")
                .sessionId("x")
                .prompt("x")
                .apiKeyId("x")
                .client("x")
                .metadata("x", "x")
                .search("x");
    }

    private static Map<String, Consumer<Aistrale>> calls() {
        var calls = new TreeMap<String, Consumer<Aistrale>>();
        calls.put("runInference", c -> c.run("x"));
        calls.put("getInference", c -> c.inferences().get("x"));
        calls.put("listTelemetry", c -> c.telemetry().list(ALL).toList());
        calls.put("getTelemetrySummary", c -> c.telemetry().summary(ALL, "1h", List.of("model")));
        calls.put("streamTelemetry", c -> c.telemetry().stream(NO_TIME).close());
        calls.put("exportTelemetry", c -> c.telemetry().export(ALL, "csv").close());
        calls.put("addSpans", c -> c.telemetry().addSpans(List.of()));
        calls.put("deleteUserTelemetry", c -> c.telemetry().deleteUser("x"));
        calls.put(
                "listTraces",
                c -> c.telemetry()
                        .traces(TelemetryQuery.builder()
                                .last("1h")
                                .since(Instant.EPOCH)
                                .until(Instant.EPOCH)
                                .sessionId("x")
                                .pageSize(1)
                                .build())
                        .toList());
        calls.put("getTrace", c -> c.telemetry().trace("x"));
        calls.put("listPrompts", c -> c.prompts().search("x").toList());
        calls.put("createPrompt", c -> c.prompts().create("x", PromptContent.text("x")));
        calls.put("getPrompt", c -> c.prompts().get("x"));
        calls.put("updatePrompt", c -> bound(c).update("x", "x"));
        calls.put("deletePrompt", c -> bound(c).delete("x"));
        calls.put("listPromptVersions", c -> c.prompts().versions("x").toList());
        calls.put("createPromptVersion", c -> bound(c).createVersion("x", PromptContent.text("x")));
        calls.put("getPromptVersion", c -> c.prompts().version("x", 1));
        calls.put("setPromptLabel", c -> bound(c).setLabel("x", "x", 1));
        calls.put("deletePromptLabel", c -> bound(c).removeLabel("x", "x"));
        calls.put("renderPrompt", c -> c.prompts().render(PromptRef.of("x")));
        calls.put("diffPromptVersions", c -> c.prompts().diff("x", "1", "2"));
        calls.put(
                "getPromptFile",
                c -> c.prompts().exportDotprompt(PromptRef.of("x").version(1)));
        calls.put("putPromptFile", c -> bound(c).importDotprompt("x", "x"));
        calls.put("cancelInference", c -> c.inferences().cancel("x"));
        calls.put("cancelInferenceByKey", c -> c.inferences().cancelByKey("x"));
        calls.put("listProviders", Aistrale::providers);
        calls.put("getProvider", c -> c.provider("x"));
        calls.put("listCatalogue", c -> c.models("x").toList());
        calls.put("listAliases", c -> c.aliases().list());
        calls.put("getAlias", c -> c.aliases().get("x"));
        calls.put("setAlias", c -> c.aliases().set("x", "x"));
        calls.put("deleteAlias", c -> c.aliases().delete("x"));
        calls.put("listBudgets", c -> c.budgets().list().toList());
        calls.put("createBudget", c -> c.budgets().create(BudgetSettings.none()));
        calls.put("getBudget", c -> c.budgets().get("x"));
        calls.put("updateBudget", c -> c.budgets().update("x", BudgetSettings.none()));
        calls.put("deleteBudget", c -> c.budgets().delete("x"));
        calls.put("listWebhooks", c -> c.webhooks().list().toList());
        calls.put("createWebhook", c -> c.webhooks().create(WebhookSettings.none()));
        calls.put("getWebhook", c -> c.webhooks().get("x"));
        calls.put("updateWebhook", c -> c.webhooks().update("x", WebhookSettings.none()));
        calls.put("deleteWebhook", c -> c.webhooks().delete("x"));
        calls.put("rotateWebhookSecret", c -> c.webhooks().rotateSecret("x"));
        calls.put("testWebhook", c -> c.webhooks().test("x"));
        calls.put("recoverWebhook", c -> c.webhooks().recover("x", Instant.EPOCH));
        calls.put(
                "listWebhookDeliveries",
                c -> c.webhooks()
                        .deliveries()
                        .list(
                                "x",
                                WebhookDeliveryQuery.builder()
                                        .status("x")
                                        .eventType("x")
                                        .last("1h")
                                        .since(Instant.EPOCH)
                                        .until(Instant.EPOCH)
                                        .build())
                        .toList());
        calls.put("getWebhookDelivery", c -> c.webhooks().deliveries().get("x"));
        calls.put("retryWebhookDelivery", c -> c.webhooks().deliveries().retry("x"));
        calls.put("listWebhookEventTypes", c -> c.events().types());
        calls.put(
                "streamEvents",
                c -> c.events().stream(EventOptions.none().types("x")).close());
        calls.put("sendTestEvent", c -> c.events().test("x"));
        calls.put("listTokens", c -> c.tokens().list());
        calls.put("createToken", c -> c.tokens().add("x", "x", "x"));
        calls.put("updateToken", c -> c.tokens().update("x", TokenSettings.none()));
        calls.put("deleteToken", c -> c.tokens().remove("x"));
        calls.put("getWhoami", Aistrale::whoami);
        calls.put("listWorkspaces", c -> c.workspaces().list().toList());
        calls.put("createWorkspace", c -> c.workspaces().create(WorkspaceSettings.none()));
        calls.put("getWorkspace", c -> c.workspaces().get("x"));
        calls.put("updateWorkspace", c -> c.workspaces().update("x", WorkspaceSettings.none()));
        calls.put("deleteWorkspace", c -> c.workspaces().delete("x"));
        calls.put("listApiKeys", c -> c.apiKeys().list().toList());
        calls.put("createApiKey", c -> c.apiKeys().create(ApiKeySettings.none()));
        calls.put("getApiKey", c -> c.apiKeys().get("x"));
        calls.put("updateApiKey", c -> c.apiKeys().update("x", ApiKeySettings.none()));
        calls.put("revokeApiKey", c -> c.apiKeys().revoke("x"));
        calls.put(
                "listAuditEntries",
                c -> c.auditLog(AuditQuery.builder()
                                .action("x")
                                .targetType("x")
                                .since(Instant.EPOCH)
                                .until(Instant.EPOCH)
                                .build())
                        .toList());
        calls.put("getHealth", Aistrale::health);
        calls.put("getReadiness", Aistrale::isReady);
        return calls;
    }

    private static Prompts bound(Aistrale client) {
        return client.prompts().ifRevision(7);
    }

    @Test
    void everyOperationIsThereAndNoOther() {
        var known = new TreeSet<>(CALLS.keySet());
        known.addAll(NOT_THE_SDKS);
        assertThat(known).isEqualTo(new TreeSet<>(operations().keySet()));
    }

    /** Asked for by the path, the method and the parameters that the contract names, all of them and no other. */
    @TestFactory
    Stream<DynamicTest> everyOperationIsAskedForAsTheContractSays() {
        var operations = operations();
        return CALLS.entrySet().stream()
                .map(call -> DynamicTest.dynamicTest(call.getKey(), () -> {
                    server.received.clear();
                    server.problem(404, "not_found");
                    try {
                        call.getValue().accept(Clients.of(server));
                    } catch (NotFoundException e) {
                        // What was asked is what counts.
                    }
                    check(Objects.requireNonNull(operations.get(call.getKey())), server.received.get(0));
                }));
    }

    private static void check(Operation operation, FakeServer.Received asked) {
        var target = asked.target().split("\\?", 2);
        assertThat(asked.method() + " " + target[0])
                .matches(operation.method() + " " + operation.path().replaceAll("\\{[^}]+}", "[^/]+"));
        var sent = Arrays.stream(target.length > 1 ? target[1].split("&", -1) : new String[0])
                .map(parameter -> parameter.split("=", -1)[0].replaceAll("^metadata\\..*", "metadata"))
                .collect(Collectors.toCollection(TreeSet::new));
        var optional = Set.of("cursor", "limit", "label"); // by paging, by paging, or instead of a version
        var expected = new TreeSet<>(operation.query());
        assertThat(expected).containsAll(sent);
        expected.removeAll(optional);
        sent.removeAll(optional);
        assertThat(sent).isEqualTo(expected);
        assertThat(asked.headers().containsKey("if-match")).isEqualTo(operation.ifMatch());
    }

    /** What the server gives is a component of the SDK's record by the same name; a record has no other but what it came from. */
    @TestFactory
    Stream<DynamicTest> everyPropertyOfAnAnswerHasItsComponent() {
        var records = new LinkedHashMap<String, Class<? extends Record>>();
        records.put("Answer", Inference.class);
        records.put("InferenceWithContent", InferenceRecord.class);
        records.put("InferenceFailure", InferenceRecord.Reason.class);
        records.put("Usage", Usage.class);
        records.put("Attempt", Attempt.class);
        records.put("PromptUse", PromptName.class);
        records.put("TelemetrySummary", TelemetrySummary.class);
        records.put("SummaryGroup", TelemetrySummary.Group.class);
        records.put("Percentiles", TelemetrySummary.Percentiles.class);
        records.put("Span", Span.class);
        records.put("Trace", Trace.class);
        records.put("Prompt", Prompt.class);
        records.put("PromptVersion", PromptVersion.class);
        records.put("Variable", PromptVariable.class);
        records.put("RenderedPrompt", RenderedPrompt.class);
        records.put("PromptDiff", PromptDiff.class);
        records.put("Provider", ProviderInfo.class);
        records.put("ProviderHealth", ProviderHealth.class);
        records.put("ProviderLastFailure", ProviderHealth.Failed.class);
        records.put("ProviderCircuit", ProviderHealth.Circuit.class);
        records.put("ProviderTokens", ProviderInfo.TokenCount.class);
        records.put("CatalogueModel", CatalogueModel.class);
        records.put("Alias", Alias.class);
        records.put("Budget", Budget.class);
        records.put("BudgetScope", BudgetScope.class);
        records.put("BudgetState", BudgetState.class);
        records.put("BudgetCrossing", BudgetCrossing.class);
        records.put("Webhook", Webhook.class);
        records.put("WebhookFilter", Webhook.Filter.class);
        records.put("WebhookHeader", Webhook.Header.class);
        records.put("WebhookDeliveryWithAttempts", WebhookDelivery.class);
        records.put("WebhookAttempt", WebhookAttempt.class);
        records.put("WebhookEventType", EventType.class);
        records.put("Event", Event.class);
        records.put("Token", ProviderToken.class);
        records.put("Whoami", Whoami.class);
        records.put("Workspace", Workspace.class);
        records.put("ApiKey", ApiKey.class);
        records.put("AuditEntry", AuditEntry.class);
        records.put("Problem", Problem.class);
        // Which are the same as two others, a word of RFC 9457 that never changes here, and Java's word for "default".
        var elsewhere = Map.of("Whoami", "workspace", "Problem", "type", "Variable", "default");
        var own = Set.of("json", "default_value");
        return records.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    var properties = properties(entry.getKey());
                    properties.remove(elsewhere.getOrDefault(entry.getKey(), ""));
                    var components = Arrays.stream(entry.getValue().getRecordComponents())
                            .map(component -> snake(component.getName()))
                            .filter(name -> !own.contains(name))
                            .collect(Collectors.toCollection(TreeSet::new));
                    assertThat(components).isEqualTo(properties);
                }));
    }

    /** What the server takes can be said. */
    @TestFactory
    Stream<DynamicTest> everyPropertyOfARequestCanBeSaid() {
        var builders = new LinkedHashMap<String, Class<?>>();
        builders.put("RunRequest", RunOptions.Builder.class);
        builders.put("PromptVersionCreate", PromptContent.class);
        builders.put("SpanCreate", Span.Builder.class);
        builders.put("ApiKeyCreate", ApiKeySettings.class);
        builders.put("ApiKeyUpdate", ApiKeySettings.class);
        builders.put("TokenUpdate", TokenSettings.class);
        builders.put("BudgetCreate", BudgetSettings.class);
        builders.put("BudgetUpdate", BudgetSettings.class);
        builders.put("WebhookCreate", WebhookSettings.class);
        builders.put("WebhookUpdate", WebhookSettings.class);
        builders.put("WorkspaceCreate", WorkspaceSettings.class);
        builders.put("PromptRef", PromptRef.class);
        var otherwise = Map.of(
                "RunRequest", Map.of("prompt", "run", "stream", "stream", "timeout_ms", "inferenceTimeout"),
                "PromptVersionCreate", Map.of("variables", "variable"),
                "SpanCreate",
                        Map.of(
                                "trace_id",
                                "",
                                "span_id",
                                "",
                                "name",
                                "",
                                "started_at",
                                "",
                                "ended_at",
                                "",
                                "status",
                                "error",
                                "error_message",
                                "error"),
                "PromptRef", Map.of("name", "of"));
        return builders.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    var methods = Stream.concat(
                                    Arrays.stream(entry.getValue().getMethods()),
                                    Arrays.stream(Aistrale.class.getMethods()))
                            .map(Method::getName)
                            .collect(Collectors.toSet());
                    var names = otherwise.getOrDefault(entry.getKey(), Map.of());
                    for (var property : properties(entry.getKey())) {
                        var method = names.getOrDefault(property, camel(property));
                        assertThat(method.isEmpty() || methods.contains(method))
                                .as(entry.getKey() + "." + property)
                                .isTrue();
                    }
                }));
    }

    private record Operation(String method, String path, Set<String> query, boolean ifMatch) {}

    private static Map<String, Operation> operations() {
        var operations = new TreeMap<String, Operation>();
        object(contract().get("paths")).forEach((path, item) -> {
            var shared = list(object(item).get("parameters"));
            object(item).forEach((method, operation) -> {
                if (operation instanceof Map<?, ?> && object(operation).get("operationId") instanceof String id) {
                    var parameters = new LinkedHashSet<Object>(shared);
                    parameters.addAll(list(object(operation).get("parameters")));
                    var query = new TreeSet<String>();
                    var ifMatch = false;
                    for (var given : parameters) {
                        var parameter = resolved(given);
                        if ("query".equals(parameter.get("in"))) {
                            query.add(String.valueOf(parameter.get("name")));
                        }
                        ifMatch |= "If-Match".equals(parameter.get("name"));
                    }
                    operations.put(id, new Operation(method.toUpperCase(Locale.ROOT), path, query, ifMatch));
                }
            });
        });
        return operations;
    }

    private static Set<String> properties(String schema) {
        var found = object(
                object(object(contract().get("components")).get("schemas")).get(schema));
        assertThat(found).as(schema).isNotEmpty();
        var properties = new TreeSet<String>();
        addProperties(found, properties);
        return properties;
    }

    private static void addProperties(Map<String, Object> schema, Set<String> properties) {
        properties.addAll(object(schema.get("properties")).keySet());
        for (var part : list(schema.get("allOf"))) {
            addProperties(resolved(part), properties);
        }
    }

    private static Map<String, Object> resolved(Object value) {
        var object = object(value);
        if (!(object.get("$ref") instanceof String ref)) {
            return object;
        }
        Object found = contract();
        for (var step : ref.substring("#/".length()).split("/", -1)) {
            found = object(found).getOrDefault(step, Map.of());
        }
        return object(found);
    }

    private static Map<String, Object> contract() {
        return Read.CONTRACT;
    }

    private static final class Read {
        static final Map<String, Object> CONTRACT = contract();

        private static Map<String, Object> contract() {
            try {
                return object(new Load(LoadSettings.builder().build()).loadFromString(Files.readString(FILE)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    private static Collection<?> list(@Nullable Object value) {
        return value instanceof Collection<?> collection ? collection : List.of();
    }

    private static String snake(String camel) {
        return camel.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static String camel(String snake) {
        var words = snake.split("_", -1);
        return words[0]
                + Arrays.stream(words)
                        .skip(1)
                        .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
                        .collect(Collectors.joining());
    }
}
