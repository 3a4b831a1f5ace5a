package com.aistrale.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.SqliteFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Workspaces by the front door: the operator makes them, their admins keep them, nobody else sees them. */
@Timeout(60)
class WorkspaceRoutesTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";
    private static final String RUN = "{\"prompt\":\"Hi\",\"model\":\"demo/demo\"}";

    @TempDir
    Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = serve();
    }

    private TestServer serve() throws Exception {
        return TestServer.in(folder)
                .environment("AISTRALE_ADMIN_KEY", OPERATOR)
                .environment("GROQ_API_KEY", "gsk-of-the-environment")
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private TestServer.Answer operator(String method, String path, @Nullable String json) throws Exception {
        return server.send(server.request(method, path, json, OPERATOR));
    }

    private TestServer.Answer operatorIn(String workspace, String method, String path, @Nullable String json)
            throws Exception {
        return server.send(server.request(method, path, json, OPERATOR).header("x-aistrale-workspace", workspace));
    }

    private TestServer.Answer as(String key, String method, String path, @Nullable String json) throws Exception {
        return server.send(server.request(method, path, json, key));
    }

    private ObjectNode make(String json) throws Exception {
        return operator("POST", "/api/v1/workspaces", json).expect(201);
    }

    private static String id(JsonNode json) {
        return json.get("id").stringValue();
    }

    private static String path(JsonNode workspace) {
        return "/api/v1/workspaces/" + id(workspace);
    }

    private String keyIn(JsonNode workspace, String role) throws Exception {
        return operatorIn(id(workspace), "POST", "/api/v1/api-keys", "{\"name\":\"k\",\"role\":\"" + role + "\"}")
                .expect(201)
                .get("key")
                .stringValue();
    }

    @Test
    void theOperatorMakesOneWithItsSettings() throws Exception {
        var made = make("""
                {"name": "Search team", "capture_content": true, "retention_days": 90, "default_model": "openai/gpt-4o"}""");

        assertThat(made.propertyNames())
                .containsExactly("id", "name", "capture_content", "retention_days", "default_model", "created_at");
        assertThat(id(made)).matches("ws_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(made.get("name").stringValue()).isEqualTo("Search team");
        assertThat(made.get("capture_content").booleanValue()).isTrue();
        assertThat(made.get("retention_days").intValue()).isEqualTo(90);
        assertThat(made.get("default_model").stringValue()).isEqualTo("openai/gpt-4o");
        assertThat(operator("GET", path(made), null).expect(200)).isEqualTo(made);
        var list = operator("GET", "/api/v1/workspaces", null).expect(200);
        assertThat(list.get("data")).hasSize(2);
        assertThat(list.get("data").get(0)).isEqualTo(made);
        assertThat(list.get("next_cursor").isNull()).isTrue();
        var page = operator("GET", "/api/v1/workspaces?limit=1", null).expect(200);
        assertThat(page.get("next_cursor").stringValue()).isEqualTo(id(made));
        var rest = operator("GET", "/api/v1/workspaces?limit=1&cursor=" + id(made), null)
                .expect(200);
        assertThat(rest.get("data").get(0).get("name").stringValue()).isEqualTo("default");
        assertThat(rest.get("next_cursor").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '|', textBlock = """
            {}, /name, is missing
            |{"name":"x","capture_content":"yes"}|, /capture_content, |must be true or false, not a string|
            |{"name":"x","capture_content":null}|, /capture_content, |must be true or false, not null|
            |{"name":"x","retention_days":0}|, /retention_days, |must be 1 to 36500, or null to keep for ever|
            |{"name":"x","retention_days":1.5}|, /retention_days, |must be a whole number, not the number 1.5|
            |{"name":"x","default_model":"gpt-4o"}|, /default_model, |must be `provider/model`, such as `openai/gpt-4o`|
            |{"name":"x","default_model":"openai/*"}|, /default_model, |must be `provider/model`|
            |{"name":"x","default_model":"opnai/gpt-4o"}|, /default_model, |there is no provider `opnai`; did you mean `openai`?|
            |{"name":"x","retention":1}|, /retention, |unknown field `retention`|
            """)
    void mistakesAreNamedAndNothingIsMade(String body, String pointer, String detail) throws Exception {
        var answer = operator("POST", "/api/v1/workspaces", body);

        answer.problem(400, "invalid_request");
        var errors = new HashMap<String, String>();
        for (JsonNode error : answer.json().get("errors")) {
            errors.put(error.get("pointer").stringValue(), error.get("detail").stringValue());
        }
        assertThat(errors).containsExactly(Map.entry(pointer, detail));
        assertThat(operator("GET", "/api/v1/workspaces", null).json().get("data"))
                .hasSize(1);
    }

    @Test
    void aNameIsTakenInUpperAndLowerCase() throws Exception {
        var straße = make("{\"name\":\"Straße Ä\"}");
        var other = make("{\"name\":\"other\"}");

        assertThat(operator("POST", "/api/v1/workspaces", "{\"name\":\"straße ä\"}")
                        .problem(409, "conflict"))
                .isEqualTo("There is a workspace named `straße ä` already; upper and lower case make no difference.");
        operator("POST", path(other), "{\"name\":\"STRAßE Ä\"}").problem(409, "conflict");
        operator("POST", path(straße), "{\"name\":\"STRAßE Ä\"}").expect(200);
        operator("POST", "/api/v1/workspaces", "{\"name\":\"Default\"}").problem(409, "conflict");
    }

    @Test
    void itsAdminKeepsItAndSeesNoOther() throws Exception {
        var made = make("{\"name\":\"a\"}");
        var admin = keyIn(made, "admin");
        var viewer = keyIn(made, "viewer");
        var mine = server.get("/api/v1/workspaces").expect(200).get("data").get(0);

        assertThat(as(admin, "GET", "/api/v1/workspaces", null).expect(200).get("data"))
                .hasSize(1)
                .first()
                .isEqualTo(made);
        assertThat(as(viewer, "GET", path(made), null).expect(200)).isEqualTo(made);
        assertThat(as(viewer, "POST", path(made), "{}").problem(403, "permission_denied"))
                .contains("has the role `viewer`; this needs `admin`");
        var changed = as(admin, "POST", path(made), "{\"capture_content\":true,\"retention_days\":7}")
                .expect(200);
        assertThat(changed).isEqualTo(made.put("capture_content", true).put("retention_days", 7));
        assertThat(as(admin, "POST", path(made), "{\"retention_days\":null}").expect(200))
                .isEqualTo(made.putNull("retention_days"));

        for (var key : List.of(admin, viewer)) {
            for (var method : List.of("GET", "POST", "DELETE")) {
                assertThat(as(key, method, path(mine), method.equals("POST") ? "{}" : null)
                                .problem(404, "not_found"))
                        .isEqualTo("There is no workspace " + id(mine) + ".");
            }
            as(key, "POST", "/api/v1/workspaces", "{\"name\":\"b\"}").problem(403, "permission_denied");
        }
        assertThat(as(admin, "DELETE", path(made), null).problem(403, "permission_denied"))
                .startsWith("Only the operator makes and deletes workspaces: send the server's AISTRALE_ADMIN_KEY");
        assertThat(operator("GET", path(mine), null).expect(200)).isEqualTo(mine);
    }

    @Test
    void theOperatorActsWhereTheHeaderSays() throws Exception {
        var made = make("{\"name\":\"a\"}");

        var there = operatorIn(id(made), "GET", "/api/v1/whoami", null).expect(200);
        assertThat(there.get("workspace_id").stringValue()).isEqualTo(id(made));
        assertThat(there.get("workspace").get("name").stringValue()).isEqualTo("a");
        assertThat(there.get("default_model").isNull())
                .as("the environment's credentials serve the default workspace only")
                .isTrue();
        assertThat(operator("GET", "/api/v1/whoami", null)
                        .expect(200)
                        .get("default_model")
                        .stringValue())
                .startsWith("groq/");
        operatorIn(id(made), "POST", "/api/v1/inferences", "{\"prompt\":\"Hi\",\"provider\":\"groq\"}")
                .problem(422, "no_provider");
        assertThat(operatorIn("ws_none", "GET", "/api/v1/whoami", null).problem(404, "not_found"))
                .isEqualTo("There is no workspace ws_none.");
        var own = server.get("/api/v1/whoami").expect(200).get("workspace_id").stringValue();
        assertThat(server.send(server.request("/api/v1/whoami").header("x-aistrale-workspace", own))
                        .problem(403, "permission_denied"))
                .startsWith("The header x-aistrale-workspace is for the operator (AISTRALE_ADMIN_KEY)");
    }

    /** What this server remembers of the model may be older than what another one wrote. */
    @Test
    void aChangeIsMeasuredAgainstWhatIsThere() throws Exception {
        var made = make("{\"name\":\"a\",\"default_model\":\"openai/gpt-4o\"}");
        operator("GET", path(made), null).expect(200);
        try (var file = server.database()) {
            file.execute("UPDATE workspace SET default_model = 'openai/gpt-4o-mini' WHERE id = '" + id(made) + "'");

            operator("POST", path(made), "{\"default_model\":\"openai/gpt-4o\"}")
                    .expect(200);

            assertThat(file.rows("SELECT default_model FROM workspace WHERE id = '" + id(made) + "'"))
                    .containsExactly("openai/gpt-4o");
            assertThat(file.rows("SELECT detail FROM audit_log WHERE action = 'workspace.updated'"))
                    .singleElement()
                    .asString()
                    .contains("openai/gpt-4o-mini");
        }
    }

    @Test
    void theDefaultModelIsASetting() throws Exception {
        try (var upstream = RawServer.answering(OpenAiUpstream.answer("Hi"));
                var local = TestServer.in(folder.resolve("other"))
                        .openAi(upstream.url())
                        .start()) {
            var me = local.get("/api/v1/whoami").expect(200);
            var path = "/api/v1/workspaces/" + me.get("workspace_id").stringValue();
            local.post(path, "{\"default_model\":\"demo/demo\"}").expect(200);
            assertThat(local.run("{\"prompt\":\"Hi\"}")
                            .expect(200)
                            .get("provider")
                            .stringValue())
                    .isEqualTo("demo");
            local.post(path, "{\"default_model\":\"openai/gpt-4o-mini\"}").expect(200);
            assertThat(local.run("{\"prompt\":\"Hi\"}")
                            .expect(200)
                            .get("provider")
                            .stringValue())
                    .isEqualTo("openai");
            assertThat(upstream.requests().getLast()).contains("\"gpt-4o-mini\"");
            assertThat(local.post(path, "{\"default_model\":null}").expect(200).get("default_model"))
                    .as("chosen anew from the credentials there are")
                    .isEqualTo(me.get("default_model"));
        }
    }

    @Test
    void theDefaultWorkspaceStays() throws Exception {
        var mine = server.get("/api/v1/workspaces").expect(200).get("data").get(0);

        assertThat(operator("DELETE", path(mine), null).problem(409, "conflict"))
                .startsWith("The workspace " + id(mine) + " is the default one");
        server.get("/api/v1/whoami").expect(200);
    }

    @Test
    void withAWorkspaceItsKeysStopAtOnceAndItsDataGoes() throws Exception {
        var made = make("{\"name\":\"a\"}");
        var admin = keyIn(made, "admin");
        fill(made, admin);
        server.run(RUN).expect(200);

        assertThat(operator("DELETE", path(made), null).status()).isEqualTo(204);

        assertThat(as(admin, "GET", "/api/v1/whoami", null).problem(401, "authentication_failed"))
                .isNotEmpty();
        operator("GET", path(made), null).problem(404, "not_found");
        operator("DELETE", path(made), null).problem(404, "not_found");
        operatorIn(id(made), "GET", "/api/v1/whoami", null).problem(404, "not_found");
        assertThat(operator("GET", "/api/v1/workspaces", null).expect(200).get("data"))
                .hasSize(1);
        make("{\"name\":\"A\"}");
        await().untilAsserted(() -> assertThat(left(id(made))).isEmpty());
        server.get("/api/v1/whoami").expect(200);
        assertThat(server.records()).hasSize(1);
    }

    /** Something in every table that has rows of workspaces. */
    private void fill(JsonNode workspace, String admin) throws Exception {
        as(admin, "POST", path(workspace), "{\"capture_content\":true}").expect(200);
        as(admin, "POST", "/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"sk-0123456789-abcd\"}")
                .expect(201);
        as(admin, "POST", "/api/v1/budgets", """
                        {"name": "b", "scope": {"type": "workspace"}, "period": "day", "limit_usd": 1}""").expect(201);
        var webhook = id(as(admin, "POST", "/api/v1/webhooks", """
                        {"url": "https://hooks.example.com/", "events": ["webhook.disabled"]}""").expect(201));
        as(admin, "POST", "/api/v1/inferences", RUN).expect(200);
        as(admin, "POST", "/api/v1/telemetry/spans", """
                        {"spans": [{"trace_id": "t", "span_id": "s", "name": "n", "kind": "tool",
                         "started_at": "2026-11-25T08:00:00Z", "ended_at": "2026-11-25T08:00:01Z"}]}""").expect(200);
        as(admin, "POST", "/api/v1/prompts", "{\"name\":\"p\",\"text\":\"Hi\"}").expect(201);
        as(admin, "PUT", "/api/v1/prompts/p/labels/production", "{\"version\":1}")
                .expect(200);
        as(admin, "PUT", "/api/v1/aliases/fast", "{\"model\":\"openai/gpt-4o\"}")
                .expect(200);
        server.send(server.request("POST", "/api/v1/inferences", RUN, admin).header("Idempotency-Key", "k"))
                .expect(200);
        try (var file = server.database()) {
            // These come of a provider that fails, of two nodes, and of a receiver.
            file.execute("INSERT INTO circuit_opening (id, workspace_id, provider, model, reason, failure_percent,"
                    + " opened_at, retry_at, owner) VALUES ('opn_1', '" + id(workspace)
                    + "', 'openai', 'gpt-4o', 'r', 100, 0, 0, 'node_of_before')");
            file.execute("INSERT INTO cancellation (inference_id, workspace_id, owner, asked_at) VALUES ('inf_1', '"
                    + id(workspace) + "', 'node_of_before', 4102444800000)");
            file.execute("INSERT INTO webhook_delivery (id, workspace_id, webhook_id, event_id, event_type, status,"
                    + " attempt_count, schedule_from, created_at, delivered_at, ended_at) VALUES ('dlv_1', '"
                    + id(workspace) + "', '" + webhook + "', 'evt_1', 'webhook.disabled', 'delivered', 1, 0, 0, 0,"
                    + " 4102444800000)");
            assertThat(left(id(workspace)))
                    .as("a table of a new feature: fill it here, and add its WorkspaceDeletion.Part in Wiring")
                    .containsExactlyInAnyOrderElementsOf(tables(file));
        }
    }

    /** The tables that have rows of this workspace, but for its own. */
    private List<String> left(String workspace) throws Exception {
        try (var file = server.database()) {
            var tables = new ArrayList<String>();
            for (var table : tables(file)) {
                if (!file.rows("SELECT 1 FROM " + table + " WHERE workspace_id = '" + workspace + "'")
                        .isEmpty()) {
                    tables.add(table);
                }
            }
            return tables;
        }
    }

    private static List<String> tables(OtherConnection file) throws Exception {
        return file.rows(
                file instanceof SqliteFile
                        ? "SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c"
                                + " WHERE t.type = 'table' AND c.name = 'workspace_id'"
                        : "SELECT table_name FROM information_schema.columns"
                                + " WHERE column_name = 'workspace_id' AND table_schema = 'public'");
    }

    @Test
    void aDeletionThatACrashCutShortGoesOn() throws Exception {
        var made = make("{\"name\":\"a\"}");
        var admin = keyIn(made, "admin");
        fill(made, admin);
        server.close();
        try (var file = server.database()) { // what the transaction of the deletion leaves
            file.execute("UPDATE workspace SET deleted_at = 1, name_key = NULL WHERE id = '" + id(made) + "'");
        }
        server = serve();

        await().untilAsserted(() -> assertThat(left(id(made))).isEmpty());
    }
}
