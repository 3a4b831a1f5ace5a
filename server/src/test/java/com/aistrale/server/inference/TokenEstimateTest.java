package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.ListedModel;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.wire.openai.ChatCompletionsRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

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

    @Test
    void whatARequestMayTakeIsReckonedFromItsBytes() {
        assertThat(most(request()).inputTokens()).isEqualTo(16);
        assertThat(most(request(new Part.Text("abcde", null))).inputTokens()).isEqualTo(16 + 3);
        assertThat(most(request(new Part.Text("12345", null))).inputTokens())
                .as("each digit")
                .isEqualTo(16 + 5);
        assertThat(most(request(new Part.Text("äöü€😀", null))).inputTokens())
                .as("2 + 2 + 2 + 3 + 4 bytes")
                .isEqualTo(16 + 7);
        assertThat(most(request(
                                new Part.Image("https://a.example/a.png", null, null),
                                new Part.Other("file", Json.object())))
                        .inputTokens())
                .isEqualTo(16 + 2000 + 2000 + 1);
        assertThat(most(request(
                                new Part.ToolCall("id", "ab", "{}12", null),
                                new Part.ToolResult("id", "1234", null),
                                new Part.Thinking("1234", "signature"),
                                new Part.RedactedThinking("1234")))
                        .inputTokens())
                .isEqualTo(16 + (10 + 10 + 8 + 8) / 2);
    }

    @Test
    void whatItMayWriteIsWhatItAsksForInEachOfItsAnswers() {
        assertThat(most(request()).outputTokens()).isEqualTo(4096);
        assertThat(TokenEstimate.most(request(), model(50L), null).outputTokens())
                .isEqualTo(50);
        assertThat(TokenEstimate.most(request(), model(null), null).outputTokens())
                .isEqualTo(4096);
        assertThat(most(asking(
                                "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"m\",\"max_tokens\":7}"))
                        .outputTokens())
                .isEqualTo(7);
        assertThat(TokenEstimate.most(
                                asking(
                                        "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"m\",\"max_tokens\":100,\"n\":3}"),
                                model(50L),
                                null)
                        .outputTokens())
                .isEqualTo(150);
    }

    private static ChatRequest asking(String body) {
        var whole = body.replace("%s", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"m\"");
        return ChatCompletionsRequest.read(Json.body(whole.getBytes(StandardCharsets.UTF_8)))
                .chat();
    }

    private static ListedModel model(@Nullable Long maxOutput) {
        return new ListedModel("p", "m", List.of(), null, maxOutput, false, List.of(), null, null, null);
    }

    /** A service may go by any of them, and ignore those that it does not know. */
    @Test
    void ofSeveralMaximaTheLargestCounts() {
        assertThat(most(asking("{%s,\"max_completion_tokens\":1,\"max_tokens\":8192}"))
                        .outputTokens())
                .isEqualTo(8192);
        assertThat(most(optioned(1, "{\"max_tokens\":100000,\"max_output_tokens\":1}"))
                        .outputTokens())
                .isEqualTo(100_000);
        assertThat(most(optioned(1, "{\"generationConfig\":{\"maxOutputTokens\":65536,\"candidateCount\":8}}"))
                        .outputTokens())
                .isEqualTo(8 * 65_536);
        assertThat(most(optioned(1, "{\"generation_config\":{\"maxOutputTokens\":\"300\",\"candidate_count\":2.0}}"))
                        .outputTokens())
                .isEqualTo(600);
        assertThat(most(optioned(5, "{\"max_tokens\":1,\"n\":3}")).outputTokens())
                .isEqualTo(15);
        assertThat(most(optioned(null, "{\"max_output_tokens\":1}")).outputTokens())
                .as("nobody knows that the provider knows it")
                .isEqualTo(4096);
        assertThat(most(optioned(5, "{\"max_tokens\":7.5,\"n\":\"many\",\"max_completion_tokens\":-1}"))
                        .outputTokens())
                .isEqualTo(8);
        assertThat(most(optioned(5, "{\"max_tokens\":1e300,\"n\":1e300}")).outputTokens())
                .isEqualTo(Usage.MAX_TOKENS);
    }

    /** It is merged into what is sent, and may take the place of the messages. */
    @Test
    void whatIsSentBesideTheMessagesCounts() {
        var text = "a".repeat(100_000);
        assertThat(most(optioned(1, "{\"contents\":[{\"parts\":[{\"text\":\"" + text + "\"}]}]}"))
                        .inputTokens())
                .isGreaterThanOrEqualTo(50_000);
    }

    @Test
    void whereTheProviderIsAskedForMoreThatIsWhatIsPutAside() {
        assertThat(TokenEstimate.most(request(), null, 32_000).outputTokens()).isEqualTo(32_000);
        assertThat(TokenEstimate.most(request(), model(8000L), 32_000).outputTokens())
                .isEqualTo(8000);
        assertThat(TokenEstimate.most(optioned(10, "{}"), null, 32_000).outputTokens())
                .isEqualTo(10);
    }

    private static ChatRequest optioned(@Nullable Integer most, String options) {
        return new ChatRequest(
                request().messages(),
                ChatRequest.Sampling.DEFAULT,
                most,
                List.of(),
                List.of(),
                null,
                null,
                null,
                null,
                Map.of(),
                (ObjectNode) Json.parse(options),
                null);
    }

    private static Usage most(ChatRequest request) {
        return TokenEstimate.most(request, null, null);
    }

    /**
     * An upper bound in practice: beside what tokenizers make of it. Counted in November 2026, without special tokens, with
     * gpt-tokenizer 4.0.0 (o200k_base and cl100k_base), llama-tokenizer-js 1.2.2 (Llama 2), mistral-tokenizer-js 1.0.0
     * and @anthropic-ai/tokenizer 0.0.4.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            3.14159265358979323846264338327950288419716939937510                       | 19 | 19 | 52 | 52 | 23
            今天天气很好，我们去公园吧。吾輩は猫である。名前はまだ無い。                  | 24 | 38 | 44 | 34 | 35
            for (int i = 0; i < bytes.length; i++) { sum = 31 * sum + (bytes[i] & 0xff); } | 33 | 33 | 37 | 36 | 32
            Ein schöner Tag, um Größe zu zeigen; 1.234,56 €.                            | 16 | 19 | 26 | 26 | 21
            """)
    void isNotBelowWhatTokenizersCount(String text, int o200k, int cl100k, int llama, int mistral, int claude) {
        int most = IntStream.of(o200k, cl100k, llama, mistral, claude).max().orElseThrow();
        assertThat(most(request(new Part.Text(text, null))).inputTokens() - 16).isGreaterThanOrEqualTo(most);
    }
}
