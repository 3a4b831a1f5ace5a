package com.aistrale.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.ListedModel;
import com.aistrale.server.pricing.PriceCatalogue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The models of which prices or limits are known, by the front door. */
@Timeout(60)
class CatalogueRoutesTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";
    private static final String PRICES = """
            {"models": [
              {"provider": "openai", "id": "of-tomorrow", "usd_per_million_tokens": {"input": 20, "output": 0.1},
               "price_changes": [{"from": "2026-12-01",
                 "usd_per_million_tokens": {"input": 10, "output": 100, "cached_input": 0}}]},
              {"provider": "openai", "id": "of-yesterday", "context_window": 1000, "max_output_tokens": 10,
               "shutdown": "2026-12-01"},
              {"provider": "nobody", "id": "a/b"}]}""";

    @TempDir
    Path folder;

    private final AtomicReference<Instant> clock = new AtomicReference<>(Instant.parse("2026-11-30T23:59:59Z"));
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        var prices = Files.writeString(folder.resolve("prices.json"), PRICES);
        server = TestServer.in(folder)
                .environment("AISTRALE_ADMIN_KEY", OPERATOR)
                .environment("OPENAI_API_KEY", "sk-test-of-the-environment")
                .environment("AISTRALE_PRICING_FILE", prices.toString())
                .clock(clock::get)
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private JsonNode model(String provider, String id) throws Exception {
        return server.get("/api/v1/models?limit=200&provider=" + provider)
                .expect(200)
                .get("data")
                .valueStream()
                .filter(model -> model.get("id").stringValue().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aModelIsShownAsItIsListed() throws Exception {
        assertThat(model("openai", "openai/gpt-4o")).isEqualTo(Json.parse("""
                {"id": "openai/gpt-4o", "provider": "openai", "model": "gpt-4o", "context_window": 128000,
                 "max_output_tokens": 16384, "input_usd_per_million_tokens": 2.5, "output_usd_per_million_tokens": 10,
                 "cached_input_usd_per_million_tokens": 1.25, "available": true}"""));
        assertThat(model("nobody", "nobody/a/b")).isEqualTo(Json.parse("""
                {"id": "nobody/a/b", "provider": "nobody", "model": "a/b", "context_window": null,
                 "max_output_tokens": null, "input_usd_per_million_tokens": null, "output_usd_per_million_tokens": null,
                 "cached_input_usd_per_million_tokens": null, "available": false}"""));
    }

    @Test
    void thePriceIsTheOneOfNowAndWhatIsServedNoMoreIsNotAvailable() throws Exception {
        var before = model("openai", "openai/of-tomorrow");
        assertThat(before.get("input_usd_per_million_tokens").toString()).isEqualTo("20");
        assertThat(before.get("output_usd_per_million_tokens").toString()).isEqualTo("0.1");
        assertThat(before.get("cached_input_usd_per_million_tokens").isNull()).isTrue();
        assertThat(model("openai", "openai/of-yesterday").get("available").booleanValue())
                .isTrue();

        clock.set(Instant.parse("2026-12-01T00:00:00Z"));
        var after = model("openai", "openai/of-tomorrow");
        assertThat(after.get("input_usd_per_million_tokens").toString()).isEqualTo("10");
        assertThat(after.get("cached_input_usd_per_million_tokens").toString()).isEqualTo("0");
        assertThat(model("openai", "openai/of-yesterday").get("available").booleanValue())
                .isFalse();
    }

    @Test
    void thePagesHaveAllModelsOnceAndInOrder() throws Exception {
        var prices = PriceCatalogue.load(Optional.of(folder.resolve("prices.json")));
        var all = prices.models().stream()
                .map(model -> model.provider() + "/" + model.id())
                .toList();
        assertThat(all)
                .doesNotHaveDuplicates()
                .contains("openai/gpt-4o", "nobody/a/b")
                .hasSizeGreaterThan(60);
        for (var limit : List.of(1, 7, all.size() - 1, all.size(), 200)) {
            var seen = new ArrayList<String>();
            int pages = 0;
            for (var next = ""; pages == 0 || !next.isEmpty(); pages++) {
                var page = server.get("/api/v1/models?limit=" + limit + next).expect(200);
                assertThat(page.get("data").size()).isBetween(1, limit);
                page.get("data").forEach(model -> seen.add(model.get("id").stringValue()));
                var cursor = page.get("next_cursor");
                next = cursor.isNull() ? "" : "&cursor=" + cursor.stringValue();
            }
            assertThat(seen).isEqualTo(all);
            assertThat(pages).isEqualTo(Math.ceilDiv(all.size(), limit));
        }
    }

    @Test
    void aProvidersModelsAreItsOwn() throws Exception {
        var prices = PriceCatalogue.load(Optional.of(folder.resolve("prices.json")));
        var first = server.get("/api/v1/models?provider=openai&limit=5").expect(200);
        var rest = server.get("/api/v1/models?provider=openai&limit=200&cursor="
                        + first.get("next_cursor").stringValue())
                .expect(200);

        var ids = new ArrayList<String>();
        for (var page : List.of(first, rest)) {
            page.get("data").forEach(model -> ids.add(model.get("model").stringValue()));
        }
        assertThat(ids)
                .isEqualTo(prices.models("openai").stream().map(ListedModel::id).toList());
        assertThat(server.get("/api/v1/models?provider=ollama").expect(200).get("data"))
                .as("known, and none is listed")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '|', textBlock = """
            provider=opnai, ?provider, |there is no provider `opnai`; did you mean `openai`?|
            limit=0, ?limit, a number from 1 to 200 was expected
            cursor=x, ?cursor, not a cursor of this list: pass on the `next_cursor` of the page before
            cursor=openai/none, ?cursor, not a cursor of this list: pass on the `next_cursor` of the page before
            provider=groq&cursor=openai/gpt-4o, ?cursor, not a cursor of this list: pass on the `next_cursor` of the page before
            model=gpt-4o, ?model, unknown parameter `model`
            """)
    void mistakesAreNamed(String query, String pointer, String detail) throws Exception {
        var answer = server.get("/api/v1/models?" + query);

        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors"))
                .isEqualTo(
                        Json.array().add(Json.object().put("pointer", pointer).put("detail", detail)));
    }

    @Test
    void whatTheWorkspaceHasNoTokenForAndTheKeyMayNotRunIsNotAvailable() throws Exception {
        assertThat(available(server.key())).containsOnly("openai");
        server.post("/api/v1/tokens", "{\"provider\":\"groq\",\"token\":\"gsk-of-the-first\"}")
                .expect(201);
        assertThat(available(server.key())).containsOnly("openai", "groq");

        var other = server.send(server.request("POST", "/api/v1/workspaces", "{\"name\":\"other\"}", OPERATOR))
                .expect(201)
                .get("id")
                .stringValue();
        var stranger = server.send(
                        server.request("POST", "/api/v1/api-keys", "{\"name\":\"s\",\"role\":\"viewer\"}", OPERATOR)
                                .header("x-aistrale-workspace", other))
                .expect(201)
                .get("key")
                .stringValue();
        assertThat(available(stranger)).isEmpty();

        var narrow = server.post("/api/v1/api-keys", "{\"name\":\"n\",\"allowed_models\":[\"groq/*\",\"xai/*\"]}")
                .expect(201)
                .get("key")
                .stringValue();
        assertThat(available(narrow)).containsOnly("groq");
    }

    private List<String> available(String key) throws Exception {
        return server.send(server.request("/api/v1/models?limit=200", key))
                .expect(200)
                .get("data")
                .valueStream()
                .filter(model -> model.get("available").booleanValue())
                .map(model -> model.get("provider").stringValue())
                .toList();
    }
}
