package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AccessTest {
    private static final String KEY = """
            {"id":"key_1","name":"ci","role":"of_the_future","allowed_models":["openai/*"],"expires_at":"2027-01-01T00:00:00Z",\
            "last_used_at":null,"last_four":"wxyz","created_at":"2026-11-01T12:00:00Z","revoked_at":null,"extra":1}""";
    private static final String WORKSPACE = """
            {"id":"ws_1","name":"research","default_model":null,"capture_content":true,"retention_days":90,\
            "created_at":"2026-11-01T12:00:00Z"}""";
    private final FakeServer server = new FakeServer();
    private final Aistrale client = Clients.of(server);

    @AfterEach
    void stop() {
        server.close();
    }

    private String asked() {
        var last = server.received.get(server.received.size() - 1);
        return last.method() + " " + last.target() + " " + last.body();
    }

    @Test
    void aNewKeyIsShownOnceAndPrintsWithoutItself() {
        server.json(201, KEY.replace("\"extra\":1", "\"key\":\"ais_secret\""));
        var made = client.apiKeys()
                .create(ApiKeySettings.none()
                        .name("ci")
                        .role("member")
                        .allowedModels(List.of("openai/*"))
                        .expiresAt(Instant.parse("2027-01-01T00:00:00Z")));
        assertThat(asked())
                .isEqualTo(
                        "POST /api/v1/api-keys {\"name\":\"ci\",\"role\":\"member\",\"allowed_models\":[\"openai/*\"],"
                                + "\"expires_at\":\"2027-01-01T00:00:00Z\"}");
        assertThat(made.secret()).isEqualTo("ais_secret");
        assertThat(made + made.apiKey().toJson() + made.apiKey()).doesNotContain("ais_secret");
    }

    @Test
    void keysAreListedChangedAndRevoked() {
        server.json(200, "{\"data\":[" + KEY + "],\"next_cursor\":null}")
                .json(200, KEY)
                .json(200, KEY)
                .noContent();
        var key = client.apiKeys().list().toList().get(0);
        assertThat(key.role()).isEqualTo("of_the_future");
        assertThat(key.allowedModels()).containsExactly("openai/*");
        assertThat(key.expiresAt()).isEqualTo(Instant.parse("2027-01-01T00:00:00Z"));
        assertThat(key.toJson()).isEqualTo(KEY);
        client.apiKeys().get("key_1");
        assertThat(asked()).isEqualTo("GET /api/v1/api-keys/key_1 ");
        client.apiKeys().update("key_1", ApiKeySettings.none().allModels().neverExpires());
        assertThat(asked()).isEqualTo("POST /api/v1/api-keys/key_1 {\"allowed_models\":null,\"expires_at\":null}");
        client.apiKeys().revoke("key_1");
        assertThat(asked()).isEqualTo("DELETE /api/v1/api-keys/key_1 ");
    }

    @Test
    void workspacesAreMadeChangedAndDeleted() {
        server.json(200, "{\"data\":[" + WORKSPACE + "],\"next_cursor\":null}")
                .json(200, WORKSPACE)
                .json(201, WORKSPACE)
                .json(200, WORKSPACE)
                .noContent();
        var workspaces = client.workspaces();
        assertThat(workspaces.list()).extracting(Workspace::retentionDays).containsExactly(90L);
        assertThat(workspaces.get("ws_1").captureContent()).isTrue();
        workspaces.create(WorkspaceSettings.none()
                .name("research")
                .captureContent(true)
                .retentionDays(90)
                .defaultModel("openai/m"));
        assertThat(asked())
                .isEqualTo(
                        "POST /api/v1/workspaces {\"name\":\"research\",\"capture_content\":true,\"retention_days\":90,"
                                + "\"default_model\":\"openai/m\"}");
        workspaces.update("ws_1", WorkspaceSettings.none().keepForEver().noDefaultModel());
        assertThat(asked()).isEqualTo("POST /api/v1/workspaces/ws_1 {\"retention_days\":null,\"default_model\":null}");
        workspaces.delete("ws_1");
        assertThat(asked()).isEqualTo("DELETE /api/v1/workspaces/ws_1 ");
    }

    @Test
    void theAuditLogPagesThrough() {
        var entry = """
                {"id":"aud_1","at":"2026-11-01T12:00:00Z","actor":{"api_key_id":"key_1","operator":true},"action":"api_key.created",\
                "target":{"type":"api_key","id":"key_2"},"detail":{"role":"member"},"client":null}""";
        server.json(200, "{\"data\":[" + entry + "],\"next_cursor\":\"c\"}")
                .json(200, "{\"data\":[],\"next_cursor\":null}");
        var query = AuditQuery.builder()
                .action("api_key.created")
                .targetType("api_key")
                .since(Instant.EPOCH)
                .until(Instant.EPOCH)
                .build();
        var entries = client.auditLog(query).toList();
        assertThat(entries.get(0).actor()).isEqualTo(new AuditEntry.Actor("key_1", true));
        assertThat(entries.get(0).target()).isEqualTo(new AuditEntry.Target("api_key", "key_2"));
        assertThat(entries.get(0).detail()).containsEntry("role", "member");
        assertThat(asked())
                .isEqualTo(
                        "GET /api/v1/audit-log?action=api_key.created&since=1970-01-01T00%3A00%3A00Z&target_type=api_key"
                                + "&until=1970-01-01T00%3A00%3A00Z&cursor=c ");
        server.json(200, "{\"data\":[],\"next_cursor\":null}");
        assertThat(client.auditLog().toList()).isEmpty();
        assertThat(asked()).isEqualTo("GET /api/v1/audit-log ");
    }

    @Test
    void anOperatorNamesItsWorkspaceOnEveryCall() {
        server.json(200, """
                {"workspace_id":"ws_2","workspace_name":"w","api_key_id":"key_operator","default_model":null,"role":"admin",\
                "operator":true,"workspace":{"id":"ws_2","name":"w"}}""").json(200, """
                {"workspace_id":"ws_1","workspace_name":"w","api_key_id":"key_1","default_model":null}""");
        var me = Clients.builder(server).workspace("ws_2").build().whoami();
        assertThat(me.operator()).isTrue();
        assertThat(Objects.requireNonNull(me.role())).isEqualTo("admin");
        assertThat(server.received.get(0).headers()).containsEntry("x-aistrale-workspace", "ws_2");
        var older = client.whoami();
        assertThat(older.role()).isNull();
        assertThat(older.operator()).isFalse();
        assertThat(server.received.get(1).headers()).doesNotContainKey("x-aistrale-workspace");
        assertThatThrownBy(() -> Aistrale.builder().workspace("ws_1\nx: y"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
