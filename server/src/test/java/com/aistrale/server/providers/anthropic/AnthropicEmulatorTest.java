package com.aistrale.server.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.emulator.Emulator;
import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.inference.ResponseFormat;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.http.OkHttpOutbound;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Ask;
import com.aistrale.server.providers.Streamed;
import com.aistrale.server.providers.Upstream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Against a service that refuses what the real one refuses. */
class AnthropicEmulatorTest {
    private static final String WEATHER = """
            {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
             "additionalProperties": false}""";
    private static final JsonNode FOR_AN_HOUR = Json.parse("{\"type\": \"ephemeral\", \"ttl\": \"1h\"}");

    private static Emulator emulator;
    private static OkHttpOutbound outbound;
    private static AnthropicProvider provider;

    @BeforeAll
    static void start() {
        emulator = Emulator.start(0);
        outbound = new OkHttpOutbound("test");
        provider = new AnthropicProvider(new Upstream(outbound, InstantSource.system()));
    }

    @AfterAll
    static void stop() {
        outbound.close();
        emulator.close();
    }

    @BeforeEach
    void reset() {
        emulator.reset();
    }

    private static ProviderCall call(Ask ask) {
        return ask.atAnthropic(emulator.baseUrl("anthropic"));
    }

    private static Ask the(String model) {
        return Ask.the(model).key("sk-ant-test");
    }

    private static Completion complete(Ask ask) {
        return provider.complete(call(ask));
    }

