package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.RoutesTable.Needs;
import com.aistrale.server.app.RoutesTable.Route;
import com.aistrale.server.app.RoutesTable.Trait;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for every route, over the table of all: who gets in, that nothing of one workspace is seen from another, and
 * that no route runs a model that the key may not run.
 */
@Timeout(60)
class EveryRouteTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";
    private static final String WRONG = "ais_0000000000000000000000000000000000000000000000000000";
    private static final Map<String, String> NOWHERE = new HashMap<>(Map.ofEntries(
            Map.entry("workspaces", "ws_00000000000000000000000000"),
            Map.entry("api-keys", "key_00000000000000000000000000"),
            Map.entry("tokens", "tok_00000000000000000000000000"),
            Map.entry("budgets", "bud_00000000000000000000000000"),
            Map.entry("webhooks", "wh_00000000000000000000000000"),
            Map.entry("webhook-deliveries", "dlv_00000000000000000000000000"),
            Map.entry("inferences", "inf_00000000000000000000000000"),
            Map.entry("traces", "nowhere"),
            Map.entry("prompts", "nowhere"),
            Map.entry("aliases", "nowhere"),
            Map.entry("models", "nothing")));

    /** That of the first one's inference. */
    private static final String FIRST_KEY = "order-4711";

    @TempDir
    static Path folder;

    private static HttpClient client;
    private static RawServer upstream;
    private static TestServer server;

    /** What the first workspace has, by the segment of the path in front of it. */
    private static final Map<String, String> FIRST = new HashMap<>();

    private static String second;

    /** Keys of the second workspace, by role. */
    private static final Map<String, String> SECOND = new HashMap<>();

    /** All that must not be seen from the second workspace. */
    private static String[] marks;

    private record Answer(int status, String body) {
        String code() {
            var json = Json.parse(body);
            return (json.has("error") ? json.get("error") : json).get("code").stringValue();
        }
    }

    @BeforeAll
    static void fill() throws Exception {
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        upstream = RawServer.answering(OpenAiUpstream.answer("first-answer"));
        server = TestServer.in(folder)
                .environment("AISTRALE_ADMIN_KEY", OPERATOR)
                .openAi(upstream.url())
                .start();
        fillFirst();
        second = id(server.send(server.request("POST", "/api/v1/workspaces", "{\"name\":\"second\"}", OPERATOR)));
        for (var role : List.of("viewer", "member", "admin")) {
            var made = server.send(
                    server.request("POST", "/api/v1/api-keys", "{\"name\":\"s\",\"role\":\"" + role + "\"}", OPERATOR)
                            .header("x-aistrale-workspace", second));
            SECOND.put(role, made.expect(201).get("key").stringValue());
        }
        var own = new HashMap<>(FIRST);
        own.values().removeIf("1"::equals);
        marks = Stream.concat(own.values().stream(), Stream.of("first-")).toArray(String[]::new);
    }

    /** One of everything, in the default workspace; what people name begins with {@code first-}. */
    private static void fillFirst() throws Exception {
        FIRST.put(
                "workspaces",
                server.get("/api/v1/whoami").json().get("workspace_id").stringValue());
        server.post("/api/v1/workspaces/" + FIRST.get("workspaces"), "{\"name\":\"first-workspace\"}")
                .expect(200);
        FIRST.put("api-keys", id(server.post("/api/v1/api-keys", "{\"name\":\"first-key\"}")));
        FIRST.put(
                "tokens",
                id(server.post(
                        "/api/v1/tokens", "{\"provider\":\"groq\",\"token\":\"gsk-first\",\"name\":\"first-token\"}")));
        FIRST.put("budgets", id(server.post("/api/v1/budgets", """
                        {"name": "first-budget", "scope": {"type": "workspace"}, "period": "total", "limit_usd": 7}""")));
        FIRST.put("webhooks", id(server.post("/api/v1/webhooks", """
                        {"url": "https://first-host.example/first-path", "events": ["*"], "name": "first-webhook", "enabled": false}""")));
        FIRST.put(
                "webhook-deliveries",
                server.post("/api/v1/webhooks/" + FIRST.get("webhooks") + "/test", "")
                        .expect(200)
                        .get("id")
                        .stringValue());
        FIRST.put(
                "inferences",
                server.send(server.request(
                                        "POST",
                                        "/api/v1/inferences",
                                        "{\"prompt\":\"first-prompt\",\"model\":\"gpt-4o\",\"session_id\":\"first-session\","
                                                + "\"metadata\":{\"user\":\"first-user\"},\"trace_id\":\"first-trace\"}",
                                        server.key())
                                .header("idempotency-key", FIRST_KEY))
                        .expect(200)
                        .get("id")
                        .stringValue());
        FIRST.put("traces", "first-trace");
        server.post("/api/v1/telemetry/spans", """
                        {"spans": [{"trace_id": "first-trace", "span_id": "first-span", "name": "first-name", "kind": "tool",
                         "started_at": "2026-11-25T08:00:00Z", "ended_at": "2026-11-25T08:00:01Z"}]}""").expect(200);
        FIRST.put("aliases", "first-alias");
        server.send(server.request("PUT", "/api/v1/aliases/first-alias", "{\"model\":\"openai/gpt-4o\"}", server.key()))
                .expect(200);
        server.send(server.request(
                        "PUT",
                        "/api/v1/aliases/first-way-out",
                        "{\"model\":\"groq/x\",\"fallbacks\":[\"openai/gpt-4o\"]}",
                        server.key()))
                .expect(200);
        FIRST.put("prompts", "first-prompt");
        server.post("/api/v1/prompts", "{\"name\":\"first-prompt\",\"text\":\"first-text\"}")
                .expect(201);
        server.send(server.request(
                        "PUT", "/api/v1/prompts/first-prompt/labels/production", "{\"version\":1}", server.key()))
                .expect(200);
    }

    private static String id(TestServer.Answer made) {
        return made.expect(201).get("id").stringValue();
    }

    @AfterAll
    static void close() throws Exception {
        server.close();
        upstream.close();
        client.close();
    }

    static List<Route> all() {
        return RoutesTable.ALL;
    }

    static List<Route> guarded() {
        return all().stream().filter(route -> route.needs() != Needs.NOTHING).toList();
    }

    static List<Route> costly() {
        return all().stream().filter(route -> route.is(Trait.COSTS)).toList();
    }

    static List<Route> endless() {
        return all().stream().filter(route -> route.is(Trait.ENDLESS)).toList();
    }

    private static Answer send(Route route, Map<String, String> values, @Nullable String body, @Nullable String key)
            throws Exception {
        return send(route, values, body, key, null);
    }

    private static Answer send(
            Route route,
            Map<String, String> values,
            @Nullable String body,
            @Nullable String key,
            @Nullable String workspace)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create(server.url() + route.path(values)))
                .method(route.method(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null && route.contentType() != null) {
            request.header("content-type", route.contentType());
        }
        if (key != null) {
            request.header("authorization", "Bearer " + key);
        }
        if (route.is(Trait.KEYED)) {
            request.header("idempotency-key", FIRST_KEY);
        }
        if (workspace != null) {
            request.header("x-aistrale-workspace", workspace);
        }
        var response = client.send(request.build(), BodyHandlers.ofInputStream());
        try (var in = response.body()) {
            return new Answer(response.statusCode(), read(route, response.statusCode(), in));
        }
    }

    /** Of a stream without end, its first bytes. */
    private static String read(Route route, int status, InputStream in) throws IOException {
        var bytes = route.is(Trait.ENDLESS) && status == 200 ? in.readNBytes(1) : in.readAllBytes();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void everyMountedRouteIsInTheTable() {
        assertThat(server.routes())
                .as("add the route to RoutesTable")
                .containsExactlyInAnyOrderElementsOf(
                        all().stream().map(Route::mounted).toList());
        assertThat(all())
                .as("what is posted to /v1 runs a model")
                .allMatch(route ->
                        !route.mounted().startsWith("POST /v1/") || route.is(Trait.COSTS) || route.is(Trait.ASKS_ONLY));
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void withoutAKeyItIsNotAnswered(Route route) throws Exception {
        for (var key : new String[] {null, WRONG}) {
            var answer = send(route, FIRST, route.body(), key);
            assertThat(answer.status()).as(answer.body()).isEqualTo(401);
            assertThat(answer.code()).isEqualTo("authentication_failed");
            assertThat(answer.body()).doesNotContain(marks);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void theRoleAloneDecidesWhoGetsIn(Route route) throws Exception {
        for (var role : List.of(Needs.VIEWER, Needs.MEMBER, Needs.ADMIN)) {
            var answer = send(route, own(route), route.body(), SECOND.get(wireName(role)));
            if (role.compareTo(route.needs()) >= 0) {
                assertThat(answer.status()).as("%s: %s", role, answer.body()).isIn(expected(route));
            } else {
                assertThat(answer.status()).as("%s: %s", role, answer.body()).isEqualTo(403);
                assertThat(answer.code()).isEqualTo("permission_denied");
                assertThat(answer.body())
                        .contains(
                                route.needs() == Needs.OPERATOR
                                        ? "Only the operator"
                                        : "this needs `" + wireName(route.needs()) + "`");
            }
        }
        var operator = send(route, NOWHERE, route.body(), OPERATOR, second);
        assertThat(operator.status()).as(operator.body()).isIn(expected(route));
    }

    private static String wireName(Needs role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    /** What is to be changed is not there, so that a route let in says 404; but a workspace knows only its own. */
    private static Map<String, String> own(Route route) throws Exception {
        var values = new HashMap<>(NOWHERE);
        if (route.path().startsWith("/api/v1/workspaces/")) {
            var me = server.send(server.request("/api/v1/whoami", SECOND.get("viewer")));
            values.put("workspaces", me.expect(200).get("workspace_id").stringValue());
        }
        return values;
    }

    /** Let in: done, or not found. */
    private static List<Integer> expected(Route route) {
        if (route.is(Trait.ASKS_ONLY)) {
            return List.of(422);
        }
        return route.hasParameters() || route.is(Trait.KEYED)
                ? List.of(200, 201, 204, 404)
                : List.of(200, 201, 204, 409);
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void ofAnotherWorkspaceNothingIsSeen(Route route) throws Exception {
        for (var role : List.of("viewer", "member", "admin")) {
            var answer = send(route, FIRST, route.body(), SECOND.get(role));
            var said = answer.body();
            for (var value : FIRST.values()) { // its own words are said back to the caller
                said = route.hasParameters() ? said.replace(value, "…") : said;
            }
            assertThat(said).doesNotContain(marks);
            boolean itsOwn = route.is(Trait.CREATES) || route.is(Trait.UNMAKES);
            boolean named = route.hasParameters() || route.is(Trait.KEYED);
            if (role.equals("admin") && named && !route.is(Trait.SHARED) && !itsOwn) {
                assertThat(answer.status()).as(answer.body()).isEqualTo(404);
                assertThat(answer.code()).isEqualTo("not_found");
            }
        }
    }

    /** Until an inference of the second workspace is told of, which began after one of the first. */
    @ParameterizedTest
    @MethodSource("endless")
    void aStreamTellsOfItsOwnWorkspaceOnly(Route route) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(server.url() + route.path(NOWHERE)))
                .header("authorization", "Bearer " + SECOND.get("viewer"));
        var response = client.send(request.build(), BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            var run = "{\"prompt\":\"Hi\",\"session_id\":\"%s\",\"model\":\"demo/demo\"}";
            var first = server.run(run.formatted("first-session"))
                    .expect(200)
                    .get("id")
                    .stringValue();
            var own = server.send(
                            server.request("POST", "/api/v1/inferences", run.formatted("own"), SECOND.get("member")))
                    .expect(200)
                    .get("id")
                    .stringValue();
            var told = new StringBuilder();
            while (told.indexOf(own) < 0) {
                told.append(Objects.requireNonNull(lines.readLine())).append('\n');
            }
            assertThat(told.toString()).doesNotContain(first).doesNotContain(marks);
        }
    }

    @Test
    void whatTheSecondTriedLeftTheFirstAsItWas() throws Exception {
        var before = state();
        for (var route : guarded()) {
            var another = route.body() == null // than the test before has sent
                    ? null
                    : route.body().replace("changed", "changed-again").replace(":7", ":8");
            send(route, FIRST, another, SECOND.get("admin"));
        }
        assertThat(state()).isEqualTo(before);
    }

    /** All that can be read of the first workspace, but for when a key was used and when it was asked. */
    private static Map<String, String> state() throws Exception {
        var state = new HashMap<String, String>();
        for (var route : guarded()) {
            boolean ofAWorkspace = route.needs() != Needs.OPERATOR;
            if (route.method().equals("GET") && ofAWorkspace && !route.is(Trait.ENDLESS) && !route.is(Trait.NOTED)) {
                var answer = send(route, FIRST, null, server.key());
                assertThat(answer.status())
                        .as("%s: %s", route, answer.body())
                        .isEqualTo(route.is(Trait.SHARED) ? 404 : 200);
                state.put(
                        route.mounted(),
                        answer.body()
                                .replaceAll("\"(last_used_at|since|until)\":(null|\"[^\"]*\")", "")
                                .replaceAll("req_[0-9a-z]+", ""));
            }
        }
        return state;
    }

    @ParameterizedTest
    @MethodSource("guarded")
    void onlyTheOperatorNamesAWorkspace(Route route) throws Exception {
        var named = FIRST.get("workspaces");
        var answer = send(route, NOWHERE, route.body(), SECOND.get("admin"), named);
        assertThat(answer.status()).as(answer.body()).isEqualTo(403);
        assertThat(answer.code()).isEqualTo("permission_denied");
    }

    @ParameterizedTest
    @MethodSource("costly")
    void noRouteRunsAModelThatTheKeyMayNot(Route route) throws Exception {
        var key = server.post(
                        "/api/v1/api-keys", "{\"name\":\"limited\",\"allowed_models\":[\"anthropic/*\",\"groq/x\"]}")
                .expect(201);
        int asked = upstream.requests().size();
        int records = server.records().size();
        var usual = server.get("/api/v1/whoami").json().get("default_model").stringValue();
        var models = new HashMap<>(Map.of(
                "", usual, "gpt-4o", "openai/gpt-4o", "openai/gpt-4o", "openai/gpt-4o", "demo/demo", "demo/demo"));
        if (route.is(Trait.NAMES_ITS_MODEL)) {
            models.remove("");
        }
        for (var stream : List.of(false, true)) {
            for (var model : models.entrySet()) {
                var body = body(route, model.getKey(), stream);
                var answer = send(route, FIRST, body, key.get("key").stringValue());
                assertThat(answer.status()).as("%s: %s", body, answer.body()).isEqualTo(403);
                assertThat(answer.code()).isEqualTo("permission_denied");
                assertThat(answer.body())
                        .contains("may not run the model `" + model.getValue()
                                + "`. It may run `anthropic/*`, `groq/x`.");
            }
        }
        for (var stream : List.of(false, true)) { // an alias, its fallbacks, and those of the request
            for (var body : List.of(
                    body(route, "first-alias", stream),
                    body(route, "first-way-out", stream),
                    body(route, "groq/x", stream).replaceFirst("}$", ",\"fallbacks\":[\"gpt-4o\"]}"),
                    body(route, "groq/x", stream).replaceFirst("}$", ",\"fallbacks\":[\"first-alias\"]}"))) {
                if (route.path().startsWith("/v1/") && body.contains("fallbacks")) {
                    continue; // no field of ours there
                }
                var answer = send(route, FIRST, body, key.get("key").stringValue());
                assertThat(answer.status()).as("%s: %s", body, answer.body()).isEqualTo(403);
                assertThat(answer.code()).isEqualTo("permission_denied");
                assertThat(answer.body()).contains("may not run the model `openai/gpt-4o`");
            }
        }
        assertThat(upstream.requests()).hasSize(asked);
        assertThat(server.records()).hasSize(records);
        server.post("/api/v1/api-keys/" + key.get("id").stringValue(), "{\"allowed_models\":[\"openai/gpt-4o\"]}")
                .expect(200);
        var let =
                send(route, FIRST, body(route, "gpt-4o", false), key.get("key").stringValue());
        assertThat(let.status()).as(let.body()).isEqualTo(200);
        assertThat(upstream.requests()).hasSize(asked + 1);
    }

    /** Gateways take fields by which they answer with another model than the one named. */
    @ParameterizedTest
    @MethodSource("costly")
    void noRouteLetsTheProviderRunAModelThatTheKeyMayNot(Route route) throws Exception {
        var key = server.post("/api/v1/api-keys", "{\"name\":\"limited\",\"allowed_models\":[\"openai/gpt-4o\"]}")
                .expect(201)
                .get("key")
                .stringValue();
        var fields = Map.of(
                "models", "[\"gpt-4o\",\"o3\"]",
                "route", "\"fallback\"",
                "preset", "\"best\"",
                "fallbacks", "[{\"model\":\"o3\"}]",
                "provider", "{\"only\":[\"anthropic\"],\"allow_fallbacks\":true}");
        boolean asItIs = route.path().startsWith("/v1/");
        for (var field : fields.entrySet()) {
            var said = "\"" + field.getKey() + "\":" + field.getValue();
            var more = asItIs ? "," + said : ",\"provider_options\":{" + said + "}";
            var name = (asItIs ? "" : "provider_options.") + field.getKey();
            for (var stream : List.of(false, true)) {
                int asked = upstream.requests().size();
                int records = server.records().size();
                var body = body(route, "gpt-4o", stream).replaceFirst("}$", Matcher.quoteReplacement(more + "}"));
                var answer = send(route, FIRST, body, key);
                assertThat(answer.status()).as("%s: %s", body, answer.body()).isEqualTo(403);
                assertThat(answer.code()).isEqualTo("permission_denied");
                assertThat(answer.body())
                        .contains("may run `openai/gpt-4o` only, and `" + name
                                + "` lets the provider answer with another model");
                assertThat(upstream.requests()).hasSize(asked);
                assertThat(server.records()).hasSize(records);
            }
            var body = body(route, "gpt-4o", false).replaceFirst("}$", Matcher.quoteReplacement(more + "}"));
            var free = send(route, FIRST, body, server.key());
            if (route.is(Trait.OF_ANOTHER_FORMAT)) {
                assertThat(free.status()).as("%s: %s", body, free.body()).isEqualTo(400);
                assertThat(free.body()).contains("/" + field.getKey() + ": OpenAI has nothing that means this");
                continue;
            }
            assertThat(free.status()).as("%s: %s", body, free.body()).isEqualTo(200);
            assertThat(upstream.requests().getLast()).contains(said);
        }
    }

    private static String body(Route route, String model, boolean stream) {
        var named = model.isEmpty() ? "" : ",\"model\":\"" + model + "\"";
        var body = Objects.requireNonNull(route.body());
        assertThat(body).contains(",\"model\":\"demo/demo\"");
        return body.replace(",\"model\":\"demo/demo\"", named + (stream ? ",\"stream\":true" : ""));
    }

    @Test
    void aLimitedKeySeesNoOtherModels() throws Exception {
        var made = server.post(
                        "/api/v1/api-keys",
                        "{\"name\":\"limited\",\"role\":\"viewer\",\"allowed_models\":[\"openai/gpt-4o\",\"demo/*\"]}")
                .expect(201);
        var key = made.get("key").stringValue();

        var ids = server.send(server.request("/v1/models", key))
                .expect(200)
                .get("data")
                .valueStream()
                .map(model -> model.get("id").stringValue())
                .toList();
        assertThat(ids)
                .as("no alias of which it may not run all models")
                .containsExactlyInAnyOrder("openai/gpt-4o", "demo/demo", "first-alias");
        server.send(server.request("/v1/models/gpt-4o", key)).expect(200);
        server.send(server.request("/v1/models/openai/gpt-4o", key)).expect(200);
        for (var other : List.of("gpt-4o-mini", "openai/gpt-4o-mini")) {
            assertThat(server.get("/v1/models/" + other).status()).as(other).isEqualTo(200);
            assertThat(server.send(server.request("/v1/models/" + other, key)).status())
                    .as(other)
                    .isEqualTo(404);
        }
    }
}
