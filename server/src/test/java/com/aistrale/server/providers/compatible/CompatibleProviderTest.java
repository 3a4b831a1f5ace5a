package com.aistrale.server.providers.compatible;

import static com.aistrale.server.providers.compatible.CompatibleFixture.HI;
import static com.aistrale.server.providers.compatible.CompatibleFixture.KEY;
import static com.aistrale.server.providers.compatible.CompatibleFixture.call;
import static com.aistrale.server.providers.compatible.CompatibleFixture.provider;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.providers.FakeOutbound;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompatibleProviderTest {
    @Test
    void asksAndReads() {
        var body = "{\"id\":\"x\",\"model\":\"m-1-2026\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                + "\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,"
                + "\"completion_tokens\":1,\"total_tokens\":4}}";
        var outbound = FakeOutbound.answering(body);
        var completion = provider(outbound).complete(call(HI));
        assertThat(completion.parts()).containsExactly(new Part.Text("Hello", null));
        assertThat(completion.finishReason()).isEqualTo("stop");
        assertThat(completion.usage()).isEqualTo(new Usage(3L, 1L, null, null, null));
        assertThat(completion.model()).isEqualTo("m-1-2026");
        assertThat(completion.openAi()).asString(UTF_8).isEqualTo(body);

        var request = outbound.requests.getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.url()).isEqualTo("http://acme/v1/chat/completions");
        assertThat(request.headers())
                .isEqualTo(Map.of(
                        "authorization", "Bearer " + KEY,
                        "content-type", "application/json",
                        "accept", "application/json"));
        assertThat(outbound.sent())
                .isEqualTo("{\"model\":\"m-1\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
    }

    @Test
    void toolCallsWithThoughts() {
        var completion = complete("{\"choices\":[{\"message\":{\"content\":null,\"reasoning_content\":\"hm\","
                + "\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"add\","
                + "\"arguments\":\"{\\\"a\\\":1}\"},\"extra_content\":{\"google\":{\"thought_signature\":\"s\"}}},"
                + "{\"function\":{\"name\":\"sub\",\"arguments\":{\"b\":2}}}]},\"finish_reason\":\"stop\"}]}");
        assertThat(completion.parts())
                .containsExactly(
                        new Part.Thinking("hm", null),
                        new Part.ToolCall("c1", "add", "{\"a\":1}", "s"),
                        new Part.ToolCall("call_1", "sub", "{\"b\":2}", null));
        assertThat(completion.finishReason()).isEqualTo("tool_calls");
        assertThat(completion.usage()).isNull();
        assertThat(completion.model()).isNull();
    }

    @Test
    void otherSpellings() {
        assertThat(complete(choice("{\"content\":\"4\",\"reasoning\":\"2+2\"}", "\"eos\""))
                        .parts())
                .containsExactly(new Part.Thinking("2+2", null), new Part.Text("4", null));
        assertThat(complete(choice(
                                "{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"2+2\"}]},"
                                        + "{\"type\":\"text\",\"text\":\"4\"}]}",
                                "\"stop\""))
                        .parts())
                .containsExactly(new Part.Thinking("2+2", null), new Part.Text("4", null));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"stop\"', stop",
        "'\"length\"', length",
        "'\"content_filter\"', content_filter",
        "'\"eos_token\"', stop",
        "'\"model_length\"', length",
        "'\"something_new\"', something_new",
        "null, stop"
    })
    void finishReasons(String said, String expected) {
        assertThat(complete(choice("{\"content\":\"a\"}", said)).finishReason()).isEqualTo(expected);
    }

    @Test
    void aRefusalIsTextThatWasFiltered() {
        var completion = complete(choice("{\"content\":null,\"refusal\":\"I cannot.\"}", "\"stop\""));
        assertThat(completion.parts()).containsExactly(new Part.Text("I cannot.", null));
        assertThat(completion.finishReason()).isEqualTo("content_filter");
    }

    @Test
    void theFirstChoiceCounts() {
        var completion =
                complete("{\"choices\":[{\"index\":1,\"message\":{\"content\":\"b\"},\"finish_reason\":\"stop\"},"
                        + "{\"index\":0,\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}");
        assertThat(completion.parts()).containsExactly(new Part.Text("a", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"choices\":[]}",
                "{}",
                "{\"choices\":[{}]}",
                "{\"choices\":[7]}",
                "[]",
                "<html>Bad gateway</html>",
                "{\"choices\":["
            })
    void whatIsNoAnswerIsAFailure(String body) {
        var failure = failure(FakeOutbound.answering(body));
        assertThat(failure.kind()).isEqualTo(Kind.FAILED);
        assertThat(failure).hasMessageStartingWith("Acme gave an answer ");
    }

    @Test
    void aPageInsteadOfAnAnswerIsQuotedWithoutTheKey() {
        assertThat(failure(FakeOutbound.answering("<html>who is " + KEY + "?</html>")))
                .hasMessage("Acme gave an answer that is not JSON: <html>who is •••?</html>.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        {"error":{"message":"no such model","type":"x"}} | no such model.
        {"error":"no such model"}                        | no such model.
        {"message":"no such model"}                      | no such model.
        {"detail":"no such model"}                       | no such model.
        {"detail":[{"loc":["body"],"msg":"no such model"}]} | no such model.
        [{"error":{"code":400,"message":"no such model"}}]  | no such model.
        {"error":{"message":"bad key sk-test-0123456789!"}} | bad key •••!
        <h1>Not found</h1>                               | <h1>Not found</h1>.
        {"odd":true}                                     | {"odd":true}.
        """)
    void theProvidersOwnWords(String body, String said) {
        var failure = failure(new FakeOutbound(404, body, Map.of()));
        assertThat(failure.kind()).isEqualTo(Kind.REJECTED);
        assertThat(failure).hasMessage("Acme refused the request (404): " + said);
        assertThat(failure.problem().upstreamStatus()).isEqualTo(404);
    }

    @Test
    void anEmptyBodyAndALongOne() {
        assertThat(failure(new FakeOutbound(500, "", Map.of()))).hasMessage("Acme failed (500): (no message)");
        assertThat(failure(new FakeOutbound(500, "x".repeat(300), Map.of())))
                .hasMessage("Acme failed (500): " + "x".repeat(200) + "…");
    }

    @Test
    void rateLimits() {
        var failure =
                failure(new FakeOutbound(429, "{\"error\":{\"message\":\"slow down\"}}", Map.of("retry-after", "7")));
        assertThat(failure.kind()).isEqualTo(Kind.RATE_LIMITED);
        assertThat(failure.problem().retryAfter()).isEqualTo(Duration.ofSeconds(7));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        {"error":{"message":"m","code":429}}                         | RATE_LIMITED
        {"error":{"message":"m","type":"rate_limit_error"}}          | RATE_LIMITED
        {"error":{"message":"m","code":"insufficient_quota"}}        | RATE_LIMITED
        {"error":{"message":"m","code":"invalid_api_key"}}           | AUTHENTICATION
        {"error":{"message":"m","status_code":401}}                  | AUTHENTICATION
        {"error":{"message":"m","type":"invalid_request_error"}}     | REJECTED
        {"error":{"message":"m","code":"context_length_exceeded"}}   | REJECTED
        {"error":"m","error_type":"request_timeout"}                 | TIMEOUT
        {"error":{"message":"m","type":"server_error"}}              | FAILED
        {"error":{"message":"m"}}                                    | FAILED
        """)
    void errorsWithStatus200(String body, Kind kind) {
        var failure = failure(FakeOutbound.answering(body));
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.getMessage()).contains(": m.");
    }

    private static String choice(String message, String finishReason) {
        return "{\"choices\":[{\"index\":0,\"message\":" + message + ",\"finish_reason\":" + finishReason + "}]}";
    }

    private static Completion complete(String body) {
        return provider(FakeOutbound.answering(body)).complete(call(HI));
    }

    private static ProviderFailure failure(FakeOutbound outbound) {
        return catchThrowableOfType(
                ProviderFailure.class, () -> provider(outbound).complete(call(HI)));
    }
}
