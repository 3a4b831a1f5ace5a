package com.aistrale.server.providers.anthropic;

import static com.aistrale.server.providers.anthropic.AnthropicFixture.refused;
import static com.aistrale.server.providers.anthropic.AnthropicFixture.sent;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.providers.Ask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnthropicThinkingTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "claude-3-5-haiku-20241022 | high | this model cannot think before it answers; leave it out",
                "claude-opus-5-5 | none | this model always thinks; the least is `low`",
                "claude-fable-5-1 | none | this model always thinks; the least is `low`",
                "claude-next-9 | none | this model always thinks; the least is `low`",
                "claude-haiku-4-5 | huge | `huge` is not one of none, minimal, low, medium, high, xhigh"
            })
    void effortsThatAModelCannotMake(String model, String effort, String why) {
        assertThat(refused(Ask.the(model).user("Hi").effort(effort)))
                .containsExactly(new FieldError("/reasoning_effort", why));
    }

    @Test
    void thinkingThatHasNoRoom() {
        assertThat(refused(Ask.the("claude-haiku-4-5").user("Hi").effort("low").atMost(1024)))
                .containsExactly(new FieldError(
                        "/reasoning_effort",
                        "thinking takes at least 1024 of the 1024 tokens allowed for the answer; allow more of them,"
                                + " or leave it out"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "claude-haiku-4-5-20251001 | low | 10240 | {\"type\":\"enabled\",\"budget_tokens\":2048} |",
                "claude-opus-4-5 | xhigh | 40960 | {\"type\":\"enabled\",\"budget_tokens\":32768} |",
                "claude-opus-4-20250514 | minimal | 9216 | {\"type\":\"enabled\",\"budget_tokens\":1024} |",
                "claude-opus-4-5 | none | 8192 | |",
                "claude-opus-4-6 | xhigh | 32000 | {\"type\":\"adaptive\",\"display\":\"summarized\"} | max",
                "claude-opus-4-8 | xhigh | 32000 | {\"type\":\"adaptive\",\"display\":\"summarized\"} | xhigh",
                "claude-opus-4-8 | none | 32000 | |",
                "claude-opus-5 | minimal | 32000 | {\"type\":\"adaptive\",\"display\":\"summarized\"} | low",
                "claude-opus-5-5 | medium | 32000 | {\"type\":\"adaptive\",\"display\":\"summarized\"} | medium",
                "claude-opus-5 | none | 32000 | {\"type\":\"disabled\"} |",
                "claude-haiku-5-5 | none | 32000 | {\"type\":\"disabled\"} |",
                "claude-sonnet-5-5 | none | 32000 | {\"type\":\"between_tools\"} |",
                "claude-next-9 | max | 32000 | {\"type\":\"adaptive\",\"display\":\"summarized\"} | max"
            })
    void effortsByGeneration(
            String model, String effort, int maxTokens, @Nullable String thinking, @Nullable String word) {
        var body = sent(Ask.the(model).user("Hi").effort(effort));
        assertThat(body.get("max_tokens").intValue()).isEqualTo(maxTokens);
        assertThat(body.has("thinking") ? Json.text(body.get("thinking")) : null)
                .isEqualTo(thinking);
        assertThat(body.path("output_config").path("effort").stringValue(null)).isEqualTo(word);
    }

    @Test
    void theBudgetFitsIntoTheRoomThatTheCallerAllows() {
        var body = sent(Ask.the("claude-haiku-4-5").user("Hi").effort("high").atMost(5000));
        assertThat(body.get("max_tokens").intValue()).isEqualTo(5000);
        assertThat(body.at("/thinking/budget_tokens").intValue()).isEqualTo(4999);
    }
}