    private static Streamed stream(Ask ask) {
        var streamed = new Streamed();
        provider.stream(call(ask), streamed);
        return streamed;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"claude-haiku-4-5", "claude-opus-4-6", "claude-opus-4-8", "claude-opus-5", "claude-opus-5-5"})
    void aStreamSaysWhatTheWholeAnswerSays(String model) {
        var whole = complete(the(model).system("Be brief.").user("Hi").effort("low"));
        var streamed = stream(the(model).system("Be brief.").user("Hi").effort("low"));
        assertThat(whole.parts()).hasSize(2);
        assertThat(whole.parts().getFirst()).isInstanceOf(Part.Thinking.class);
        assertThat(whole.parts().getLast())
                .isEqualTo(new Part.Text("You said: \"Hi\". This is the emulated " + model + ".", null));
        assertThat(streamed.parts()).isEqualTo(whole.parts());
        assertThat(streamed.finishReason()).isEqualTo("stop").isEqualTo(whole.finishReason());
        assertThat(streamed.usage()).isNotNull().isEqualTo(whole.usage());
        assertThat(streamed.model()).isEqualTo(model).isEqualTo(whole.model());
    }

    @ParameterizedTest
    @CsvSource({
        "claude-haiku-4-5, high",
        "claude-opus-4-7, low",
        "claude-opus-5, minimal",
        "claude-opus-5, none",
        "claude-opus-4-6, xhigh"
    })
    void aToolLoopWithThinking(String model, String effort) {
        var question = the(model)
                .user("call now and call weather {\"city\": \"Rome\"}")
                .tool("now", null, null, null)
                .tool("weather", null, WEATHER, true)
                .effort(effort);
        var asked = stream(question);
        assertThat(asked.finishReason()).isEqualTo("tool_calls");
        assertThat(asked.parts()).isNotEmpty();
        var calls = asked.parts().stream()
                .filter(Part.ToolCall.class::isInstance)
                .map(Part.ToolCall.class::cast)
                .toList();
        assertThat(calls).extracting(Part.ToolCall::arguments).containsExactly("{}", "{\"city\":\"Rome\"}");
        var answer = complete(question.message(Role.ASSISTANT, asked.parts().toArray(Part[]::new))
                .result(calls.get(0).id(), "noon")
                .result(calls.get(1).id(), "rain"));
        assertThat(answer.parts().getLast()).isEqualTo(new Part.Text("The tool answered: noon; rain", null));
    }

    @Test
    void thinkingThatIsHiddenOrEncryptedGoesBackToo() {
        var hidden = the("claude-opus-5")
                .user("call weather")
                .tool("weather", null, WEATHER, null)
                .extra("thinking", "{\"type\": \"adaptive\"}");
        loop(hidden, new Part.Thinking("", "any"));
        var redacted = the("claude-haiku-4-5")
                .user("ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING call weather")
                .tool("weather", null, WEATHER, null)
                .effort("low");
        loop(redacted, new Part.RedactedThinking("any"));
    }

    private static void loop(Ask question, Part kind) {
        var asked = complete(question);
        assertThat(asked.parts().getFirst()).hasSameClassAs(kind);
        var call = (Part.ToolCall) asked.parts().getLast();
        question.message(Role.ASSISTANT, asked.parts().toArray(Part[]::new)).result(call.id(), "sunny");
        assertThat(complete(question).parts().getLast()).isEqualTo(new Part.Text("The tool answered: sunny", null));
    }

    @Test
    void oneToolAtATimeAndByName() {
        var ask = the("claude-opus-5")
                .user("call a call b")
                .tool("a", null, null, null)
                .tool("b", null, null, null)
                .parallel(false);
        assertThat(complete(ask).parts()).hasSize(1);
        var named = complete(ask.choose(new ToolChoice.Named("b"))).parts();
        assertThat(((Part.ToolCall) named.getFirst()).name()).isEqualTo("b");
        assertThat(complete(ask.choose(new ToolChoice.None())).finishReason()).isEqualTo("stop");
    }

    @Test
    void aSchemaForTheAnswer() {
        var ask = the("claude-opus-5")
                .user("Where?")
                .format(new ResponseFormat.JsonSchema("place", "A place", Json.parse(WEATHER), true));
        var text = (Part.Text) complete(ask).parts().getFirst();
        assertThat(Json.parse(text.text()).path("city").isString()).isTrue();
    }

    @Test
    void imagesAndSystemMessagesInBetween() {
        var pixel =
                "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAA"
                        + "ABJRU5ErkJggg==";
        var ask = the("claude-opus-5")
                .user("Hi")
                .assistant("Hello")
                .system("In French.")
                .message(
                        Role.USER,
                        new Part.Text("What?", null),
                        new Part.Image(pixel, null, null),
                        new Part.Image("https://example.com/a.png", "auto", null));
        complete(ask.user("And this?"));
        assertThat(emulator.requests("anthropic").getLast().status()).isEqualTo(200);
    }

    @Test
    void whatTheCacheTookAndGaveIsPartOfTheInput() {
        var ask = the("claude-opus-5")
                .message(Role.SYSTEM, new Part.Text("word ".repeat(2000), FOR_AN_HOUR))
                .user("Hi");
        var first = Objects.requireNonNull(complete(ask).usage());
        var second = Objects.requireNonNull(stream(ask).usage());
        assertThat(first.cacheWriteInputTokens()).isGreaterThan(1000L);
        assertThat(first.cacheWriteOneHourInputTokens()).isEqualTo(first.cacheWriteInputTokens());
        assertThat(first.cachedInputTokens()).isZero();
        assertThat(second.cachedInputTokens()).isEqualTo(first.cacheWriteInputTokens());
        assertThat(second.inputTokens()).isEqualTo(first.inputTokens());
    }

    @Test
    void lengthAndStopAndFilter() {
        assertThat(complete(the("claude-opus-5").user("write 50 words").atMost(5))
                        .finishReason())
                .isEqualTo("length");
        assertThat(complete(the("claude-opus-5").user("say: one two three").stop("two"))
                        .parts())
                .containsExactly(new Part.Text("one ", null));
        var filtered = stream(the("claude-opus-5").user("trigger the content filter"));
        assertThat(filtered.finishReason()).isEqualTo("content_filter");
        assertThat(filtered.parts()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "400, REJECTED",
        "401, AUTHENTICATION",
        "403, AUTHENTICATION",
        "404, REJECTED",
        "413, REJECTED",
        "429, RATE_LIMITED",
        "500, FAILED",
        "529, FAILED"
    })
    void refusals(int status, Kind kind) {
        emulator.script("anthropic", Behaviour.of(new Fault.Status(status), new Fault.RetryAfter(3)));
        var failure = catchThrowableOfType(
                ProviderFailure.class, () -> stream(the("claude-opus-5").user("Hi")));
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.problem().upstreamStatus()).isEqualTo(status);
        assertThat(failure.problem().retryAfter()).isEqualTo(status == 429 ? Duration.ofSeconds(3) : null);
        assertThat(failure).hasMessageNotContaining("(no message)").hasMessageNotContaining("sk-ant-test");
    }

    @Test
    void aWrongKeyAndAWrongModel() {
        var wrong = the("claude-opus-5").key("sk-ant-bad").user("Hi");
        assertThat(catchThrowableOfType(ProviderFailure.class, () -> complete(wrong)))
                .hasMessage("Anthropic refused the credential (401): invalid x-api-key."
                        + " Put a valid one in its place: aistrale tokens add --provider anthropic");
        var model = catchThrowableOfType(
                ProviderFailure.class, () -> complete(the("claude-none").user("Hi")));
        assertThat(model.kind()).isEqualTo(Kind.REJECTED);
        assertThat(model).hasMessageContaining("(404)").hasMessageContaining("claude-none");
    }

    @Test
    void streamsThatBreakOff() {
        for (var fault : new Fault[] {
            new Fault.CutAfter(4), new Fault.ResetAfter(4), new Fault.MalformedChunk(5), new Fault.EmptyBody()
        }) {
            emulator.script("anthropic", Behaviour.of(fault));
            var failure = catchThrowableOfType(
                    ProviderFailure.class, () -> stream(the("claude-opus-5").user("Hi")));
            assertThat(failure.kind()).as(fault.toString()).isEqualTo(Kind.FAILED);
            assertThat(failure).hasMessageStartingWith("Anthropic broke off its answer: ");
        }
    }

    @Test
    void anErrorInMidStreamComesAfterWhatWasSaid() {
        emulator.script("anthropic", Behaviour.of(new Fault.ErrorAfter(6)));
        var streamed = new Streamed();
        var failure = catchThrowableOfType(
                ProviderFailure.class,
                () -> provider.stream(call(the("claude-opus-5").user("Hi")), streamed));
        assertThat(failure).hasMessage("Anthropic failed (529): Overloaded.");
        assertThat(streamed.parts()).isNotEmpty();
    }

    @Test
    void anAnswerWithoutUsage() {
        emulator.script("anthropic", Behaviour.of(new Fault.NoUsage()).times(2));
        assertThat(complete(the("claude-opus-5").user("Hi")).usage()).isNull();
        assertThat(stream(the("claude-opus-5").user("Hi")).usage()).isNull();
    }

    @Test
    void aCancelledStreamEnds() {
        emulator.script("anthropic", Behaviour.of(new Fault.Drip(20)));
        var ask = the("claude-opus-5").user("write 5000 words");
        var failure = catchThrowableOfType(
                ProviderFailure.class, () -> provider.stream(call(ask), chunk -> ask.cancel("the caller left")));
        assertThat(failure.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(failure).hasMessage("The inference was cancelled: the caller left");
    }

    @Test
    void aDeadlineThatPasses() {
        emulator.script("anthropic", Behaviour.of(new Fault.Hang()));
        var ask = the("claude-opus-5").user("Hi").within(Duration.ofMillis(300));
        assertThat(catchThrowableOfType(ProviderFailure.class, () -> complete(ask)))
                .hasMessage("Anthropic did not answer within 300 ms.");
    }
}
