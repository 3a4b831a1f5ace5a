package com.aistrale.server.providers.gemini;

import static com.aistrale.server.providers.gemini.GeminiFixture.BASE;
import static com.aistrale.server.providers.gemini.GeminiFixture.answered;
import static com.aistrale.server.providers.gemini.GeminiFixture.provider;
import static com.aistrale.server.providers.gemini.GeminiFixture.said;
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

class GeminiAnswerTest {
    @Test
    void aWholeAnswerInItsOrder() {
        assertThat(answered("""
                {"candidates": [{"content": {"role": "model", "parts": [
                   {"text": "hm", "thought": true},
                   {"text": "Let me see."},
                   {"executableCode": {"language": "PYTHON", "code": "1"}},
                   {"functionCall": {"id": "g1", "name": "weather", "args": {"city": "Paris", "n": 1.50}},
                    "thoughtSignature": "c2ln+/=="},
                   {"functionCall": {"name": "now"}},
                   {"text": "", "thoughtSignature": "bGFzdA=="}]},
                  "finishReason": "STOP", "index": 0}],
                 "usageMetadata": {"promptTokenCount": 100, "toolUsePromptTokenCount": 5, "cachedContentTokenCount": 60,
                  "candidatesTokenCount": 20, "thoughtsTokenCount": 30, "totalTokenCount": 155},
                 "modelVersion": "gemini-3.8-flash", "responseId": "mAit-_x"}"""))
                .isEqualTo(said(
                        List.of(
                                new Part.Thinking("hm", null),
                                new Part.Text("Let me see.", null),
                                new Part.ToolCall("g1", "weather", "{\"city\":\"Paris\",\"n\":1.50}", "c2ln+/=="),
                                new Part.ToolCall("call_mAit-_x_1", "now", "{}", null)),
                        "tool_calls",
                        new Usage(105L, 50L, 60L, null, 30L),
                        "gemini-3.8-flash"));
    }

    @Test
    void aCallWithoutAnyIdIsNamedByTheLengthOfTheConversation() {
        var completion = answered("""
                {"candidates": [{"content": {"parts": [{"functionCall": {"name": "f"}}]}, "finishReason": "STOP"}]}""");
        assertThat(completion.parts()).containsExactly(new Part.ToolCall("call_1_0", "f", "{}", null));
        assertThat(completion.usage()).isNull();
        assertThat(completion.model()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "STOP, stop",
        "MAX_TOKENS, length",
        "CONTINUATION, length",
        "SAFETY, content_filter",
        "RECITATION, content_filter",
        "BLOCKLIST, content_filter",
        "PROHIBITED_CONTENT, content_filter",
        "SPII, content_filter",
        "IMAGE_SAFETY, content_filter",
        "MALFORMED_FUNCTION_CALL, MALFORMED_FUNCTION_CALL",
        "SOMETHING_NEW, SOMETHING_NEW"
    })
    void finishReasons(String theirs, String ours) {
        assertThat(answered(GeminiFixture.HELLO.replace("STOP", theirs)).finishReason())
                .isEqualTo(ours);
    }

    @Test
    void thoughtsThatLeaveNoRoomForAnAnswer() {
        var completion = answered("""
                {"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}],
                 "usageMetadata": {"promptTokenCount": 4, "thoughtsTokenCount": 90, "totalTokenCount": 94}}""");
        assertThat(completion).isEqualTo(said(List.of(), "length", new Usage(4L, 90L, null, null, 90L), null));
    }

    @Test
    void aBlockedPrompt() {
        var completion = answered("""
                {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
                 "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4}, "modelVersion": "gemini-3.8-flash"}""");
        assertThat(completion)
                .isEqualTo(said(List.of(), "content_filter", new Usage(4L, 0L, null, null, null), "gemini-3.8-flash"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html>",
                "",
                "{}",
                "{\"candidates\": []}",
                "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"Hi\"}]}}]}",
                "{\"candidates\": [{\"content\": {\"parts\": [{\"functionCall\": {}}]}, \"finishReason\": \"STOP\"}]}"
            })
    void whatIsNoResponseIsAFailure(String body) {
        var failure = catchThrowableOfType(ProviderFailure.class, () -> answered(body));
        assertThat(failure.kind()).isEqualTo(Kind.FAILED);
        assertThat(failure).hasMessageStartingWith("Google Gemini broke off its answer: ");
    }

    private static ProviderFailure failing(int status, String body) {
        var outbound = new FakeOutbound(status, body, Map.of());
        return catchThrowableOfType(
                ProviderFailure.class,
                () -> provider(outbound)
                        .complete(Ask.the("gemini-3.8-flash").user("Hi").atGemini(BASE)));
    }

    @Test
    void aWrongKeyIsA400ThatBlamesTheCredential() {
        var failure = failing(400, """
                {"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.",
                 "status": "INVALID_ARGUMENT", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                  "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]}}""");
        assertThat(failure.kind()).isEqualTo(Kind.AUTHENTICATION);
        assertThat(failure)
                .hasMessage(
                        "Google Gemini refused the credential (400): API key not valid. Please pass a valid API key."
                                + " Put a valid one in its place: aistrale tokens add --provider gemini");
    }

    @Test
    void aLimitSaysInItsBodyHowLongToWait() {
        var failure = failing(429, """
                [{"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED", "details": [
                  {"@type": "type.googleapis.com/google.rpc.QuotaFailure"},
                  {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.074824224s"}]}}]""");
        assertThat(failure.kind()).isEqualTo(Kind.RATE_LIMITED);
        assertThat(failure).hasMessage("Google Gemini limits requests (429): Quota exceeded.");
        assertThat(failure.problem().retryAfter()).isEqualTo(Duration.ofSeconds(34, 74_824_224));
    }

    @Test
    void otherErrors() {
        var rejected = failing(400, """
                {"error": {"code": 400, "message": "Bad contents", "status": "INVALID_ARGUMENT"}}""");
        assertThat(rejected.kind()).isEqualTo(Kind.REJECTED);
        assertThat(rejected).hasMessage("Google Gemini refused the request (400): Bad contents.");
        assertThat(failing(503, "{\"error\": {\"message\": \"Overloaded\"}}"))
                .hasMessage("Google Gemini failed (503): Overloaded.");
        assertThat(failing(500, "oops")).hasMessage("Google Gemini failed (500): (no message)");
    }
}
