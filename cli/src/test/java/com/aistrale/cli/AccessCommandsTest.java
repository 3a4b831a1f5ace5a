package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.Io.Stdin;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessCommandsTest {
    private static final String TIME = Times.local(Instant.parse("2026-11-01T12:00:00Z"));
    private static final String KEY = """
            {"id":"key_1","name":"ci","role":"member","allowed_models":null,"expires_at":null,"last_used_at":"2026-11-01T12:00:00Z",\
            "last_four":"wxyz","created_at":"2026-11-01T12:00:00Z","revoked_at":null}""";
    private static final String WORKSPACE = """
            {"id":"ws_1","name":"research","default_model":null,"capture_content":true,"retention_days":90,\
            "created_at":"2026-11-01T12:00:00Z"}""";

    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private Ran.With with() {
        return new Ran.With(home).server(server);
    }

    @Test
    void aNewKeyStandsAloneOnStandardOutput() {
        server.json("POST /api/v1/api-keys", 201, KEY.replaceFirst("}$", ",\"key\":\"ais_secret\"}"));
        var ran = with().run(
                        "keys",
                        "create",
                        "--name",
                        "ci",
                        "--role",
                        "member",
                        "--allow-model",
                        "openai/*,groq/*",
                        "--allow-model",
                        "demo/*",
                        "--expires",
                        "2027-01-01T00:00Z");
        assertThat(ran)
                .isEqualTo(new Ran(
                        0,
                        "ais_secret\n",
                        "Made key_1 (ci, member, …wxyz). The key is shown this once: keep it now.\n"));
        assertThat(server.lastBody())
                .isEqualTo(
                        "{\"name\":\"ci\",\"role\":\"member\",\"allowed_models\":[\"openai/*\",\"groq/*\",\"demo/*\"],"
                                + "\"expires_at\":\"2027-01-01T00:00:00Z\"}");
        assertThat(with().run("keys", "create", "--name", "ci", "--json").out())
                .isEqualTo(KEY.replaceFirst("}$", ",\"key\":\"ais_secret\"}") + "\n");
    }

    @Test
    void aKeyCanExpireAfterATime() {
        server.json("POST /api/v1/api-keys/key_1", 200, KEY);
        var before = Instant.now().plusSeconds(90 * 86400L);
        assertThat(with().run("keys", "update", "key_1", "--expires", "90d").out())
                .isEqualTo("Changed key_1 (ci, member, …wxyz)\n");
        var expires = Instant.parse(server.lastBody().replaceAll(".*\"expires_at\":\"([^\"]+)\".*", "$1"));
        assertThat(expires).isBetween(before, before.plusSeconds(60));
        with().run("keys", "update", "key_1", "--all-models", "--never-expires", "--name", "n");
        assertThat(server.lastBody()).isEqualTo("{\"name\":\"n\",\"allowed_models\":null,\"expires_at\":null}");
    }

    @Test
    void keysAreListedAndRevoked() {
        server.list(
                "GET /api/v1/api-keys",
                KEY,
                KEY.replace("\"revoked_at\":null", "\"revoked_at\":\"2026-11-01T12:00:00Z\"")
                        .replace("\"allowed_models\":null", "\"allowed_models\":[\"a/*\",\"b/*\"]"),
                KEY.replace("\"expires_at\":null", "\"expires_at\":\"2026-11-01T12:00:00Z\"")
                        .replace("\"last_used_at\":\"2026-11-01T12:00:00Z\"", "\"last_used_at\":null"));
        server.json("DELETE /api/v1/api-keys/key_1", 204, "");
        assertThat(with().run("keys", "list").out()).isEqualTo("""
                ID     NAME  KEY    ROLE    MODELS    REQ/MIN  TOK/MIN  EXPIRES              LAST USED            STATE
                key_1  ci    …wxyz  member  all             -        -  never                %1$s  active
                key_1  ci    …wxyz  member  a/*, b/*        -        -  never                %1$s  revoked
                key_1  ci    …wxyz  member  all             -        -  %1$s  -                    expired
                """.formatted(TIME));
        assertThat(with().run("keys", "revoke", "key_1").out()).isEqualTo("Revoked key_1\n");
    }

    @Test
    void aKeysLimitsAreGivenShownAndTaken() {
        var limited = KEY.replace(
                "\"last_used_at\"", "\"requests_per_minute\":60,\"tokens_per_minute\":1000,\"last_used_at\"");
        server.json("POST /api/v1/api-keys", 201, limited.replaceFirst("}$", ",\"key\":\"ais_secret\"}"))
                .json("POST /api/v1/api-keys/key_1", 200, limited)
                .json("GET /api/v1/api-keys/key_1", 200, limited);
        with().run("keys", "create", "--name", "ci", "--requests-per-minute", "60", "--tokens-per-minute", "1000");
        assertThat(server.lastBody())
                .isEqualTo("{\"name\":\"ci\",\"requests_per_minute\":60,\"tokens_per_minute\":1000}");
        assertThat(with().run("keys", "get", "key_1").out().lines().toList().get(1))
                .startsWith("key_1  ci    …wxyz  member  all          60     1000  never");
        assertThat(with().run("keys", "get", "key_1", "--json").out()).isEqualTo(limited + "\n");
        with().run("keys", "update", "key_1", "--unlimited-requests", "--tokens-per-minute", "5");
        assertThat(server.lastBody()).isEqualTo("{\"tokens_per_minute\":5,\"requests_per_minute\":null}");
        with().run("keys", "update", "key_1", "--unlimited-tokens");
        assertThat(server.lastBody()).isEqualTo("{\"tokens_per_minute\":null}");
    }

    @Test
    void workspacesAreMadeShownChangedAndDeleted() {
        server.json("POST /api/v1/workspaces", 201, WORKSPACE)
                .json("POST /api/v1/workspaces/ws_1", 200, WORKSPACE)
                .json("GET /api/v1/workspaces/ws_1", 200, WORKSPACE)
                .json("DELETE /api/v1/workspaces/ws_1", 204, "")
                .list("GET /api/v1/workspaces", WORKSPACE);
        var made = with().run("workspaces", "create", "research", "--capture-content", "--retention-days", "90");
        assertThat(made.out()).isEqualTo("""
                id             ws_1
                name           research
                content        kept
                retention      90 days
                default model  -
                created        %s
                """.formatted(TIME));
        assertThat(made.err()).contains("aistrale keys create --name first --role admin --workspace ws_1");
        assertThat(server.lastBody())
                .isEqualTo("{\"name\":\"research\",\"capture_content\":true,\"retention_days\":90}");
        with().run(
                        "workspaces",
                        "update",
                        "ws_1",
                        "--no-capture-content",
                        "--keep-for-ever",
                        "--default-model",
                        "openai/m");
        assertThat(server.lastBody())
                .isEqualTo("{\"capture_content\":false,\"retention_days\":null,\"default_model\":\"openai/m\"}");
        assertThat(with().run("workspaces", "get", "ws_1").out()).isEqualTo(made.out());
        assertThat(with().run("workspaces", "list").out().lines().toList().get(1))
                .startsWith("ws_1  research  kept     90 days");
        assertThat(with().in(Stdin.PIPE, "y")
                        .run("workspaces", "delete", "ws_1")
                        .exit())
                .isEqualTo(2);
        assertThat(with().in(Stdin.TERMINAL, "y\n")
                        .errTerminal()
                        .run("workspaces", "delete", "ws_1")
                        .out())
                .isEqualTo("Deleted ws_1\n");
    }

    @Test
    void theOperatorsWorkspaceIsNamedOnEveryCall() {
        server.list("GET /api/v1/api-keys", KEY);
        assertThat(with().run("--workspace", "ws_2", "keys", "list", "--json").exit())
                .isEqualTo(0);
        with().run("keys", "list", "--json");
        assertThat(server.workspaces).containsExactly("ws_2", "null");
    }

    @ParameterizedTest
    @CsvSource({
        "keys update key_1, nothing to change",
        "keys update key_1 --all-models --allow-model a/*, contradict",
        "keys update key_1 --requests-per-minute 5 --unlimited-requests, contradict",
        "keys update key_1 --tokens-per-minute 5 --unlimited-tokens, contradict",
        "keys create --name x --requests-per-minute many, --requests-per-minute",
        "keys create --name x --expires soon, is no time",
        "keys create, --name",
        "workspaces update ws_1, nothing to change",
        "workspaces update ws_1 --keep-for-ever --retention-days 3, contradict",
        "audit list --since soon, is no time",
        "keys, Which",
        "workspaces, Which",
        "audit, Which",
        "traces, Which",
        "prompts, Which"
    })
    void mistakesAreNamedAndNothingIsSent(String line, String said) {
        var ran = with().run(line.split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains(said);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void theAuditLogIsATable() {
        var entry = """
                {"id":"aud_1","at":"2026-11-01T12:00:00Z","actor":{"api_key_id":"key_1","operator":false},"action":"api_key.created",\
                "target":{"type":"api_key","id":"key_2"},"detail":{"role":"member"},"client":"cli/1"}""";
        server.list("GET /api/v1/audit-log", entry, entry.replace("\"operator\":false", "\"operator\":true"));
        assertThat(with().run("audit", "list", "--action", "api_key.created").out())
                .isEqualTo("""
                TIME                 WHO       WITH   ACTION           WHAT           DETAIL
                %1$s  key_1     cli/1  api_key.created  api_key key_2  {"role":"member"}
                %1$s  operator  cli/1  api_key.created  api_key key_2  {"role":"member"}
                """.formatted(TIME));
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/audit-log?action=api_key.created");
        server.problem("GET /api/v1/audit-log", 403, "permission_denied", "an admin's key is needed");
        assertThat(with().run("audit", "list").exit()).isEqualTo(3);
    }
}
