package com.aistrale.server.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.LogCapture;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.util.HashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class ProviderRoutesTest {
    private static final String ADD = "{\"provider\":\"openai\",\"token\":\"sk-TOPSECRET-0123456789-abcd\"}";

    @TempDir
    Path folder;

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
    }

    @Test
    void theProvidersSayWhereTheirCredentialComesFrom() throws Exception {
        server.post("/api/v1/tokens", ADD).expect(201);

        var answer = server.get("/api/v1/providers");
        var data = answer.expect(200).get("data");

        var byName = new HashMap<String, JsonNode>();
        data.forEach(provider -> byName.put(provider.get("name").stringValue(), provider));
        assertThat(byName.get("openai").get("credential").stringValue()).isEqualTo("token");
        assertThat(byName.get("groq").get("credential").stringValue()).isEqualTo("environment");
        assertThat(byName.get("groq").get("credential_env").stringValue()).isEqualTo("GROQ_API_KEY");
        assertThat(byName.get("anthropic").get("credential").isNull()).isTrue();
        assertThat(byName.get("demo").get("credential").stringValue()).isEqualTo("not_needed");
        assertThat(byName.get("my-server").get("credential").stringValue()).isEqualTo("not_needed");
        assertThat(byName.get("my-server").get("base_url").stringValue()).isEqualTo("http://127.0.0.1:9/v1");
        assertThat(byName.get("openai").get("base_url").stringValue()).isEqualTo("https://api.openai.com/v1");
        assertThat(answer.body()).doesNotContain("TOPSECRET");
    }

    @Test
    void oneProviderIsAsInTheList() throws Exception {
        server.post("/api/v1/tokens", ADD).expect(201);
        server.post("/api/v1/tokens", ADD).expect(201);

        var openai = server.get("/api/v1/providers/openai").expect(200);

        assertThat(openai)
                .isEqualTo(Json.parse("""
                {"name": "openai", "title": "OpenAI", "base_url": "https://api.openai.com/v1", "credential": "token",
                 "credential_env": "OPENAI_API_KEY", "default_model": "%s",
                 "health": {"status": "unknown", "failure_rate": null, "window_ms": 60000, "calls": 0,
                  "last_failure": null, "circuits": []},
                 "tokens": {"active": 2, "set_aside": 0}}""".formatted(openai.get("default_model").stringValue())));
        var list = server.get("/api/v1/providers").expect(200).get("data");
        assertThat(list.get(0)).isEqualTo(openai);
        for (var each : list) {
            assertThat(server.get("/api/v1/providers/" + each.get("name").stringValue())
                            .expect(200))
                    .isEqualTo(each);
        }
        assertThat(list.get(1).get("tokens")).isEqualTo(Json.parse("{\"active\": 0, \"set_aside\": 0}"));
    }

    /** As after a start with another master key: that is when operators look here. */
    @Test
    void whatCannotBeDecryptedIsShownWithoutACredential() throws Exception {
        server.post("/api/v1/tokens", ADD).expect(201);
        server.post("/api/v1/tokens", ADD.replace("openai", "anthropic")).expect(201);
        try (var database = server.database()) {
            database.execute("UPDATE provider_token SET sealed = zeroblob(length(sealed)) WHERE provider = 'openai'");
        }
        server.close();
        try (var log = new LogCapture()) {
            server = TestServer.in(folder).start();

            var list = server.get("/api/v1/providers").expect(200).get("data");

            var openai = list.get(0);
            assertThat(openai.get("name").stringValue()).isEqualTo("openai");
            assertThat(openai.get("credential").isNull()).isTrue();
            assertThat(openai.get("tokens")).isEqualTo(Json.parse("{\"active\": 1, \"set_aside\": 0}"));
            assertThat(openai.get("health").get("status").stringValue()).isEqualTo("unknown");
            assertThat(server.get("/api/v1/providers/openai").expect(200)).isEqualTo(openai);
            assertThat(server.get("/api/v1/providers/anthropic")
                            .expect(200)
                            .get("credential")
                            .stringValue())
                    .isEqualTo("token");
            var available = new HashMap<String, Boolean>();
            server.get("/api/v1/models?limit=200").expect(200).get("data").forEach(model -> {
                var provider = model.get("provider").stringValue();
                available.merge(provider, model.get("available").booleanValue(), Boolean::logicalOr);
            });
            assertThat(available).containsEntry("openai", false).containsEntry("anthropic", true);
            assertThat(log.loud().stream().filter(line -> line.contains("cannot be decrypted")))
                    .hasSize(1);
        }
        server.run("{\"prompt\":\"Hi\",\"model\":\"openai/gpt-4o\"}").problem(422, "no_provider");
    }

    @Test
    void anUnknownNameSaysWhichWasMeant() throws Exception {
        assertThat(server.get("/api/v1/providers/opnai").problem(404, "not_found"))
                .isEqualTo(
                        "There is no provider `opnai`; did you mean `openai`? They are listed at /api/v1/providers.");
        assertThat(server.get("/api/v1/providers/something-else").problem(404, "not_found"))
                .isEqualTo("There is no provider `something-else`. They are listed at /api/v1/providers.");
    }
}
