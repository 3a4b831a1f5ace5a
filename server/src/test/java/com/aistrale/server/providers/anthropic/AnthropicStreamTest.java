package com.aistrale.server.providers.anthropic;

import static com.aistrale.server.providers.anthropic.AnthropicFixture.BASE;
import static com.aistrale.server.providers.anthropic.AnthropicFixture.provider;
import static com.aistrale.server.providers.anthropic.AnthropicFixture.streamed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.providers.Ask;
import com.aistrale.server.providers.FakeOutbound;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnthropicStreamTest {
    private static final String START = event("""
            {"type": "message_start", "message": {"id": "msg_1", "model": "claude-opus-5", "content": [],
             "usage": {"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 3,
              "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 3},
              "output_tokens": 1}}}""");
    private static final String TEXT = delta(0, "{\"type\": \"text_delta\", \"text\": \"Hel\"}");
    private static final String END = event("""
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}""");
    private static final String STOP = event("{\"type\": \"message_stop\"}");

    private static String event(String data) {
        var type = data.replaceAll("(?s)^\\{\"type\": \"(\\w+)\".*$", "$1");
        return "event: " + type + "\ndata: " + data.replace("\n", "") + "\n\n";
    }

    private static String delta(int index, String delta) {
        return event("{\"type\": \"content_block_delta\", \"index\": " + index + ", \"delta\": " + delta + "}");
    }

    private static String block(int index, String block) {
        return event("{\"type\": \"content_block_start\", \"index\": " + index + ", \"content_block\": " + block + "}");
    }

    private static List<Delta> deltas(List<Chunk> chunks) {
        return chunks.stream().flatMap(chunk -> chunk.deltas().stream()).toList();
    }

    @Test
    void aWholeStream() {
        var chunks = streamed(START
                + event("{\"type\": \"ping\"}")
                + block(0, "{\"type\": \"thinking\", \"thinking\": \"\", \"signature\": \"\"}")
                + delta(0, "{\"type\": \"thinking_delta\", \"thinking\": \"hm\"}")
                + delta(0, "{\"type\": \"signature_delta\", \"signature\": \"c2ln+/==\"}")
                + event("{\"type\": \"content_block_stop\", \"index\": 0}")
                + block(1, "{\"type\": \"redacted_thinking\", \"data\": \"ZW5j\"}")
                + block(2, "{\"type\": \"text\", \"text\": \"\"}")
                + delta(2, "{\"type\": \"text_delta\", \"text\": \"Hel\"}")
                + delta(2, "{\"type\": \"citations_delta\", \"citation\": {}}")
                + delta(2, "{\"type\": \"text_delta\", \"text\": \"lo\"}")
                + block(3, "{\"type\": \"tool_use\", \"id\": \"toolu_1\", \"name\": \"weather\", \"input\": {}}")
                + delta(3, "{\"type\": \"input_json_delta\", \"partial_json\": \"\"}")
                + delta(3, "{\"type\": \"input_json_delta\", \"partial_json\": \"{\\\"city\\\": \"}")
                + block(4, "{\"type\": \"server_tool_use\", \"id\": \"s\", \"name\": \"web_search\", \"input\": {}}")
                + delta(4, "{\"type\": \"input_json_delta\", \"partial_json\": \"{}\"}")
                + delta(3, "{\"type\": \"input_json_delta\", \"partial_json\": \"\\\"Paris\\\"}\"}")
                + block(5, "{\"type\": \"tool_use\", \"id\": \"toolu_2\", \"name\": \"now\", \"input\": {}}")
                + event("{\"type\": \"something_new\"}")
                + event("""
                        {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null},
                         "usage": {"output_tokens": 50, "output_tokens_details": {"thinking_tokens": 40}}}""")
                + STOP);
        assertThat(deltas(chunks))
                .containsExactly(
                        new Delta.Thinking("hm"),
                        new Delta.ThinkingSignature("c2ln+/=="),
                        new Delta.RedactedThinking("ZW5j"),
                        new Delta.Text("Hel"),
                        new Delta.Text("lo"),
                        new Delta.ToolCall(0, "toolu_1", "weather", "", null),
                        new Delta.ToolCall(0, null, null, "{\"city\": ", null),
                        new Delta.ToolCall(0, null, null, "\"Paris\"}", null),
                        new Delta.ToolCall(1, "toolu_2", "now", "", null));
        assertThat(chunks.getFirst())
                .isEqualTo(new Chunk(List.of(), null, new Usage(18L, 1L, 5L, 3L, 3L, null), "claude-opus-5", null));
        assertThat(chunks.getLast())
                .isEqualTo(new Chunk(List.of(), "tool_calls", new Usage(18L, 50L, 5L, 3L, 3L, 40L), null, null));
    }

    @Test
    void aBlockOfThinkingMayHaveASignatureOnly() {
        var chunks = streamed(START
                + block(0, "{\"type\": \"thinking\", \"thinking\": \"\", \"signature\": \"\"}")
                + delta(0, "{\"type\": \"signature_delta\", \"signature\": \"c2ln\"}")
                + END
                + STOP);
        assertThat(deltas(chunks)).containsExactly(new Delta.ThinkingSignature("c2ln"));
    }

    @Test
    void theLastUsageHolds() {
        var chunks = streamed(START + TEXT + event("""
                {"type": "message_delta", "delta": {"stop_reason": "end_turn"},
                 "usage": {"input_tokens": 11, "cache_read_input_tokens": 6, "output_tokens": 7}}""") + STOP);
        assertThat(chunks.getLast().usage()).isEqualTo(new Usage(20L, 7L, 6L, 3L, 3L, null));
    }

    @Test
    void nothingIsReadBeyondTheEnd() {
        assertThat(deltas(streamed(START + TEXT + END + STOP + "data: not JSON\n\n")))
                .containsExactly(new Delta.Text("Hel"));
    }

    @Test
    void aStreamThatEndsBeforeMessageStopBrokeOff() {
        for (var events : List.of("", START, START + TEXT, START + TEXT + END, START + TEXT + END + STOP.strip())) {
            var failure = catchThrowableOfType(ProviderFailure.class, () -> streamed(events));
            assertThat(failure.kind()).isEqualTo(Kind.FAILED);
            assertThat(failure).hasMessage("Anthropic broke off its answer: the stream ended before message_stop.");
        }
    }

    @Test
    void anEndWithoutAReasonIsNone() {
        assertThatThrownBy(() -> streamed(START + TEXT + STOP))
                .hasMessage("Anthropic broke off its answer: message_stop came before any stop_reason.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"type\": \"content_block_delta\", \"ind\n\n",
                "data: [DONE]\n\n",
                "data: {\"type\": \"content_block_delta\", \"delta\": {\"type\": \"text_delta\"}}\n\n"
            })
    void aMalformedEventIsAFailureAfterWhatCameBefore(String malformed) {
        var chunks = new ArrayList<Chunk>();
        var outbound = FakeOutbound.answering(START + TEXT + malformed + END + STOP);
        var failure = catchThrowableOfType(
                ProviderFailure.class,
                () -> provider(outbound).stream(
                        Ask.the("claude-opus-5").user("Hi").atAnthropic(BASE), chunks::add));
        assertThat(failure.kind()).isEqualTo(Kind.FAILED);
        assertThat(deltas(chunks)).containsExactly(new Delta.Text("Hel"));
    }

    @ParameterizedTest
    @CsvSource({
        "overloaded_error, FAILED, 529",
        "api_error, FAILED, 500",
        "timeout_error, FAILED, 504",
        "rate_limit_error, RATE_LIMITED, 429",
        "invalid_request_error, REJECTED, 400",
        "request_too_large, REJECTED, 413",
        "billing_error, REJECTED, 402",
        "not_found_error, REJECTED, 404",
        "authentication_error, AUTHENTICATION, 401",
        "permission_error, AUTHENTICATION, 403",
        "something_new, FAILED, 500"
    })
    void anErrorInMidStream(String type, Kind kind, int status) {
        var events = START
                + TEXT
                + event("{\"type\": \"error\", \"error\": {\"type\": \"" + type + "\", \"message\": \"Overloaded\"}}");
        var failure = catchThrowableOfType(ProviderFailure.class, () -> streamed(events));
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure).hasMessageContaining("(" + status + "): Overloaded.");
        assertThat(failure.problem().upstreamStatus()).isEqualTo(status);
    }

    @Test
    void whatTheSinkThrowsPassesThrough() {
        var thrown = new IllegalStateException("enough");
        var outbound = FakeOutbound.answering(START + TEXT + END + STOP);
        assertThatThrownBy(() -> provider(outbound).stream(
                        Ask.the("claude-opus-5").user("Hi").atAnthropic(BASE), chunk -> {
                            throw thrown;
                        }))
                .isSameAs(thrown);
    }
}
