package com.aistrale.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.LogCapture;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class TokenRoutesTest {
    private static final String ADD = "{\"provider\":\"openai\",\"token\":\"sk-TOPSECRET-0123456789-abcd\"}";

    @TempDir
    Path folder;

    private final LogCapture log = new LogCapture();
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder)
                .environment("GROQ_API_KEY", "gsk-TOPSECRET")
                .environment("AISTRALE_PROVIDERS_MY_SERVER_BASE_URL", "http://127.0.0.1:9/v1")
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        log.close();
        assertThat(log.text()).doesNotContain("TOPSECRET");
    }

    @Test
    void aTokenIsAddedListedReplacedAndDeletedAndNeverShown() throws Exception {
        var added = server.post("/api/v1/tokens", ADD.replace("}", ",\"name\":\"mine\"}"));
        var json = added.expect(201);
        assertThat(json.propertyNames())
                .containsExactly(
                        "id",
                        "provider",
                        "name",
                        "last_four",
                        "weight",
                        "status",
                        "set_aside_at",
                        "set_aside_reason",
                        "created_at");
        assertThat(json.get("id").stringValue()).matches("tok_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(json.get("provider").stringValue()).isEqualTo("openai");
        assertThat(json.get("name").stringValue()).isEqualTo("mine");
        assertThat(json.get("last_four").stringValue()).isEqualTo("abcd");
        assertThat(json.get("weight").intValue()).isEqualTo(1);
        assertThat(json.get("status").stringValue()).isEqualTo("active");
        assertThat(json.get("set_aside_at").isNull()).isTrue();
        assertThat(json.get("set_aside_reason").isNull()).isTrue();
        assertThat(json.get("created_at").stringValue()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");

        var list = server.get("/api/v1/tokens");
        assertThat(list.expect(200)).isEqualTo(Json.parse("{\"data\":[" + added.body() + "],\"next_cursor\":null}"));

        var id = json.get("id").stringValue();
        var replaced = server.post("/api/v1/tokens/" + id, "{\"token\":\"sk-TOPSECRET-new-wxyz\"}")
                .expect(200);
        assertThat(replaced).isEqualTo(json.put("last_four", "wxyz"));
        assertThat(server.delete("/api/v1/tokens/" + id).status()).isEqualTo(204);
        assertThat(server.get("/api/v1/tokens").expect(200).get("data")).isEqualTo(Json.array());
        assertThat(server.delete("/api/v1/tokens/" + id).problem(404, "not_found"))
                .isEqualTo("There is no token " + id + " in this workspace.");
        server.post("/api/v1/tokens/" + id, "{\"token\":\"sk-x\"}").problem(404, "not_found");
        for (var answer : new String[] {added.body(), list.body(), replaced.toString()}) {
            assertThat(answer).doesNotContain("TOPSECRET");
        }
    }

    @Test
    void whatIsNotNamedStays() throws Exception {
        var json = server.post("/api/v1/tokens", ADD.replace("}", ",\"name\":\"mine\",\"weight\":7}"))
                .expect(201);
        assertThat(json.get("weight").intValue()).isEqualTo(7);
        var path = "/api/v1/tokens/" + json.get("id").stringValue();

        assertThat(server.post(path, "{\"weight\":100.0}").expect(200)).isEqualTo(json.put("weight", 100));
        assertThat(server.post(path, "{\"name\":null}").expect(200)).isEqualTo(json.putNull("name"));
        assertThat(server.post(path, "{\"token\":\"sk-TOPSECRET-new-wxyz\"}").expect(200))
                .isEqualTo(json.put("last_four", "wxyz"));
        assertThat(server.post(path, "{\"token\":\"sk-TOPSECRET-new-qrst\",\"name\":\"ours\",\"weight\":1}")
                        .expect(200))
                .isEqualTo(json.put("last_four", "qrst").put("name", "ours").put("weight", 1));
        assertThat(server.get("/api/v1/tokens").expect(200).get("data").get(0)).isEqualTo(json);

        var actions = new ArrayList<String>();
        server.get("/api/v1/audit-log").expect(200).get("data").forEach(row -> {
            if (row.get("action").stringValue().startsWith("token.")) {
                actions.add(row.get("action").stringValue() + " " + row.get("detail"));
            }
        });
        assertThat(actions)
                .containsExactly(
                        "token.replaced {\"provider\":\"openai\",\"name\":\"ours\",\"weight\":1}",
                        "token.replaced {\"provider\":\"openai\",\"name\":null,\"weight\":100}",
                        "token.updated {\"provider\":\"openai\",\"name\":null,\"weight\":100}",
                        "token.updated {\"provider\":\"openai\",\"name\":\"mine\",\"weight\":100}",
                        "token.created {\"provider\":\"openai\",\"name\":\"mine\",\"weight\":7}");
    }

    @Test
    void withoutAWeightItWeighsOne() throws Exception {
        var token = server.post("/api/v1/tokens", ADD.replace("}", ",\"weight\":null}"))
                .expect(201);
        assertThat(token.get("weight").intValue()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '|', textBlock = """
            {}, ||, |nothing to change: `token`, `name` or `weight` was expected|
            {"token":null}, /token, |the provider's token was expected, 1 to 16384 characters|
            {"weight":null}, /weight, |a whole number from 1 to 100 was expected|
            {"weight":0}, /weight, |a whole number from 1 to 100 was expected|
            {"weight":101}, /weight, |a whole number from 1 to 100 was expected|
            {"weight":1.5}, /weight, |a whole number from 1 to 100 was expected|
            {"weight":"1"}, /weight, |a whole number from 1 to 100 was expected|
            {"weight":99999999999}, /weight, |a whole number from 1 to 100 was expected|
            {"wieght":2}, /wieght, |unknown field `wieght`; did you mean `weight`?|
            {"provider":"groq"}, /provider, |unknown field `provider`|
            """)
    void mistakesOfAChangeAreNamedAndNothingIsChanged(String body, String pointer, String detail) throws Exception {
        var json = server.post("/api/v1/tokens", ADD).expect(201);

        var answer = server.post("/api/v1/tokens/" + json.get("id").stringValue(), body);

        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors"))
                .isEqualTo(
                        Json.parse("[" + Json.object().put("pointer", pointer).put("detail", detail) + "]"));
        assertThat(server.get("/api/v1/tokens").expect(200).get("data").get(0)).isEqualTo(json);
    }

    @Test
    void ofUnknownFieldsWithoutEndTheFirstAreNamed() throws Exception {
        var body = Json.object();
        for (int i = 0; i < 1_000; i++) {
            body.put("f" + i, 0);
        }

        for (var path : new String[] {"/api/v1/tokens", "/api/v1/tokens/tok_1"}) {
            var answer = server.post(path, Json.text(body));
            answer.problem(400, "invalid_request");
            assertThat(answer.json().get("errors")).hasSize(101);
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '|', textBlock = """
            {}, /provider, |the provider's name was expected, such as `openai`|
            {"provider":"opnai"}, /provider, |there is no provider `opnai`; did you mean `openai`?|
            {"provider":"demo"}, /provider, |the demo provider takes no token|
            {"provider":"openai"}, /token, |the provider's token was expected, 1 to 16384 characters|
            |{"provider":"openai","token":" "}|, /token, |the provider's token was expected, 1 to 16384 characters|
            |{"provider":"openai","token":7}|, /token, |the provider's token was expected, 1 to 16384 characters|
            |{"provider":"openai","token":"sk TOPSECRET"}|, /token, |a token has no blanks and no letters outside ASCII: check the copy|
            |{"provider":"openai","token":"sk-x","name":7}|, /name, |a text of up to 100 characters was expected|
            |{"provider":"openai","token":"sk-x","weight":0}|, /weight, |a whole number from 1 to 100 was expected|
            |{"provider":"openai","token":"sk-x","tokn":"y"}|, /tokn, |unknown field `tokn`; did you mean `token`?|
            |{"provider":"openai","token":"sk-x","a/b~c":1}|, /a~1b~0c, |unknown field `a/b~c`|
            """)
    void mistakesAreNamedAndNothingIsStored(String body, String pointer, String detail) throws Exception {
        var answer = server.post("/api/v1/tokens", body);

        answer.problem(400, "invalid_request");
        var errors = new HashMap<String, String>();
        for (JsonNode error : answer.json().get("errors")) {
            errors.put(error.get("pointer").stringValue(), error.get("detail").stringValue());
        }
        assertThat(errors).containsEntry(pointer, detail);
        assertThat(answer.body()).doesNotContain("TOPSECRET");
        assertThat(server.get("/api/v1/tokens").expect(200).get("data")).isEqualTo(Json.array());
    }

    @Test
    void withoutAKeyNothingIsSaid() throws Exception {
        server.send(java.net.http.HttpRequest.newBuilder(java.net.URI.create(server.url() + "/api/v1/tokens")))
                .problem(401, "authentication_failed");
    }
}
