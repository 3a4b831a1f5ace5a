package com.aistrale.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Who changed what, by the front door. */
@Timeout(60)
class AuditRoutesTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";
    private static final String SECRET = "sk-TOPSECRET-0123456789-abcd";

    @TempDir
    Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder)
                .environment("AISTRALE_ADMIN_KEY", OPERATOR)
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private TestServer.Answer operator(String method, String path, @Nullable String json) throws Exception {
        return server.send(server.request(method, path, json, OPERATOR));
    }

    private List<JsonNode> log(String query) throws Exception {
        return List.copyOf(
                server.get("/api/v1/audit-log" + query).expect(200).get("data").values());
    }

    private static List<String> actions(List<JsonNode> entries) {
        return entries.stream()
                .map(entry -> entry.get("action").stringValue())
                .sorted()
                .toList();
    }

    @Test
    void everyChangeOfAKeyIsThereWithItsActor() throws Exception {
        var made = server.send(server.request(
                                "POST", "/api/v1/api-keys", "{\"name\":\"ci\",\"role\":\"viewer\"}", server.key())
                        .header("x-aistrale-client", "test/1"))
                .expect(201);
        var id = made.get("id").stringValue();
        var mine = server.get("/api/v1/whoami").json().get("api_key_id").stringValue();

        var created = log("?action=api_key.created").getFirst();
        assertThat(created.propertyNames())
                .containsExactly("id", "at", "actor", "action", "target", "detail", "client");
        assertThat(created.get("id").stringValue()).matches("aud_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(created.get("actor"))
                .isEqualTo(Json.object().put("api_key_id", mine).put("operator", false));
        assertThat(created.get("target"))
                .isEqualTo(Json.object().put("type", "api_key").put("id", id));
        assertThat(created.get("detail"))
                .isEqualTo(Json.parse(
                        "{\"name\":\"ci\",\"role\":\"viewer\",\"allowed_models\":null,\"expires_at\":null,\"requests_per_minute\":null,"
                                + "\"tokens_per_minute\":null}"));
        assertThat(created.get("client").stringValue()).isEqualTo("test/1");

        server.post("/api/v1/api-keys/" + id, "{\"name\":\"ci 2\",\"allowed_models\":[\"demo/*\"]}")
                .expect(200);
        assertThat(log("?action=api_key.updated").getFirst().get("detail")).isEqualTo(Json.parse("""
                        {"name": {"before": "ci", "after": "ci 2"},
                         "allowed_models": {"before": null, "after": ["demo/*"]}}"""));
        server.post("/api/v1/api-keys/" + id, "{\"name\":\"ci 2\"}").expect(200);
        operator("DELETE", "/api/v1/api-keys/" + id, null);
        operator("DELETE", "/api/v1/api-keys/" + id, null);
        assertThat(log("?action=api_key.updated"))
                .as("nothing changed, nothing noted")
                .hasSize(1);
        var revoked = log("?action=api_key.revoked");
        assertThat(revoked).hasSize(1);
        assertThat(revoked.getFirst().get("actor"))
                .isEqualTo(Json.object().put("api_key_id", "key_operator").put("operator", true));
        assertThat(log("").getLast().get("actor").get("api_key_id").stringValue())
                .as("who made the first key")
                .isEqualTo("key_server");
    }

    @Test
    void changesOfTokensAreThereWithoutTheToken() throws Exception {
        var id = server.post("/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"" + SECRET + "\",\"name\":\"n\"}")
                .expect(201)
                .get("id")
                .stringValue();
        server.post("/api/v1/tokens/" + id, "{\"token\":\"" + SECRET + "2\"}").expect(200);
        server.delete("/api/v1/tokens/" + id);

        var entries = log("?target_type=token");
        assertThat(actions(entries)).containsExactly("token.created", "token.deleted", "token.replaced");
        for (var entry : entries) {
            assertThat(entry.get("target").get("id").stringValue()).isEqualTo(id);
            assertThat(entry.get("detail"))
                    .isEqualTo(Json.object()
                            .put("provider", "openai")
                            .put("name", "n")
                            .put("weight", 1));
        }
        assertThat(server.get("/api/v1/audit-log").body())
                .doesNotContain("TOPSECRET")
                .doesNotContain("abcd")
                .doesNotContain(server.key());
        server.delete("/api/v1/tokens/" + id).problem(404, "not_found");
        assertThat(log("?target_type=token")).as("what fails is not noted").hasSize(3);
    }

    @Test
    void eachWorkspaceHasItsOwn() throws Exception {
        var made = operator("POST", "/api/v1/workspaces", "{\"name\":\"a\"}").expect(201);
        var id = made.get("id").stringValue();
        operator("POST", "/api/v1/workspaces/" + id, "{\"retention_days\":3}").expect(200);

        assertThat(actions(log("?target_type=workspace"))).containsExactly("workspace.created");
        var there = server.send(server.request("/api/v1/audit-log", OPERATOR).header("x-aistrale-workspace", id))
                .expect(200)
                .get("data");
        assertThat(there).hasSize(1);
        assertThat(there.get(0).get("action").stringValue()).isEqualTo("workspace.updated");
        assertThat(there.get(0).get("detail"))
                .isEqualTo(Json.parse("{\"retention_days\":{\"before\":null,\"after\":3}}"));

        operator("DELETE", "/api/v1/workspaces/" + id, null);
        var deleted = log("?action=workspace.deleted");
        assertThat(deleted).hasSize(1);
        assertThat(deleted.getFirst().get("target").get("id").stringValue()).isEqualTo(id);
        assertThat(deleted.getFirst().get("detail")).isEqualTo(Json.object().put("name", "a"));
    }

    @Test
    void theLogComesInPagesAndSpansOfTime() throws Exception {
        var before = Instant.now();
        for (int i = 0; i < 3; i++) {
            server.post("/api/v1/api-keys", "{\"name\":\"" + i + "\"}").expect(201);
        }
        var all = log("");
        assertThat(all).hasSize(4);
        var ids = new ArrayList<String>();
        var cursor = "";
        do {
            var page = server.get("/api/v1/audit-log?limit=1" + cursor).expect(200);
            page.get("data").forEach(entry -> ids.add(entry.get("id").stringValue()));
            cursor = page.get("next_cursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("next_cursor").stringValue();
        } while (!cursor.isEmpty());
        assertThat(ids)
                .isEqualTo(
                        all.stream().map(entry -> entry.get("id").stringValue()).toList())
                .isSortedAccordingTo(java.util.Comparator.reverseOrder());
        assertThat(log("?since=" + before)).hasSizeBetween(3, 4);
        assertThat(log("?until=" + before.minusSeconds(60))).isEmpty();
        assertThat(log("?since=" + before.plusSeconds(60))).isEmpty();
        assertThat(log("?until=" + before.plusSeconds(60) + "&since=" + before.minusSeconds(60)))
                .isEqualTo(all);
        for (var wrong : List.of("since=x", "actions=y", "limit=0", "cursor=key_1")) {
            server.get("/api/v1/audit-log?" + wrong).problem(400, "invalid_request");
        }
    }

    @Test
    void whatCannotBeNotedDoesNotHappen() throws Exception {
        try (var file = server.database()) {
            file.execute("ALTER TABLE audit_log RENAME TO audit_log_away");
            server.post("/api/v1/api-keys", "{\"name\":\"x\"}").problem(503, "database_unavailable");
            server.post("/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"sk-0123456789\"}")
                    .problem(503, "database_unavailable");
            operator("POST", "/api/v1/workspaces", "{\"name\":\"x\"}").problem(503, "database_unavailable");
            file.execute("ALTER TABLE audit_log_away RENAME TO audit_log");
        }
        assertThat(server.get("/api/v1/api-keys").json().get("data")).hasSize(1);
        assertThat(server.get("/api/v1/tokens").json().get("data")).isEmpty();
        assertThat(operator("GET", "/api/v1/workspaces", null).json().get("data"))
                .hasSize(1);
    }
}
