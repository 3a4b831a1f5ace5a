package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.kit.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenEstimateTest {
    @Test
    void fourCharactersAreATokenRoundedUp() {
        assertThat(input(new Part.Text("", null))).isZero();
        assertThat(input(new Part.Text("a", null))).isEqualTo(1);
        assertThat(input(new Part.Text("abcd", null))).isEqualTo(1);
        assertThat(input(new Part.Text("abcde", null))).isEqualTo(2);
        assertThat(TokenEstimate.of(request(), 9).outputTokens()).isEqualTo(3);
    }

    @Test
    void everyPartCounts() {
        assertThat(input(
                        new Part.Text("12345678", null),
                        new Part.Image("https://a.example/a.png", null, null),
                        new Part.ToolCall("call_1", "abcd", "{}12", null),
                        new Part.ToolResult("call_1", "1234", null),
                        new Part.Thinking("1234", "signature"),
                        new Part.RedactedThinking("1234"),
                        new Part.Other("file", Json.object())))
                .isEqualTo(2 + 1000 + 2 + 1 + 1 + 1 + 1000);
    }

    @Test
    void whatIsNotKnownStaysUnknown() {
        var usage = TokenEstimate.of(request(new Part.Text("Hello", null)), 10);

        assertThat(usage.cachedInputTokens()).isNull();
        assertThat(usage.cacheWriteInputTokens()).isNull();
        assertThat(usage.reasoningTokens()).isNull();
    }

    private static long input(Part... parts) {
        return java.util.Objects.requireNonNull(
                TokenEstimate.of(request(parts), 0).inputTokens());
    }

    private static ChatRequest request(Part... parts) {
        return ChatRequest.of(List.of(new Message(Role.USER, List.of(parts), null)));
    }
}
