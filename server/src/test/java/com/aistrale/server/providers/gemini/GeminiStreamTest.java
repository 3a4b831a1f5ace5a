package com.aistrale.server.providers.gemini;

import static com.aistrale.server.providers.gemini.GeminiFixture.BASE;
import static com.aistrale.server.providers.gemini.GeminiFixture.provider;
import static com.aistrale.server.providers.gemini.GeminiFixture.streamed;
import static org.assertj.core.api.Assertions.assertThat;
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

class GeminiStreamTest {
    private static final String TEXT = parts("{\"text\": \"Hel\"}");
    private static final String END = event("{\"candidates\": [{\"finishReason\": \"STOP\"}]}");

    private static String event(String data) {
        return "data: " + data.replace("\n", "") + "\r\n\r\n";
    }

    private static String parts(String parts) {
        return event("{\"candidates\": [{\"content\": {\"role\": \"model\", \"parts\": [" + parts
                + "]}, \"index\": 0}], \"responseId\": \"r1\"}");
    }

    private static List<Delta> deltas(List<Chunk> chunks) {
        return chunks.stream().flatMap(chunk -> chunk.deltas().stream()).toList();
    }

    @Test
    void aWholeStream() {
        var chunks = streamed(parts("{\"text\": \"hm\", \"thought\": true}")
                + parts("{\"text\": \"Hel\"}")
                + parts("{\"text\": \"lo\"}, {\"functionCall\": {\"name\": \"f\", \"args\": {\"a\": [1]}},"
                        + " \"thoughtSignature\": \"c2ln\"}")
                + parts("{\"functionCall\": {\"name\": \"f\"}}")
                + event("""
                        {"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}],
                         "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2},
                         "modelVersion": "gemini-3.8-flash"}""")
                + event("{\"usageMetadata\": {\"promptTokenCount\": 3, \"candidatesTokenCount\": 4}}"));
        assertThat(chunks).hasSize(6);
        assertThat(deltas(chunks))
                .containsExactly(
                        new Delta.Thinking("hm"),
                        new Delta.Text("Hel"),
                        new Delta.Text("lo"),
                        new Delta.ToolCall(0, "call_r1_0", "f", "{\"a\":[1]}", "c2ln"),
                        new Delta.ToolCall(1, "call_r1_1", "f", "{}", null));
        assertThat(chunks.subList(0, 4)).allMatch(chunk -> chunk.finishReason() == null);
        assertThat(chunks.get(4))
                .isEqualTo(new Chunk(
                        List.of(), "tool_calls", new Usage(3L, 2L, null, null, null), "gemini-3.8-flash", null));
        assertThat(chunks.get(5))
                .isEqualTo(new Chunk(List.of(), null, new Usage(3L, 4L, null, null, null), null, null));
    }

    @Test
    void aBlockedPrompt() {
        var chunks = streamed(event("{\"promptFeedback\": {\"blockReason\": \"SAFETY\"}}"));
        assertThat(chunks).containsExactly(new Chunk(List.of(), "content_filter", null, null, null));
    }

    @Test
    void aStreamThatEndsBeforeAFinishReasonBrokeOff() {
        for (var events : List.of("", TEXT, TEXT + END.strip())) {
            var failure = catchThrowableOfType(ProviderFailure.class, () -> streamed(events));
            assertThat(failure.kind()).isEqualTo(Kind.FAILED);
            assertThat(failure)
                    .hasMessage("Google Gemini broke off its answer: the stream ended before any finishReason.");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"candidates\": [{\"content", "[DONE]"})
    void aMalformedEventIsAFailureAfterWhatCameBefore(String malformed) {
        var chunks = new ArrayList<Chunk>();
        var outbound = FakeOutbound.answering(TEXT + "data: " + malformed + "\n\n" + END);
        var failure = catchThrowableOfType(
                ProviderFailure.class,
                () -> provider(outbound).stream(
                        Ask.the("gemini-3.8-flash").user("Hi").atGemini(BASE), chunks::add));
        assertThat(failure.kind()).isEqualTo(Kind.FAILED);
        assertThat(failure).hasMessage("Google Gemini broke off its answer: an event of the stream is not valid JSON.");
        assertThat(deltas(chunks)).containsExactly(new Delta.Text("Hel"));
    }

    @ParameterizedTest
    @CsvSource({
        "\"code\": 503, FAILED, 503",
        "\"code\": 429, RATE_LIMITED, 429",
        "\"code\": 403, AUTHENTICATION, 403",
        "\"code\": 400, REJECTED, 400",
        "\"code\": 0, FAILED, 500",
        "\"status\": \"INTERNAL\", FAILED, 500"
    })
    void anErrorInMidStream(String code, Kind kind, int status) {
        var events = TEXT + event("{\"error\": {" + code + ", \"message\": \"Overloaded\"}}");
        var failure = catchThrowableOfType(ProviderFailure.class, () -> streamed(events));
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure).hasMessageContaining("(" + status + "): Overloaded.");
    }
}
