package com.aistrale.server.wire.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ModelsRoutesTest {
    @TempDir
    Path folder;

    @Test
    void withoutACredentialThereIsTheDemoOnly() throws Exception {
        try (var server = TestServer.in(folder).start()) {
            assertThat(server.get("/v1/models").expect(200))
                    .isEqualTo(Json.parse("{\"object\":\"list\",\"data\":[{\"id\":\"demo/demo\",\"object\":\"model\","
                            + "\"created\":0,\"owned_by\":\"demo\"}]}"));
        }
    }

    @Test
    void everyListedModelCanBeAskedUnderItsId() throws Exception {
        try (var upstream = RawServer.answering(OpenAiUpstream.answer("Hi"));
                var server = TestServer.in(folder)
                        .openAi(upstream.url())
                        .environment("GROQ_API_KEY", "gsk")
                        .environment("AISTRALE_PROVIDERS_GROQ_BASE_URL", upstream.url())
                        .environment("OPENROUTER_API_KEY", "sk-or")
                        .environment("AISTRALE_PROVIDERS_OPENROUTER_BASE_URL", upstream.url())
                        .start()) {
            var ids = new ArrayList<String>();
            server.get("/v1/models")
                    .expect(200)
                    .get("data")
                    .forEach(model -> ids.add(model.get("id").stringValue()));
            assertThat(ids).contains("openai/gpt-4o", "groq/openai/gpt-oss-120b", "openrouter/openrouter/auto");
            for (var id : ids) {
                var one = server.get("/v1/models/" + id).expect(200);
                assertThat(one.get("id").stringValue()).isEqualTo(id);
                if (!id.equals("demo/demo")) {
                    var before = upstream.requests().size();
                    server.post(
                                    "/v1/chat/completions",
                                    "{\"model\":\"" + id + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")
                            .expect(200);
                    var sent = upstream.requests().get(before);
                    assertThat(Json.parse(sent.substring(sent.indexOf("\r\n\r\n") + 4))
                                    .get("model")
                                    .stringValue())
                            .isEqualTo(id.substring(id.indexOf('/') + 1));
                }
            }
        }
    }

    @Test
    void aModelIsFoundByItsBareIdToo() throws Exception {
        try (var server =
                TestServer.in(folder).environment("OPENAI_API_KEY", "sk-env").start()) {
            assertThat(server.get("/v1/models/gpt-4o")
                            .expect(200)
                            .get("owned_by")
                            .stringValue())
                    .isEqualTo("openai");
            var missing = server.get("/v1/models/claude-haiku-5-5").expect(404).get("error");
            assertThat(missing.get("message").stringValue())
                    .isEqualTo("No configured provider is known to serve the model `claude-haiku-5-5`.");
            for (var path : List.of("/v1/models/", "/v1/models/a/b/c")) {
                assertThat(server.get(path).status()).as(path).isEqualTo(404);
            }
        }
    }
}
