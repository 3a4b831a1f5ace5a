package com.aistrale.server.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AliasRoutesTest {
    private static final String FAST =
            "{\"model\":\"openai/gpt-4o-mini\",\"fallbacks\":[\"anthropic/claude-haiku-4-5\",\"gpt-4o\"]}";

    @TempDir
    Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private TestServer.Answer put(String name, String json) throws Exception {
        return server.send(server.request("PUT", "/api/v1/aliases/" + name, json, server.key()));
    }

    @Test
    void anAliasIsSetShownListedAndDeleted() throws Exception {
        var set = put("fast", FAST).expect(200);

        assertThat(set.propertyNames()).containsExactly("name", "model", "fallbacks", "created_at", "updated_at");
        assertThat(set.get("name").stringValue()).isEqualTo("fast");
        assertThat(set.get("model").stringValue()).isEqualTo("openai/gpt-4o-mini");
        assertThat(set.get("fallbacks")).isEqualTo(Json.parse("[\"anthropic/claude-haiku-4-5\",\"gpt-4o\"]"));
        assertThat(server.get("/api/v1/aliases/fast").expect(200)).isEqualTo(set);
        var list = server.get("/api/v1/aliases").expect(200);
        assertThat(list.get("data").valueStream()).containsExactly(set);
        assertThat(list.get("next_cursor").isNull()).isTrue();
        assertThat(server.delete("/api/v1/aliases/fast").status()).isEqualTo(204);
        assertThat(server.get("/api/v1/aliases/fast").problem(404, "not_found"))
                .isEqualTo("There is no alias `fast` in this workspace.");
        server.delete("/api/v1/aliases/fast").problem(404, "not_found");
    }

    @Test
    void whatIsSetAnewIsUsedByTheNextRun() throws Exception {
        put("fast", "{\"model\":\"demo/demo\"}").expect(200);
        assertThat(server.run("{\"prompt\":\"Hi\",\"model\":\"fast\"}")
                        .expect(200)
                        .get("provider")
                        .stringValue())
                .isEqualTo("demo");

        put("fast", "{\"model\":\"openai/gpt-4o\",\"fallbacks\":null}").expect(200);
        server.run("{\"prompt\":\"Hi\",\"model\":\"fast\"}").problem(422, "no_provider");

        server.delete("/api/v1/aliases/fast");
        assertThat(server.run("{\"prompt\":\"Hi\",\"model\":\"fast\"}").problem(422, "no_provider"))
                .startsWith("No provider is known for the model `fast`.");
    }

    @Test
    void aliasesAreListedAsModels() throws Exception {
        put("fast", FAST).expect(200);

        var one = server.get("/v1/models/fast").expect(200);
        assertThat(one.get("id").stringValue()).isEqualTo("fast");
        assertThat(one.get("object").stringValue()).isEqualTo("model");
        assertThat(one.get("owned_by").stringValue()).isEqualTo("aistrale");
        assertThat(one.get("created").longValue()).isPositive();
        assertThat(server.get("/v1/models").expect(200).get("data").get(0)).isEqualTo(one);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{}                               | /model       | is missing",
                "{\"model\":7}                    | /model       | must be a string, not the number 7",
                "{\"model\":\"\"}                 | /model       | must be a model's name in one word, such as `openai/gpt-4o`",
                "{\"model\":\"gpt 4o\"}           | /model       | must be a model's name in one word, such as `openai/gpt-4o`",
                "{\"model\":\"gpt-4o\",\"modle\":\"x\"} | /modle | unknown field `modle`; did you mean `model`?",
                "{\"model\":\"gpt-4o\",\"fallbacks\":\"x\"} | /fallbacks | must be an array, not a string",
                "{\"model\":\"gpt-4o\",\"fallbacks\":[\"gpt-4o\",\"opnai/x\"]} | /fallbacks/1 | No provider is known for the model `opnai/x`; did you mean `openai`? Or add the provider that has it: aistrale tokens add --provider NAME",
                "{\"model\":\"gpt-4o\",\"fallbacks\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]} | /fallbacks | has 6 models; at most 5 are asked in turn"
            })
    void whatIsAtFaultIsNamed(String body, String pointer, String detail) throws Exception {
        var answer = put("fast", body);

        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors")).hasSize(1);
        var error = answer.json().get("errors").get(0);
        assertThat(error.get("pointer").stringValue()).isEqualTo(pointer);
        assertThat(error.get("detail").stringValue()).isEqualTo(detail);
    }

    @Test
    void aModelMayHave256Characters() throws Exception {
        put("fast", "{\"model\":\"openai/" + "x".repeat(249) + "\"}").expect(200);
        assertThat(put("fast", "{\"model\":\"openai/" + "x".repeat(250) + "\"}").problem(400, "invalid_request"))
                .isEqualTo("/model: is longer than 256 characters");
        var fallbacks = "{\"model\":\"openai/gpt-4o\",\"fallbacks\":[\"openai/" + "x".repeat(250) + "\"]}";
        assertThat(put("fast", fallbacks).problem(400, "invalid_request"))
                .isEqualTo("/fallbacks/0: is longer than 256 characters");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-fast", ".fast", "f%20ast", "fäst"})
    void noAliasCanBeCalledAsAModelWithItsProvider(String name) throws Exception {
        var encoded = name.replace("ä", "%C3%A4");
        assertThat(put(encoded, "{\"model\":\"openai/gpt-4o\"}").problem(400, "invalid_request"))
                .startsWith("the alias must be called by 1 to 64 letters, digits and . _ -");
    }

    @Test
    void anAliasMayHave64Characters() throws Exception {
        put("x".repeat(64), "{\"model\":\"openai/gpt-4o\"}").expect(200);
        put("x".repeat(65), "{\"model\":\"openai/gpt-4o\"}").problem(400, "invalid_request");
    }

    @Test
    void anAliasOfAnAliasIsRefused() throws Exception {
        put("fast", FAST).expect(200);

        var answer = put("faster", "{\"model\":\"fast\"}");

        answer.problem(400, "invalid_request");
    }

    @Test
    void theListTakesNoParameters() throws Exception {
        assertThat(server.get("/api/v1/aliases?limt=1").problem(400, "invalid_request"))
                .contains("unknown parameter `limt`");
    }

    @Test
    void theAuditLogHasWhoDidWhat() throws Exception {
        put("fast", FAST).expect(200);
        put("fast", "{\"model\":\"openai/gpt-4o\"}").expect(200);
        server.delete("/api/v1/aliases/fast");

        var actions = server.get("/api/v1/audit-log?target_type=alias")
                .expect(200)
                .get("data")
                .valueStream()
                .map(row -> row.get("action").stringValue() + " "
                        + row.get("target").get("id").stringValue())
                .toList();
        assertThat(actions).containsExactly("alias.deleted fast", "alias.updated fast", "alias.created fast");
    }
}
