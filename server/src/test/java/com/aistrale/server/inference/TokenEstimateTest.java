package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.ListedModel;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.wire.openai.ChatCompletionsRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

    @Test
    void whatARequestMayTakeIsReckonedFromItsBytes() {
        assertThat(most(request()).inputTokens()).isEqualTo(16);
        assertThat(most(request(new Part.Text("12345", null))).inputTokens()).isEqualTo(16 + 3);
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
                .isEqualTo(16 + (8 + 6 + 4 + 4) / 2);
    }

    @Test
    void whatItMayWriteIsWhatItAsksForInEachOfItsAnswers() {
        assertThat(most(request()).outputTokens()).isEqualTo(4096);
        assertThat(TokenEstimate.most(request(), model(50L)).outputTokens()).isEqualTo(50);
        assertThat(TokenEstimate.most(request(), model(null)).outputTokens()).isEqualTo(4096);
        assertThat(most(asking(
                                "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"m\",\"max_tokens\":7}"))
                        .outputTokens())
                .isEqualTo(7);
        assertThat(TokenEstimate.most(
                                asking(
                                        "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"m\",\"max_tokens\":100,\"n\":3}"),
                                model(50L))
                        .outputTokens())
                .isEqualTo(150);
    }

    private static ChatRequest asking(String body) {
        return ChatCompletionsRequest.read(Json.body(body.getBytes(StandardCharsets.UTF_8)))
                .chat();
    }

    private static ListedModel model(@Nullable Long maxOutput) {
        return new ListedModel("p", "m", List.of(), null, maxOutput, false, List.of(), null, null, null);
    }

    private static Usage most(ChatRequest request) {
        return TokenEstimate.most(request);
    }

    /** An upper bound in practice: beside what the emulated services count for all kinds of text. */
    @Test
    void isNotBelowWhatServicesCount() throws Exception {
        var texts = List.of(
                "Hello",
                "The quick brown fox jumps over the lazy dog. ".repeat(50),
                "Ein schöner Tag, um Größe zu zeigen; 1.234,56 € und 0x7fff_ffff.",
                "今天天气很好，我们去公园吧。".repeat(20),
                "public static void main(String[] args) { System.out.println(args.length); }",
                "👩‍👩‍👧‍👦🎉 a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 7 8 9 0",
                "{\"a\":[1,2,3,{\"b\":null}],\"c\":\"\\u00e4\"}");
        try (var emulator = com.aistrale.emulator.Emulator.start(0);
                var http = HttpClient.newHttpClient()) {
            for (var text : texts) {
                var body = Json.object().put("model", "gpt-4o");
                body.putArray("messages").addObject().put("role", "user").put("content", text);
                var request = HttpRequest.newBuilder(URI.create(emulator.baseUrl("openai") + "/chat/completions"))
                        .header("authorization", "Bearer sk-test-1234567890")
                        .header("content-type", "application/json")
                        .POST(BodyPublishers.ofByteArray(Json.bytes(body)));
                var answer = http.send(request.build(), BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                long counted =
                        Json.parse(answer.body()).at("/usage/prompt_tokens").longValue();
                assertThat(counted).isPositive();
                assertThat(most(request(new Part.Text(text, null))).inputTokens())
                        .as(text)
                        .isGreaterThanOrEqualTo(counted);
            }
        }
    }
}
