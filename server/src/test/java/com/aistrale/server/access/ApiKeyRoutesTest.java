package com.aistrale.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.time.Instant;
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

/** Roles, allowed models and expiry of API keys by the front door. */
@Timeout(60)
class ApiKeyRoutesTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";

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

    private ObjectNode make(String json) throws Exception {
        return server.post("/api/v1/api-keys", json).expect(201);
    }

    private TestServer.Answer send(String key, String method, String path, @Nullable String json) throws Exception {
        return server.send(server.request(method, path, json, key));
    }

    private static String key(JsonNode made) {
        return made.get("key").stringValue();
    }

    private static String path(JsonNode made) {
        return "/api/v1/api-keys/" + made.get("id").stringValue();
    }

    @Test
    void aKeyIsAMembersUnlessSaid() throws Exception {
        var made = make("{\"name\":\" ci \"}");

        assertThat(made.propertyNames())
                .containsExactly(
                        "id",
                        "name",
                        "role",
                        "allowed_models",
                        "expires_at",
                        "requests_per_minute",
                        "tokens_per_minute",
                        "last_used_at",
                        "last_four",
                        "created_at",
                        "revoked_at",
                        "key");
        assertThat(made.get("name").stringValue()).isEqualTo("ci");
        assertThat(made.get("role").stringValue()).isEqualTo("member");
        for (var nothing : List.of(
                "allowed_models",
                "expires_at",
                "requests_per_minute",
                "tokens_per_minute",
                "last_used_at",
                "revoked_at")) {
            assertThat(made.get(nothing).isNull()).as(nothing).isTrue();
        }
        assertThat(send(key(made), "POST", "/api/v1/api-keys", "{\"name\":\"x\"}")
                        .problem(403, "permission_denied"))
                .isEqualTo("The API key " + made.get("id").stringValue() + " has the role `member`; this needs `admin`."
                        + " Use a key with that role, or ask an admin of the workspace for one.");
    }

    @Test
    void whatIsSaidIsKeptAndShown() throws Exception {
        var made = make("""
                {"name": "ci", "role": "viewer", "allowed_models": ["openai/*", "demo/demo", "openai/*"],
                 "expires_at": "2999-01-02T03:04:05.6789+01:00", "requests_per_minute": 1.0,
                 "tokens_per_minute": 1000000000}""");

        assertThat(made.get("role").stringValue()).isEqualTo("viewer");
        assertThat(made.get("allowed_models")).isEqualTo(Json.parse("[\"openai/*\",\"demo/demo\"]"));
        assertThat(made.get("expires_at").stringValue()).isEqualTo("2999-01-02T02:04:05.678Z");
        assertThat(made.get("requests_per_minute").longValue()).isEqualTo(1);
        assertThat(made.get("tokens_per_minute").longValue()).isEqualTo(1_000_000_000);
        made.remove("key");
        assertThat(server.get(path(made)).expect(200)).isEqualTo(made);
        assertThat(server.get("/api/v1/api-keys").expect(200).get("data").get(0))
                .isEqualTo(made);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '|', textBlock = """
            {}, /name, is missing
            |{"name":null}|, /name, is missing
            |{"name":" "}|, /name, must have 1 to 100 characters
            |{"name":7}|, /name, |must be a string, not the number 7|
            |{"name":"a\\u0000b"}|, /name, must not have control characters
            |{"name":"x","role":"owner"}|, /role, |`owner` is none of `viewer`, `member`, `admin`|
            |{"name":"x","rol":"admin"}|, /rol, |unknown field `rol`; did you mean `role`?|
            |{"name":"x","allowed_models":[]}|, /allowed_models, |must name 1 to 100 models, or be null for all|
            |{"name":"x","allowed_models":"openai/*"}|, /allowed_models, |must be an array, not a string|
            |{"name":"x","allowed_models":["opnai/*"]}|, /allowed_models/0, |there is no provider `opnai`; did you mean `openai`?|
            |{"name":"x","allowed_models":["demo/*","gpt-4o"]}|, /allowed_models/1, |must be `provider/model` or `provider/*`, such as `openai/gpt-4o`|
            |{"name":"x","allowed_models":["openai/gpt*"]}|, /allowed_models/0, |a `*` stands for all models of a provider only, as in `openai/*`|
            |{"name":"x","allowed_models":["*/gpt-4o"]}|, /allowed_models/0, |there is no provider `*`|
            |{"name":"x","allowed_models":["openai/gpt 4o"]}|, /allowed_models/0, |must be `provider/model` or `provider/*`, such as `openai/gpt-4o`|
            |{"name":"x","allowed_models":[7]}|, /allowed_models/0, |must be a string, not the number 7|
            |{"name":"x","expires_at":"tomorrow"}|, /expires_at, |is no RFC 3339 time, such as 2026-11-23T08:00:00Z|
            |{"name":"x","expires_at":"+999999999-12-31T23:59:59Z"}|, /expires_at, |is no RFC 3339 time, such as 2026-11-23T08:00:00Z|
            |{"name":"x","requests_per_minute":0}|, /requests_per_minute, |must be 1 to 1000000, or null for no limit|
            |{"name":"x","requests_per_minute":-1}|, /requests_per_minute, |must be 1 to 1000000, or null for no limit|
            |{"name":"x","requests_per_minute":1000001}|, /requests_per_minute, |must be 1 to 1000000, or null for no limit|
            |{"name":"x","requests_per_minute":0.5}|, /requests_per_minute, |must be a whole number, not the number 0.5|
            |{"name":"x","requests_per_minute":"60"}|, /requests_per_minute, |must be a whole number, not a string|
            |{"name":"x","tokens_per_minute":0}|, /tokens_per_minute, |must be 1 to 1000000000, or null for no limit|
            |{"name":"x","tokens_per_minute":1000000001}|, /tokens_per_minute, |must be 1 to 1000000000, or null for no limit|
            |{"name":"x","tokens_per_minute":-9223372036854775808}|, /tokens_per_minute, |must be 1 to 1000000000, or null for no limit|
            |{"name":"x","tokens_per_minute":1e40}|, /tokens_per_minute, |must be a whole number, not the number 1E+40|
            |{"name":"x","tokens_per_minute":true}|, /tokens_per_minute, |must be a whole number, not true|
            |{"name":"x","request_per_minute":1}|, /request_per_minute, |unknown field `request_per_minute`; did you mean `requests_per_minute`?|
            |{"name":"x","expires_at":"2020-01-01T00:00:00Z"}|, /expires_at, |must lie in the future; a key that is to open nothing from now on is revoked|
            """)
    void mistakesAreNamedAndNothingIsMade(String body, String pointer, String detail) throws Exception {
        var answer = server.post("/api/v1/api-keys", body);

        answer.problem(400, "invalid_request");
        assertThat(errors(answer)).containsExactly(Map.entry(pointer, detail));
        assertThat(server.get("/api/v1/api-keys").json().get("data")).hasSize(1);
    }

    private static Map<String, String> errors(TestServer.Answer answer) {
        var errors = new HashMap<String, String>();
        for (JsonNode error : answer.json().get("errors")) {
            errors.put(error.get("pointer").stringValue(), error.get("detail").stringValue());
        }
        return errors;
    }

    @Test
    void whatIsNamedIsChangedAndTheRestStays() throws Exception {
        var made = make("{\"name\":\"a\",\"allowed_models\":[\"openai/*\"],\"expires_at\":\"2999-01-01T00:00:00Z\"}");
        made.remove("key");

        var named = server.post(path(made), "{\"name\":\"b\"}").expect(200);
        assertThat(named).isEqualTo(made.put("name", "b"));
        var freed = server.post(path(made), "{\"allowed_models\":null,\"expires_at\":null}")
                .expect(200);
        made.putNull("allowed_models");
        assertThat(freed).isEqualTo(made.putNull("expires_at"));
        assertThat(server.post(path(made), "{}").expect(200)).isEqualTo(made);
        assertThat(server.get(path(made)).expect(200)).isEqualTo(made);

        var limited = server.post(path(made), "{\"requests_per_minute\":60,\"tokens_per_minute\":9000}");
        made.put("requests_per_minute", 60);
        assertThat(limited.expect(200)).isEqualTo(made.put("tokens_per_minute", 9000));
        made.putNull("requests_per_minute");
        assertThat(server.post(path(made), "{\"requests_per_minute\":null}").expect(200))
                .isEqualTo(made);
        var wrong = server.post(path(made), "{\"requests_per_minute\":0,\"tokens_per_minute\":1.5}");
        wrong.problem(400, "invalid_request");
        assertThat(errors(wrong)).containsOnlyKeys("/requests_per_minute", "/tokens_per_minute");
        assertThat(server.get(path(made)).expect(200)).isEqualTo(made);

        var answer = server.post(path(made), "{\"role\":\"admin\",\"name\":null}");
        answer.problem(400, "invalid_request");
        assertThat(errors(answer))
                .containsOnlyKeys("/role", "/name")
                .containsEntry(
                        "/role", "a key keeps its role: make another key with the role wanted, then revoke this one");
    }

    @Test
    void aChangeHoldsFromTheNextCallOn() throws Exception {
        var made = make("{\"name\":\"a\"}");
        send(key(made), "POST", "/api/v1/inferences", "{\"prompt\":\"Hi\",\"model\":\"demo/demo\"}")
                .expect(200);

        server.post(path(made), "{\"allowed_models\":[\"openai/*\"]}").expect(200);
        send(key(made), "POST", "/api/v1/inferences", "{\"prompt\":\"Hi\",\"model\":\"demo/demo\"}")
                .problem(403, "permission_denied");
        server.post(path(made), "{\"allowed_models\":null}").expect(200);
        send(key(made), "POST", "/api/v1/inferences", "{\"prompt\":\"Hi\",\"model\":\"demo/demo\"}")
                .expect(200);
    }

    @Test
    void anExpiredKeyOpensNothingAndSaysSinceWhen() throws Exception {
        var expiry = Instant.now().plusSeconds(2);
        var made = make("{\"name\":\"short\",\"expires_at\":\"" + expiry + "\"}");

        await().until(() -> send(key(made), "GET", "/api/v1/whoami", null).status() == 401);
        assertThat(Instant.now()).isAfter(expiry);
        assertThat(send(key(made), "GET", "/api/v1/whoami", null).problem(401, "authentication_failed"))
                .isEqualTo("The API key " + made.get("id").stringValue() + " expired on "
                        + made.get("expires_at").stringValue() + ". Ask an admin of its workspace for another.");

        server.post(path(made), "{\"expires_at\":null}").expect(200);
        send(key(made), "GET", "/api/v1/whoami", null).expect(200);
    }

    @Test
    void aRevokedKeyStaysRevoked() throws Exception {
        var made = make("{\"name\":\"a\"}");
        assertThat(server.delete(path(made)).status()).isEqualTo(204);
        var revoked = server.get(path(made)).expect(200).get("revoked_at").stringValue();

        assertThat(send(key(made), "GET", "/api/v1/whoami", null).problem(401, "authentication_failed"))
                .isEqualTo("The API key " + made.get("id").stringValue() + " was revoked on " + revoked + ".");
        assertThat(server.post(path(made), "{\"name\":\"b\"}").problem(409, "conflict"))
                .isEqualTo("The API key " + made.get("id").stringValue() + " was revoked and stays so. Make another.");
        assertThat(server.delete(path(made)).status()).isEqualTo(204);
        assertThat(server.get(path(made)).expect(200).get("revoked_at").stringValue())
                .isEqualTo(revoked);
    }

    @Test
    void theLastAdminsKeyIsKept() throws Exception {
        var expiry = Instant.now().plusSeconds(2);
        make("{\"name\":\"expired\",\"role\":\"admin\",\"expires_at\":\"" + expiry + "\"}");
        await().until(() -> Instant.now().isAfter(expiry));
        var mine = server.get("/api/v1/whoami").expect(200).get("api_key_id").stringValue();

        assertThat(server.delete("/api/v1/api-keys/" + mine).problem(409, "conflict"))
                .isEqualTo("The API key " + mine + " is the last one with the role `admin` in this workspace: without"
                        + " it nobody could make keys here. Make another admin key first, then revoke this one"
                        + " with it.");
        server.get("/api/v1/whoami").expect(200);

        var second = make("{\"name\":\"second\",\"role\":\"admin\"}");
        assertThat(server.delete("/api/v1/api-keys/" + mine).status()).isEqualTo(204);
        send(key(second), "DELETE", path(second), null).problem(409, "conflict");
        assertThat(send(OPERATOR, "DELETE", path(second), null).status())
                .as("the operator can make another")
                .isEqualTo(204);
    }

    /** A key that ends keeps nobody out for ever, and nobody in. */
    @Test
    void theLastAdminsKeyThatDoesNotEndIsKept() throws Exception {
        var mine = server.get("/api/v1/whoami").expect(200).get("api_key_id").stringValue();
        var path = "/api/v1/api-keys/" + mine;
        var end = "{\"expires_at\":\"2099-12-31T00:00:00Z\"}";
        var ending = make("{\"name\":\"ending\",\"role\":\"admin\",\"expires_at\":\"2099-12-31T00:00:00Z\"}");

        assertThat(server.post(path, end).problem(409, "conflict"))
                .isEqualTo("The API key " + mine + " is the last one with the role `admin` in this workspace that does"
                        + " not end: without it nobody could make keys here for long. Make another admin key first.");
        assertThat(server.delete(path).problem(409, "conflict"))
                .startsWith("The API key " + mine + " is the last one with the role `admin` in this workspace");
        server.post(path, "{\"name\":\"renamed\",\"expires_at\":null}").expect(200);
        send(key(ending), "DELETE", path, null).problem(409, "conflict");
        assertThat(server.get(path).expect(200).get("expires_at").isNull()).isTrue();

        var second = make("{\"name\":\"second\",\"role\":\"admin\"}");
        server.post(path, end).expect(200);
        assertThat(server.delete(path).status()).as("another one stays").isEqualTo(204);
        send(key(second), "POST", path(second), end).problem(409, "conflict");
        send(OPERATOR, "POST", path(second), end).expect(200);
    }

    @Test
    void aKeyGivesNoMoreThanItMayItself() throws Exception {
        var limited = make("{\"name\":\"a\",\"role\":\"admin\",\"allowed_models\":[\"openai/*\",\"demo/demo\"]}");
        var id = limited.get("id").stringValue();

        var silent = send(key(limited), "POST", "/api/v1/api-keys", "{\"name\":\"b\"}")
                .expect(201);
        assertThat(silent.get("allowed_models")).isEqualTo(limited.get("allowed_models"));
        send(key(limited), "POST", "/api/v1/api-keys", "{\"name\":\"c\",\"allowed_models\":[\"openai/gpt-4o\"]}")
                .expect(201);
        assertThat(send(
                                key(limited),
                                "POST",
                                "/api/v1/api-keys",
                                "{\"name\":\"d\",\"allowed_models\":[\"demo/demo\",\"groq/*\"]}")
                        .problem(403, "permission_denied"))
                .isEqualTo("The API key " + id + " may run `openai/*`, `demo/demo` and cannot let another key run"
                        + " `demo/demo`, `groq/*`. Name models out of its own.");
        send(key(limited), "POST", path(limited), "{\"allowed_models\":null}").problem(403, "permission_denied");
        send(key(limited), "POST", path(limited), "{\"allowed_models\":[\"demo/*\"]}")
                .problem(403, "permission_denied");
        assertThat(server.get(path(limited)).expect(200).get("allowed_models"))
                .isEqualTo(limited.get("allowed_models"));
    }

    @Test
    void whenAKeyWasLastUsedIsNoted() throws Exception {
        var made = make("{\"name\":\"a\"}");
        assertThat(server.get(path(made)).expect(200).get("last_used_at").isNull())
                .isTrue();

        var before = Instant.now().minusMillis(1);
        send(key(made), "GET", "/api/v1/whoami", null).expect(200);
        await().until(() -> server.get(path(made)).json().get("last_used_at").isString());
        assertThat(Instant.parse(
                        server.get(path(made)).json().get("last_used_at").stringValue()))
                .isBetween(before, Instant.now());
    }

    @Test
    void theKeysComeInPages() throws Exception {
        for (int i = 0; i < 4; i++) {
            make("{\"name\":\"" + i + "\"}");
        }
        var names = new ArrayList<String>();
        var cursor = "";
        int pages = 0;
        do {
            var page = server.get("/api/v1/api-keys?limit=2" + cursor).expect(200);
            page.get("data").forEach(key -> names.add(key.get("name").stringValue()));
            cursor = page.get("next_cursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("next_cursor").stringValue();
            pages++;
        } while (!cursor.isEmpty());
        assertThat(names).containsExactlyInAnyOrder("0", "1", "2", "3", "test");
        assertThat(pages).isEqualTo(3);
        for (var wrong : List.of("limit=0", "limit=201", "cursor=x", "nam=x")) {
            server.get("/api/v1/api-keys?" + wrong).problem(400, "invalid_request");
        }
    }

    @Test
    void aKeyThatIsNotThereIsNotFound() throws Exception {
        for (var method : List.of("GET", "POST", "DELETE")) {
            var answer = send(server.key(), method, "/api/v1/api-keys/key_none", method.equals("POST") ? "{}" : null);
            assertThat(answer.problem(404, "not_found")).isEqualTo("There is no API key key_none in this workspace.");
        }
    }
}
