package com.aistrale.server.wire.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.json.Json;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code GET /v1/models} for a client that says {@code anthropic-version}; e2e has the official one. */
@Timeout(60)
class AnthropicModelsTest {
    private static final String CATALOGUE = """
            {"models": [
              {"provider": "openai", "id": "gpt-4o", "context_window": 128000, "max_output_tokens": 16384, "reasoning": false},
              {"provider": "openai", "id": "old", "shutdown": "2999-01-14"}]}""";

    @TempDir
    Path folder;

    private TestServer server(TestServer.Builder builder) throws Exception {
        var catalogue = folder.resolve("models.json");
        Files.writeString(catalogue, CATALOGUE);
        return builder.environment("OPENAI_API_KEY", "sk-env")
                .environment("AISTRALE_PRICING_FILE", catalogue.toString())
                .start();
    }

    private static TestServer.Answer get(TestServer server, String path, String key) throws Exception {
        return server.send(HttpRequest.newBuilder(URI.create(server.url() + path))
                .header("x-api-key", key)
                .header("anthropic-version", "2023-06-01"));
    }

    private static TestServer.Answer get(TestServer server, String path) throws Exception {
        return get(server, path, server.key());
    }

    private static List<String> ids(TestServer.Answer answer) {
        return answer.expect(200)
                .get("data")
                .valueStream()
                .map(model -> model.get("id").stringValue())
                .toList();
    }

    @Test
    void aModelHasWhatIsKnownOfIt() throws Exception {
        try (var server = server(TestServer.in(folder))) {
            var expected = Json.parse("""
                    {"type":"model","id":"openai/gpt-4o","display_name":"gpt-4o","created_at":"1970-01-01T00:00:00.000Z",
                     "lifecycle":"active","max_input_tokens":128000,"max_tokens":16384,"retires_at":null}""");
            var one = get(server, "/v1/models/openai/gpt-4o");
            assertThat(one.expect(200)).isEqualTo(expected);
            assertThat(one.header("request-id")).isEqualTo(one.header("x-request-id"));
            assertThat(get(server, "/v1/models/gpt-4o").expect(200)).isEqualTo(expected);
            assertThat(get(server, "/v1/models/openai%2Fgpt-4o").expect(200))
                    .as("as the official clients write a slash")
                    .isEqualTo(expected);
            assertThat(get(server, "/v1/models/openai/old").expect(200)).isEqualTo(Json.parse("""
                    {"type":"model","id":"openai/old","display_name":"old","created_at":"1970-01-01T00:00:00.000Z",
                     "lifecycle":"deprecated","max_input_tokens":null,"max_tokens":null,
                     "retires_at":"2999-01-14T00:00:00.000Z"}"""));
        }
    }

    @Test
    void anAliasIsAModelTooAndBeganWhenItWasMade() throws Exception {
        try (var server = server(TestServer.in(folder))) {
            server.send(server.request("/api/v1/aliases/fast")
                            .header("content-type", "application/json")
                            .PUT(HttpRequest.BodyPublishers.ofString("{\"model\":\"openai/gpt-4o\"}")))
                    .expect(200);
            var alias = get(server, "/v1/models/fast").expect(200);
            assertThat(alias.get("display_name").stringValue()).isEqualTo("fast");
            assertThat(alias.get("created_at").stringValue()).isGreaterThan("2020");
            assertThat(alias.has("max_tokens")).isTrue();
            assertThat(ids(get(server, "/v1/models"))).startsWith("fast");
        }
    }

    @Test
    void theListComesInPagesInBothDirections() throws Exception {
        try (var server = server(TestServer.in(folder))) {
            var all = ids(get(server, "/v1/models?limit=1000"));
            assertThat(all).hasSizeGreaterThan(7).contains("openai/gpt-4o");
            var usual = get(server, "/v1/models");
            assertThat(ids(usual)).isEqualTo(all.subList(0, Math.min(20, all.size())));

            var first = get(server, "/v1/models?limit=3");
            assertThat(ids(first)).isEqualTo(all.subList(0, 3));
            assertThat(first.json().get("has_more").booleanValue()).isTrue();
            assertThat(first.json().get("first_id").stringValue()).isEqualTo(all.getFirst());
            assertThat(first.json().get("last_id").stringValue()).isEqualTo(all.get(2));

            var second = get(server, "/v1/models?limit=3&after_id=" + all.get(2));
            assertThat(ids(second)).isEqualTo(all.subList(3, 6));
            var back = get(server, "/v1/models?limit=2&before_id=" + all.get(3));
            assertThat(ids(back)).isEqualTo(all.subList(1, 3));
            assertThat(back.json().get("has_more").booleanValue()).isTrue();

            var last = get(server, "/v1/models?limit=1000&after_id=" + all.get(3));
            assertThat(ids(last)).isEqualTo(all.subList(4, all.size()));
            assertThat(last.json().get("has_more").booleanValue()).isFalse();
            var begin = get(server, "/v1/models?limit=3&before_id=" + all.get(3));
            assertThat(begin.json().get("has_more").booleanValue()).isFalse();

            var none = get(server, "/v1/models?after_id=" + all.getLast());
            assertThat(none.expect(200))
                    .isEqualTo(Json.parse("{\"data\":[],\"has_more\":false,\"first_id\":null,\"last_id\":null}"));
        }
    }

    @Test
    void lifecyclesAreFiltered() throws Exception {
        try (var server = server(TestServer.in(folder))) {
            var all = ids(get(server, "/v1/models?limit=1000"));
            assertThat(ids(get(server, "/v1/models?limit=1000&lifecycle=active,deprecated")))
                    .isEqualTo(all);
            assertThat(ids(get(server, "/v1/models?limit=1000&lifecycle=deprecated")))
                    .contains("openai/old")
                    .doesNotContain("openai/gpt-4o");
            assertThat(ids(get(server, "/v1/models?limit=1000&lifecycle=active")))
                    .contains("openai/gpt-4o")
                    .doesNotContain("openai/old");
            assertThat(ids(get(server, "/v1/models?lifecycle=retired"))).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "?limit=0, ?limit: a number from 1 to 1000 was expected",
        "?after_id=no/such, ?after_id: `no/such` is not in the list; begin anew without it",
        "?after_id=a&before_id=b, '?before_id: goes in the other direction than `after_id`: give one'"
    })
    void aPageThatThereIsNotIsRefusedInItsFormat(String query, String message) throws Exception {
        try (var server = server(TestServer.in(folder))) {
            var refused = get(server, "/v1/models" + query);
            assertThat(refused.expect(400).get("type").stringValue()).isEqualTo("error");
            assertThat(refused.json().get("error").get("message").stringValue()).startsWith(message);
            assertThat(refused.json().get("request_id").stringValue()).isEqualTo(refused.header("request-id"));
        }
    }

    @Test
    void failuresComeInTheFormatOfWhoAsks() throws Exception {
        try (var server = server(TestServer.in(folder))) {
            var error = get(server, "/v1/models/no-such").expect(404).get("error");
            assertThat(error.get("type").stringValue()).isEqualTo("not_found_error");
            var refused = get(server, "/v1/models", "ais_wrong").expect(401);
            assertThat(refused.get("error").get("type").stringValue()).isEqualTo("authentication_error");
            assertThat(server.get("/v1/models/no-such").expect(404).has("request_id"))
                    .as("OpenAI's")
                    .isFalse();
        }
    }
}
