package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Budgets, limits, and what an answer says of them. */
class MoneyTest {
    private static final String BUDGET = """
            {"id":"bud_1","name":"search team","scope":{"type":"metadata","key":"team","value":"search"},"period":"of_the_future",\
            "limit_usd":200,"thresholds":[50,80,100],"action":"block","created_at":"2026-10-20T09:00:00Z",\
            "updated_at":"2026-10-21T09:00:00Z","current":{"period_start":"2026-11-01T00:00:00Z","period_end":null,\
            "spent_usd":112.403250001,"reserved_usd":0.0124,"remaining_usd":87.584349999,"unpriced_inferences":2,"crossings":\
            [{"threshold_percent":50,"crossed_at":"2026-11-19T14:02:11Z","spent_usd":100.0021}]},"extra":1}""";
    private final FakeServer server = new FakeServer();
    private final FakeClocks clocks = new FakeClocks();
    private final Aistrale client = Clients.of(server, clocks);

    @AfterEach
    void stop() {
        server.close();
    }

    private String asked() {
        var last = server.received.get(server.received.size() - 1);
        return last.method() + " " + last.target() + " " + last.body();
    }

    @Test
    void aBudgetIsMadeToTheLastDecimal() {
        server.json(201, BUDGET);
        var made = client.budgets()
                .create(BudgetSettings.none()
                        .name("search team")
                        .scope(BudgetScope.metadata("team", "search"))
                        .period("month")
                        .limitUsd(new BigDecimal("999999999.123456789"))
                        .thresholds(50, 80)
                        .action("block"));
        assertThat(asked())
                .isEqualTo(
                        "POST /api/v1/budgets {\"name\":\"search team\",\"scope\":{\"type\":\"metadata\",\"key\":\"team\","
                                + "\"value\":\"search\"},\"period\":\"month\",\"limit_usd\":999999999.123456789,\"thresholds\":[50,80],"
                                + "\"action\":\"block\"}");
        assertThat(made.limitUsd()).isEqualTo(new BigDecimal("200"));
        assertThat(made.scope()).isEqualTo(BudgetScope.metadata("team", "search"));
        assertThat(made.period()).isEqualTo("of_the_future");
        assertThat(made.thresholds()).containsExactly(50L, 80L, 100L);
        assertThat(made.current())
                .isEqualTo(new BudgetState(
                        Instant.parse("2026-11-01T00:00:00Z"),
                        null,
                        new BigDecimal("112.403250001"),
                        new BigDecimal("0.0124"),
                        new BigDecimal("87.584349999"),
                        2,
                        List.of(new BudgetCrossing(
                                50, Instant.parse("2026-11-19T14:02:11Z"), new BigDecimal("100.0021")))));
        assertThat(made.toJson()).isEqualTo(BUDGET);
    }

    @Test
    void everyScopeSaysWhatItsTypeNeeds() {
        assertThat(BudgetScope.workspace().toMap()).hasToString("{type=workspace}");
        assertThat(BudgetScope.apiKey("key_1").toMap()).hasToString("{type=api_key, api_key_id=key_1}");
        assertThat(BudgetScope.provider("openai").toMap()).hasToString("{type=provider, provider=openai}");
        assertThat(BudgetScope.model("openai/m").toMap()).hasToString("{type=model, model=openai/m}");
        assertThat(BudgetScope.metadata("a", "b").toMap()).hasToString("{type=metadata, key=a, value=b}");
    }

    @Test
    void budgetsAreListedReadChangedAndDeleted() {
        server.json(200, "{\"data\":[" + BUDGET + "],\"next_cursor\":\"c\"}")
                .json(200, "{\"data\":[],\"next_cursor\":null}")
                .json(200, BUDGET)
                .json(200, BUDGET)
                .noContent();
        assertThat(client.budgets().list()).extracting(Budget::id).containsExactly("bud_1");
        assertThat(asked()).isEqualTo("GET /api/v1/budgets?cursor=c ");
        assertThat(client.budgets().get("bud_1").action()).isEqualTo("block");
        assertThat(asked()).isEqualTo("GET /api/v1/budgets/bud_1 ");
        client.budgets().update("bud_1", BudgetSettings.none().limitUsd(new BigDecimal("250.50")));
        assertThat(asked()).isEqualTo("POST /api/v1/budgets/bud_1 {\"limit_usd\":250.50}");
        client.budgets().delete("bud_1");
        assertThat(asked()).isEqualTo("DELETE /api/v1/budgets/bud_1 ");
    }

