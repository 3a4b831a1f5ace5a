package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Aliases, models, providers and their tokens: who is asked. */
class RoutingTest {
    private static final String ALIAS = """
            {"name":"fast","model":"openai/m","fallbacks":["anthropic/n"],"created_at":"2026-11-20T09:00:00Z",\
            "updated_at":"2026-11-25T08:30:00Z"}""";
    private static final String TOKEN = """
            {"id":"tok_1","provider":"openai","name":null,"last_four":"wxyz","weight":3,"status":"set_aside",\
            "set_aside_at":"2026-11-25T08:30:00Z","set_aside_reason":"OpenAI answered 401","created_at":"2026-11-01T12:00:00Z"}""";
    private static final String PROVIDER = """
            {"name":"openai","title":"OpenAI","base_url":"https://api.openai.com/v1","credential":"token","credential_env":\
            "OPENAI_API_KEY","default_model":"gpt-4o","health":{"status":"degraded","failure_rate":0.5,"window_ms":60000,"calls":12,\
            "last_failure":{"at":"2026-11-25T08:30:00Z","code":"provider_failed","message":"it broke","upstream_status":500},\
            "circuits":[{"model":"gpt-4o","state":"open","opened_at":"2026-11-25T08:30:00Z","retry_at":"2026-11-25T08:30:30Z",\
            "reason":"6 of 12 calls failed"}]},"tokens":{"active":1,"set_aside":2}}""";
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
    void aliasesAreListedReadSetAndDeleted() {
        server.json(200, "{\"data\":[" + ALIAS + "],\"next_cursor\":null}")
                .json(200, ALIAS)
                .json(200, ALIAS)
                .json(200, ALIAS)
                .noContent();
        var aliases = client.aliases();
        assertThat(aliases.list()).extracting(Alias::name).containsExactly("fast");
        var alias = aliases.get("fast");
        assertThat(asked()).isEqualTo("GET /api/v1/aliases/fast ");
        assertThat(alias.fallbacks()).containsExactly("anthropic/n");
        assertThat(alias.updatedAt()).isEqualTo(Instant.parse("2026-11-25T08:30:00Z"));
        assertThat(alias.toJson()).isEqualTo(ALIAS);
        aliases.set("fast", "openai/m", List.of("anthropic/n"));
        assertThat(asked()).startsWith("PUT /api/v1/aliases/fast ");
        assertThat(asked()).contains("\"model\":\"openai/m\"", "\"fallbacks\":[\"anthropic/n\"]");
        aliases.set("fast", "openai/m");
        assertThat(asked()).contains("\"fallbacks\":[]");
        aliases.delete("fast");
        assertThat(asked()).isEqualTo("DELETE /api/v1/aliases/fast ");
    }

    @Test
    void theCatalogueSaysWhatModelsCost() {
        server.json(200, """
                {"data":[{"id":"openai/m","provider":"openai","model":"m","context_window":128000,"max_output_tokens":null,\
                "input_usd_per_million_tokens":2.5,"output_usd_per_million_tokens":10,"cached_input_usd_per_million_tokens":null,\
                "available":true}],"next_cursor":null}""").json(200, "{\"data\":[],\"next_cursor\":null}");
        var model = client.models("openai").toList().get(0);
        assertThat(asked()).isEqualTo("GET /api/v1/models?provider=openai ");
        assertThat(model.id()).isEqualTo("openai/m");
        assertThat(model.contextWindow()).isEqualTo(128000);
        assertThat(model.maxOutputTokens()).isNull();
        assertThat(model.inputUsdPerMillionTokens()).isEqualTo(new BigDecimal("2.5"));
        assertThat(model.outputUsdPerMillionTokens()).isEqualTo(new BigDecimal("10"));
        assertThat(model.cachedInputUsdPerMillionTokens()).isNull();
        assertThat(model.available()).isTrue();
        assertThat(client.models().toList()).isEmpty();
        assertThat(asked()).isEqualTo("GET /api/v1/models ");
    }

    @Test
    void aProviderSaysHowItHasBeenAnswering() {
        server.json(200, PROVIDER)
                .json(
                        200,
                        PROVIDER.replaceAll("\"last_failure\":\\{[^}]*}", "\"last_failure\":null")
                                .replace("0.5", "null"));
        var provider = client.provider("openai");
        assertThat(asked()).isEqualTo("GET /api/v1/providers/openai ");
        assertThat(provider.tokens()).isEqualTo(new ProviderInfo.TokenCount(1, 2));
        assertThat(provider.health())
                .isEqualTo(new ProviderHealth(
                        "degraded",
                        new BigDecimal("0.5"),
                        60000,
                        12,
                        new ProviderHealth.Failed(
                                Instant.parse("2026-11-25T08:30:00Z"), "provider_failed", "it broke", 500L),
                        List.of(new ProviderHealth.Circuit(
                                "gpt-4o",
                                "open",
                                Instant.parse("2026-11-25T08:30:00Z"),
                                Instant.parse("2026-11-25T08:30:30Z"),
                                "6 of 12 calls failed"))));
        var well = Objects.requireNonNull(client.provider("openai").health());
        assertThat(well.failureRate()).isNull();
        assertThat(well.lastFailure()).isNull();
    }

    @Test
    void aTokenHasAWeightAndMayBeSetAside() {
        server.json(201, TOKEN).json(200, TOKEN).json(200, TOKEN);
        var token = client.tokens()
                .add("openai", "sk-1", TokenSettings.none().name("a").weight(3));
        assertThat(asked())
                .isEqualTo(
                        "POST /api/v1/tokens {\"provider\":\"openai\",\"token\":\"sk-1\",\"name\":\"a\",\"weight\":3}");
        assertThat(token.weight()).isEqualTo(3);
        assertThat(token.status()).isEqualTo("set_aside");
        assertThat(token.setAsideAt()).isEqualTo(Instant.parse("2026-11-25T08:30:00Z"));
        assertThat(token.setAsideReason()).isEqualTo("OpenAI answered 401");
        client.tokens().update("tok_1", TokenSettings.none().noName().weight(1));
        assertThat(asked()).isEqualTo("POST /api/v1/tokens/tok_1 {\"name\":null,\"weight\":1}");
        client.tokens().update("tok_1", TokenSettings.none().token("sk-2"));
        assertThat(asked()).isEqualTo("POST /api/v1/tokens/tok_1 {\"token\":\"sk-2\"}");
    }

    @Test
    void anAttemptSaysWithWhichTokenAndWhatTheProviderAnswered() {
        var attempts =
                "\"attempts\":[{\"provider\":\"openai\",\"model\":\"m\",\"outcome\":\"provider_failed\",\"latency_ms\":4,"
                        + "\"token_id\":\"tok_1\",\"upstream_status\":500},{\"provider\":\"anthropic\",\"model\":\"n\","
                        + "\"outcome\":\"completed\",\"latency_ms\":9,\"token_id\":null,\"upstream_status\":null}]";
        server.json(200, FakeServer.inference("x").replaceAll("\"attempts\":\\[[^]]*]", attempts));
        var tried = client.run(
                        "x",
                        RunOptions.builder()
                                .model("openai/m")
                                .fallbacks("anthropic/n")
                                .build())
                .attempts();
        assertThat(server.received.get(0).body()).contains("\"fallbacks\":[\"anthropic/n\"]");
        assertThat(tried).extracting(Attempt::tokenId).containsExactly("tok_1", null);
        assertThat(tried).extracting(Attempt::upstreamStatus).containsExactly(500L, null);
    }
}
