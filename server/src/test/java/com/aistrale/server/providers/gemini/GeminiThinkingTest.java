package com.aistrale.server.providers.gemini;

import static com.aistrale.server.providers.gemini.GeminiFixture.refused;
import static com.aistrale.server.providers.gemini.GeminiFixture.sent;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.providers.Ask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GeminiThinkingTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gemini-2.5-pro | minimal | {\"thinkingBudget\":128,\"includeThoughts\":true}",
                "gemini-2.5-pro | xhigh | {\"thinkingBudget\":32768,\"includeThoughts\":true}",
                "gemini-2.5-flash | none | {\"thinkingBudget\":0}",
                "gemini-2.5-flash-lite | minimal | {\"thinkingBudget\":512,\"includeThoughts\":true}",
                "gemini-2.5-flash | low | {\"thinkingBudget\":1024,\"includeThoughts\":true}",
                "gemini-2.5-flash | medium | {\"thinkingBudget\":8192,\"includeThoughts\":true}",
                "gemini-2.5-flash | high | {\"thinkingBudget\":24576,\"includeThoughts\":true}",
                "gemini-2.5-flash | xhigh | {\"thinkingBudget\":24576,\"includeThoughts\":true}",
                "gemini-3.6-flash | none | {\"thinkingLevel\":\"minimal\"}",
                "gemini-3.5-flash-lite | minimal | {\"thinkingLevel\":\"minimal\",\"includeThoughts\":true}",
                "gemini-3.8-flash | minimal | {\"thinkingLevel\":\"low\",\"includeThoughts\":true}",
                "gemini-3.1-pro-preview | medium | {\"thinkingLevel\":\"medium\",\"includeThoughts\":true}",
                "gemini-4-argon | xhigh | {\"thinkingLevel\":\"high\",\"includeThoughts\":true}",
                "gemini-2.0-flash | none |"
            })
    void effortsByGeneration(String model, String effort, @Nullable String config) {
        var said = sent(Ask.the(model).user("Hi").effort(effort)).at("/generationConfig/thinkingConfig");
        assertThat(said.isMissingNode() ? null : Json.text(said)).isEqualTo(config);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gemini-2.5-pro | none | this model always thinks; the least is `minimal`",
                "gemini-3.8-flash | none | this model always thinks; the least is `low`",
                "gemini-4-argon | none | this model always thinks; the least is `low`",
                "gemini-2.5-flash | huge | `huge` is not one of none, minimal, low, medium, high, xhigh",
                "gemini-2.0-flash | low | this model cannot think before it answers; leave it out"
            })
    void effortsThatAModelCannotMake(String model, String effort, String why) {
        assertThat(refused(Ask.the(model).user("Hi").effort(effort)))
                .containsExactly(new FieldError("/reasoning_effort", why));
    }
}
