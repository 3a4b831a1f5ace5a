package com.aistrale.server.access;

import static java.net.http.HttpRequest.BodyPublishers.ofString;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.LogCapture;
import com.aistrale.server.kit.json.Json;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** API keys by the front door: what opens, what does not, and that none is shown twice. */
@Timeout(60)
class AccessRoutesTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";

    @TempDir
    Path folder;

    private final LogCapture log = new LogCapture();
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
        log.close();
        assertThat(log.text()).doesNotContain(server.key()).doesNotContain(OPERATOR);
    }

    private TestServer.Answer whoami(String header, String value) throws Exception {
        return server.send(HttpRequest.newBuilder(URI.create(server.url() + "/api/v1/whoami"))
                .header(header, value));
    }

    @Test
    void aKeySaysWhoItIsFor() throws Exception {
        var json = whoami("authorization", "Bearer " + server.key()).expect(200);

        assertThat(json.propertyNames())
                .containsExactly(
                        "workspace_id",
                        "workspace_name",
                        "api_key_id",
                        "default_model",
                        "role",
                        "operator",
                        "requests_per_minute",
                        "tokens_per_minute",
                        "workspace");
        assertThat(json.get("workspace_id").stringValue()).matches("ws_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(json.get("workspace_name").stringValue()).isEqualTo("default");
        assertThat(json.get("api_key_id").stringValue()).matches("key_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(json.get("default_model").isNull()).isTrue();
        assertThat(json.get("role").stringValue()).isEqualTo("admin");
        assertThat(json.get("operator").booleanValue()).isFalse();
        assertThat(json.get("workspace"))
                .isEqualTo(Json.object()
                        .put("id", json.get("workspace_id").stringValue())
                        .put("name", "default"));
        assertThat(whoami("authorization", "bearer  " + server.key()).json()).isEqualTo(json);
    }

    /** It is where Anthropic's clients put it; elsewhere it is a key in the wrong place. */
    @Test
    void xApiKeyOpensAnthropicsRoutesAndNoOther() throws Exception {
        var refused = whoami("x-api-key", server.key());
        assertThat(refused.problem(401, "authentication_failed"))
                .isEqualTo(
                        "The header x-api-key is taken at /v1/messages and /v1/models only, where Anthropic's clients"
                                + " send it. Send the API key as `Authorization: Bearer ais_…`.");
        assertThat(refused.body()).doesNotContain(server.key());
        assertThat(by("/v1/chat/completions", "x-api-key").POST(ofString("{}"))).satisfies(answers(401));
        assertThat(by("/v1/messages", "x-api-key").POST(ofString("{}"))).satisfies(answers(400));
        assertThat(by("/v1/messages/count_tokens", "x-api-key").POST(ofString("{}")))
                .satisfies(answers(400));
        assertThat(by("/v1/models", "x-api-key")).satisfies(answers(200));
        assertThat(by("/v1/models/demo/demo", "x-api-key")).satisfies(answers(200));
        assertThat(by("/v1/models/demo", "x-api-key")).satisfies(answers(200));
        assertThat(by("/v1/models", "x-api-key").header("authorization", "Bearer ais_wrong"))
                .as("a Bearer comes first")
                .satisfies(answers(401));
    }

    private HttpRequest.Builder by(String path, String header) {
        return HttpRequest.newBuilder(URI.create(server.url() + path))
                .header(header, server.key())
                .header("content-type", "application/json");
    }

    private ThrowingConsumer<HttpRequest.Builder> answers(int status) {
        return request -> assertThat(server.send(request).status()).isEqualTo(status);
    }

    @Test
    void theOperatorsKeyOpensToo() throws Exception {
        var me = whoami("authorization", "Bearer " + OPERATOR).expect(200);

        assertThat(me.get("api_key_id").stringValue()).isEqualTo("key_operator");
        assertThat(me.get("operator").booleanValue()).isTrue();
        assertThat(me.get("role").stringValue()).isEqualTo("admin");
        assertThat(me.get("workspace_name").stringValue()).isEqualTo("default");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Bearer ais_0000000000000000000000000000000000000000000000000000", "Bearer x", "Basic eA=="})
    void anUnknownKeyOpensNothingAndIsNotShown(String value) throws Exception {
        var answer = whoami("authorization", value);

        answer.problem(401, "authentication_failed");
        assertThat(answer.header("www-authenticate")).isEqualTo("Bearer realm=\"aistrale\"");
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
        assertThat(answer.body()).doesNotContain("ais_0");
    }

    @Test
    void withoutAKeyTheAnswerSaysHowToSendOne() throws Exception {
        var answer = server.send(HttpRequest.newBuilder(URI.create(server.url() + "/api/v1/whoami")));

        assertThat(answer.problem(401, "authentication_failed"))
                .startsWith("No API key came with the request. Send it as `Authorization: Bearer ais_…`");
    }

    @Test
    void openAisPathsSayItInOpenAisFormat() throws Exception {
        var answer = server.send(HttpRequest.newBuilder(URI.create(server.url() + "/v1/models")));

        assertThat(answer.expect(401).get("error").get("code").stringValue()).isEqualTo("authentication_failed");
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(answer.header("x-request-id")).startsWith("req_");
    }

    @Test
    void aKeyIsMadeListedUsedAndRevoked() throws Exception {
        var made = server.post("/api/v1/api-keys", "{\"name\":\"ci\"}").expect(201);
        var key = made.get("key").stringValue();
        var id = made.get("id").stringValue();
        assertThat(key).matches("ais_[0-9a-hjkmnp-tv-z]{52}");
        assertThat(made.get("last_four").stringValue()).isEqualTo(key.substring(key.length() - 4));

        var list = server.get("/api/v1/api-keys");
        made.remove("key");
        assertThat(list.expect(200).get("data").get(0)).isEqualTo(made);
        assertThat(list.json().get("data")).hasSize(2);
        assertThat(list.body()).doesNotContain(key).doesNotContain(server.key());

        assertThat(whoami("authorization", "Bearer " + key)
                        .expect(200)
                        .get("api_key_id")
                        .stringValue())
                .isEqualTo(id);
        assertThat(server.delete("/api/v1/api-keys/" + id).status()).isEqualTo(204);
        var refused = whoami("authorization", "Bearer " + key);
        assertThat(refused.problem(401, "authentication_failed")).startsWith("The API key " + id + " was revoked on ");
        assertThat(server.get("/api/v1/api-keys")
                        .json()
                        .get("data")
                        .get(0)
                        .get("revoked_at")
                        .isString())
                .isTrue();
        assertThat(server.delete("/api/v1/api-keys/" + id).status()).as("again").isEqualTo(204);
        server.delete("/api/v1/api-keys/key_none").problem(404, "not_found");
    }

    @Test
    void theFilesHoldNoKey() throws Exception {
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as("%s", file)
                        .doesNotContain(server.key())
                        .doesNotContain(server.key().substring(4, 40));
            }
        }
    }

    @Test
    void healthNeedsNoKey() throws Exception {
        var health = server.send(HttpRequest.newBuilder(URI.create(server.url() + "/health")));
        var version = Files.readString(Path.of(System.getProperty("aistrale.repository"), "VERSION"))
                .strip();
        assertThat(health.expect(200))
                .isEqualTo(Json.object().put("status", "ok").put("version", version));
        assertThat(server.send(HttpRequest.newBuilder(URI.create(server.url() + "/ready")))
                        .expect(200))
                .isEqualTo(Json.object().put("status", "ready"));
    }
}