    @Test
    void aKeysLimitsAreSetAndTakenAway() {
        var key = """
                {"id":"key_1","name":"ci","role":"member","allowed_models":null,"expires_at":null,"requests_per_minute":600,\
                "tokens_per_minute":null,"last_used_at":null,"last_four":"wxyz","created_at":"2026-11-01T12:00:00Z",\
                "revoked_at":null}""";
        server.json(200, key).json(200, key).json(200, """
                {"workspace_id":"ws_1","workspace_name":"w","api_key_id":"key_1","default_model":null,"requests_per_minute":null,\
                "tokens_per_minute":90000}""");
        var limits = ApiKeySettings.none().requestsPerMinute(600).tokensPerMinute(1_000_000_000);
        var limited = client.apiKeys().update("key_1", limits);
        assertThat(asked())
                .isEqualTo(
                        "POST /api/v1/api-keys/key_1 {\"requests_per_minute\":600,\"tokens_per_minute\":1000000000}");
        assertThat(limited.requestsPerMinute()).isEqualTo(600);
        assertThat(limited.tokensPerMinute()).isNull();
        client.apiKeys()
                .update("key_1", ApiKeySettings.none().unlimitedRequests().unlimitedTokens());
        assertThat(asked())
                .isEqualTo("POST /api/v1/api-keys/key_1 {\"requests_per_minute\":null,\"tokens_per_minute\":null}");
        var me = client.whoami();
        assertThat(me.requestsPerMinute()).isNull();
        assertThat(me.tokensPerMinute()).isEqualTo(90000);
    }

    @Test
    void aLimitedKeyIsToldItsLimits() {
        for (var i = 0; i < 3; i++) {
            server.problem(
                    429,
                    "rate_limited",
                    "Retry-After: 2",
                    "x-ratelimit-limit-requests: 60",
                    "x-ratelimit-remaining-requests: 0",
                    "x-ratelimit-reset-requests: 1m0.5s",
                    "x-ratelimit-limit-tokens: 90000");
        }
        var limited = catchThrowableOfType(RateLimitException.class, () -> client.run("x"));
        assertThat(limited.retryAfter()).isEqualTo(Duration.ofSeconds(2));
        assertThat(limited.limits())
                .isEqualTo(new RateLimits(
                        new RateLimits.Limit(60, 0L, Duration.ofMillis(60_500)),
                        new RateLimits.Limit(90000, null, null)));
        assertThat(clocks.sleptMillis).containsExactly(2000L, 2000L);
    }

    @ParameterizedTest
    @CsvSource({"850ms, 850", "1.2s, 1200", "0s, 0", "1m0s, 60000", "2m, 120000", "10m1.005s, 601005"})
    void aResetIsReadAsOpenAiWritesIt(String text, long millis) {
        server.problem(400, "invalid_request", "x-ratelimit-limit-tokens: 5", "x-ratelimit-reset-tokens: " + text);
        var refused = catchThrowableOfType(BadRequestException.class, () -> client.run("x"));
        assertThat(refused.limits())
                .isEqualTo(new RateLimits(null, new RateLimits.Limit(5, null, Duration.ofMillis(millis))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "-1s", "s", "1h", "99999999999999999999s", "1.s"})
    void aResetThatMakesNoSenseIsNone(String text) {
        server.problem(400, "invalid_request", "x-ratelimit-limit-tokens: 5", "x-ratelimit-reset-tokens: " + text);
        var refused = catchThrowableOfType(BadRequestException.class, () -> client.run("x"));
        assertThat(Objects.requireNonNull(refused.limits()).tokens()).isEqualTo(new RateLimits.Limit(5, null, null));
    }

    @Test
    void anAnswerWithoutLimitsHasNone() {
        server.problem(400, "invalid_request", "x-ratelimit-remaining-tokens: 5");
        assertThat(catchThrowableOfType(BadRequestException.class, () -> client.run("x"))
                        .limits())
                .isNull();
    }

    /** What running inferences have put aside is given back when they end. */
    @Test
    void aBudgetThatMayHaveRoomSoonIsAskedAgainWhenItSays() {
        server.problem(402, "budget_exceeded", "x-should-retry: true", "Retry-After: 1")
                .sse(FakeServer.completed("x"));
        assertThat(client.run("x").text()).isEqualTo("x");
        assertThat(clocks.sleptMillis).containsExactly(1000L);
        assertThat(server.received)
                .extracting(request -> request.headers().get("idempotency-key"))
                .hasSize(2)
                .containsOnly(server.received.get(0).headers().get("idempotency-key"));
    }

    @Test
    void aBudgetThatIsSpentIsNotAskedAgain() {
        server.problem(402, "budget_exceeded", "x-should-retry: false");
        var spent = catchThrowableOfType(BudgetExceededException.class, () -> client.run("x"));
        assertThat(spent.retryAfter()).isNull();
        assertThat(server.received).hasSize(1);
    }
}
