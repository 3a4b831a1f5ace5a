package com.aistrale.server.providers.anthropic;

import static com.aistrale.server.providers.anthropic.AnthropicFixture.BASE;
import static com.aistrale.server.providers.anthropic.AnthropicFixture.answered;
import static com.aistrale.server.providers.anthropic.AnthropicFixture.provider;
import static com.aistrale.server.providers.anthropic.AnthropicFixture.said;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.providers.Ask;
import com.aistrale.server.providers.FakeOutbound;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnthropicAnswerTest {
    @Test
    void aWholeAnswerInItsOrder() {
        assertThat(answered("""
                {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5", "content": [
                  {"type": "thinking", "thinking": "", "signature": "c2ln+/=="},
                  {"type": "redacted_thinking", "data": "ZW5j"},
                  {"type": "text", "text": "Let me see.", "citations": null},
                  {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
                  {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris", "n": 1.50}}],
                 "stop_reason": "tool_use", "stop_sequence": null,
                 "usage": {"input_tokens": 10, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 30,
                  "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
                  "output_tokens": 50, "output_tokens_details": {"thinking_tokens": 40}}}"""))
                .isEqualTo(said(
                        List.of(
                                new Part.Thinking("", "c2ln+/=="),
                                new Part.RedactedThinking("ZW5j"),
                                new Part.Text("Let me see.", null),
                                new Part.ToolCall("toolu_1", "weather", "{\"city\":\"Paris\",\"n\":1.50}", null)),
                        "tool_calls",
                        new Usage(140L, 50L, 100L, 30L, 20L, 40L),
                        "claude-opus-5"));
    }

    @ParameterizedTest
    @CsvSource({
        "end_turn, stop",
        "stop_sequence, stop",
        "max_tokens, length",
        "model_context_window_exceeded, length",
        "tool_use, tool_calls",
        "refusal, content_filter",
        "pause_turn, pause_turn",
        "something_new, something_new"
    })
    void stopReasons(String theirs, String ours) {
        var completion = answered(AnthropicFixture.HELLO.replace("end_turn", theirs));
        assertThat(completion.finishReason()).isEqualTo(ours);
        assertThat(completion.usage()).isEqualTo(new Usage(10L, 2L, null, null, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html>",
                "",
                "{}",
                "{\"content\": [], \"stop_reason\": null}",
                "{\"content\": \"Hi\", \"stop_reason\": \"end_turn\"}",
                "{\"content\": [{\"type\": \"text\"}], \"stop_reason\": \"end_turn\"}",
                "{\"content\": [{\"type\": \"tool_use\", \"id\": \"t\"}], \"stop_reason\": \"tool_use\"}"
            })
    void whatIsNoMessageIsAFailure(String body) {
        var failure = catchThrowableOfType(ProviderFailure.class, () -> answered(body));
        assertThat(failure.kind()).isEqualTo(Kind.FAILED);
        assertThat(failure).hasMessageStartingWith("Anthropic broke off its answer: ");
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request_error, REJECTED",
        "401, authentication_error, AUTHENTICATION",
        "403, permission_error, AUTHENTICATION",
        "404, not_found_error, REJECTED",
        "413, request_too_large, REJECTED",
        "429, rate_limit_error, RATE_LIMITED",
        "500, api_error, FAILED",
        "529, overloaded_error, FAILED"
    })
    void errorsKeepTheProvidersWordsAndNoKey(int status, String type, Kind kind) {
        var outbound = new FakeOutbound(status, """
                {"type": "error", "error": {"type": "%s", "message": "No, %s."}, "request_id": "req_1"}""".formatted(type, Ask.KEY), Map.of("retry-after", "7"));
        var failure = catchThrowableOfType(
                ProviderFailure.class,
                () -> provider(outbound)
                        .complete(Ask.the("claude-opus-5").user("Hi").atAnthropic(BASE)));
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure).hasMessageContaining("No, •••.").hasMessageNotContaining(Ask.KEY);
        assertThat(failure.problem().upstreamStatus()).isEqualTo(status);
        assertThat(failure.problem().retryAfter())
                .isEqualTo(status == 429 || status >= 500 ? Duration.ofSeconds(7) : null);
    }

    @Test
    void anErrorThatIsNotOfTheFormat() {
        var outbound = new FakeOutbound(502, "<html>Bad gateway</html>", Map.of());
        var failure = catchThrowableOfType(
                ProviderFailure.class,
                () -> provider(outbound)
                        .complete(Ask.the("claude-opus-5").user("Hi").atAnthropic(BASE)));
        assertThat(failure).hasMessage("Anthropic failed (502): (no message)");
    }
}
