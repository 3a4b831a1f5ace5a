package com.aistrale.server.providers.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.emulator.Emulator;
import com.aistrale.emulator.Options;
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
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a service that refuses what the real one refuses. */
class GeminiEmulatorTest {
    private static final String WEATHER = """
            {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}""";

    private static Emulator emulator;
    private static OkHttpOutbound outbound;
    private static GeminiProvider provider;

    @BeforeAll
    static void start() {
        emulator = Emulator.start(Options.defaults().withModels(Set.of("gemini-3.8-flash")));
        outbound = new OkHttpOutbound("test");
        provider = new GeminiProvider(new Upstream(outbound, InstantSource.system()));
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
        return ask.atGemini(emulator.baseUrl("gemini"));
    }

    private static Ask the(String model) {
        return Ask.the(model).key("AIzaTest");
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
    @ValueSource(strings = {"gemini-2.5-flash", "gemini-2.5-pro", "gemini-3-flash-preview", "gemini-3.8-flash"})
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
        "gemini-2.5-flash, low",
        "gemini-2.5-flash, none",
        "gemini-3-flash-preview, none",
        "gemini-3.8-flash, minimal",
        "gemini-3.1-pro-preview, xhigh"
    })
    void aToolLoop(String model, String effort) {
        var question = the(model)
                .user("call now and call weather {\"city\": \"Rome\"}")
                .tool("now", null, null, null)
                .tool("weather", null, WEATHER, true)
                .effort(effort);
        var asked = stream(question);
        assertThat(asked.finishReason()).isEqualTo("tool_calls");
        var calls = calls(asked.parts());
        assertThat(calls).extracting(Part.ToolCall::arguments).containsExactly("{}", "{\"city\":\"Rome\"}");
        assertThat(calls).extracting(Part.ToolCall::id).doesNotHaveDuplicates();
        var answer = complete(question.message(Role.ASSISTANT, asked.parts().toArray(Part[]::new))
                .result(calls.get(0).id(), "noon")
                .result(calls.get(1).id(), "rain"));
        assertThat(answer.parts().getLast()).isEqualTo(new Part.Text("The tool answered: noon; rain", null));
    }

    private static List<Part.ToolCall> calls(List<Part> parts) {
        return parts.stream()
                .filter(Part.ToolCall.class::isInstance)
                .map(Part.ToolCall.class::cast)
                .toList();
    }

    @Test
    void idsDifferFromAnswerToAnswer() {
        var ask = the("gemini-2.5-flash").user("call weather").tool("weather", null, WEATHER, null);
        assertThat(calls(complete(ask).parts()).getFirst().id())
                .isNotEqualTo(calls(complete(ask).parts()).getFirst().id());
    }

    @Test
    void aConversationThatBeganElsewhereGoesOn() {
        var ask = the("gemini-3.8-flash")
                .user("Weather?")
                .calls("toolu_1", "weather", "{\"city\": \"Paris\"}", null)
                .result("toolu_1", "sunny");
        assertThat(complete(ask).parts()).containsExactly(new Part.Text("The tool answered: sunny", null));
    }

    @Test
    void toolsByName() {
        var ask = the("gemini-3.8-flash").user("Hi").tool("a", null, null, null).tool("b", null, null, null);
        assertThat(calls(complete(ask.choose(new ToolChoice.Named("b"))).parts()))
                .extracting(Part.ToolCall::name)
                .containsExactly("b");
        assertThat(complete(ask.choose(new ToolChoice.None())).finishReason()).isEqualTo("stop");
    }

    @Test
    void formatsOfTheAnswer() {
        var schema = new ResponseFormat.JsonSchema("place", "A place", Json.parse(WEATHER), true);
        var fitting = complete(the("gemini-2.5-flash").user("Where?").format(schema));
        assertThat(Json.parse(((Part.Text) fitting.parts().getFirst()).text())
                        .path("city")
                        .isString())
                .isTrue();
        var any = complete(the("gemini-2.5-flash").user("Where?").format(new ResponseFormat.JsonObject()));
        assertThat(Json.parse(((Part.Text) any.parts().getFirst()).text()).isObject())
                .isTrue();
    }

    @Test
    void images() {
        var ask = the("gemini-3.8-flash")
                .message(
                        Role.USER,
                        new Part.Text("What?", null),
                        new Part.Image("data:image/png;base64,iVBORw0KGgo=", null, null),
                        new Part.Image("https://example.com/a.png", "auto", null));
        assertThat(((Part.Text) complete(ask).parts().getLast()).text()).contains("I see 2 images.");
    }

    @Test
    void lengthAndStopAndFilterAndThoughtsWithoutRoom() {
        var ask = the("gemini-2.5-flash-lite");
        assertThat(complete(ask.user("write 50 words").atMost(5)).finishReason())
                .isEqualTo("length");
        assertThat(complete(the("gemini-2.5-flash-lite")
                                .user("say: one two three")
                                .stop("two"))
                        .parts())
                .containsExactly(new Part.Text("one ", null));
        var filtered = stream(the("gemini-2.5-flash-lite").user("trigger the content filter"));
        assertThat(filtered.finishReason()).isEqualTo("content_filter");
        assertThat(filtered.parts()).isEmpty();
        var noRoom = complete(the("gemini-2.5-pro").user("Hi").atMost(5));
        assertThat(noRoom.finishReason()).isEqualTo("length");
        assertThat(noRoom.parts()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "400, REJECTED",
        "403, AUTHENTICATION",
        "404, REJECTED",
        "429, RATE_LIMITED",
        "500, FAILED",
        "503, FAILED"
    })
    void refusals(int status, Kind kind) {
        emulator.script("gemini", Behaviour.of(new Fault.Status(status)));
        var failure = catchThrowableOfType(
                ProviderFailure.class, () -> stream(the("gemini-3.8-flash").user("Hi")));
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.problem().upstreamStatus()).isEqualTo(status);
        assertThat(failure).hasMessageNotContaining("(no message)").hasMessageNotContaining("AIzaTest");
    }

    @Test
    void aWrongKeyAndAWrongModel() {
        var wrong = the("gemini-3.8-flash").key("AIzaBbad").user("Hi");
        assertThat(catchThrowableOfType(ProviderFailure.class, () -> complete(wrong))
                        .kind())
                .isEqualTo(Kind.AUTHENTICATION);
        var model = catchThrowableOfType(
                ProviderFailure.class, () -> complete(the("gemini-none").user("Hi")));
        assertThat(model.kind()).isEqualTo(Kind.REJECTED);
        assertThat(model).hasMessageContaining("(404)").hasMessageContaining("gemini-none");
    }

    @Test
    void streamsThatBreakOff() {
        for (var fault : new Fault[] {
            new Fault.CutAfter(2), new Fault.ResetAfter(2), new Fault.MalformedChunk(2), new Fault.EmptyBody()
        }) {
            emulator.script("gemini", Behaviour.of(fault));
            var failure = catchThrowableOfType(
                    ProviderFailure.class, () -> stream(the("gemini-3.8-flash").user("Hi")));
            assertThat(failure.kind()).as(fault.toString()).isEqualTo(Kind.FAILED);
            assertThat(failure).hasMessageStartingWith("Google Gemini broke off its answer: ");
        }
    }

    @Test
    void anErrorInMidStreamComesAfterWhatWasSaid() {
        emulator.script("gemini", Behaviour.of(new Fault.ErrorAfter(2)));
        var streamed = new Streamed();
        var failure = catchThrowableOfType(
                ProviderFailure.class,
                () -> provider.stream(call(the("gemini-3.8-flash").user("Hi")), streamed));
        assertThat(failure.kind()).isEqualTo(Kind.FAILED);
        assertThat(failure.problem().upstreamStatus()).isEqualTo(503);
        assertThat(streamed.parts()).isNotEmpty();
    }

    @Test
    void anAnswerWithoutUsage() {
        emulator.script("gemini", Behaviour.of(new Fault.NoUsage()).times(2));
        assertThat(complete(the("gemini-3.8-flash").user("Hi")).usage()).isNull();
        assertThat(stream(the("gemini-3.8-flash").user("Hi")).usage()).isNull();
    }

    @Test
    void aCancelledStreamEnds() {
        emulator.script("gemini", Behaviour.of(new Fault.Drip(20)));
        var ask = the("gemini-3.8-flash").user("write 5000 words");
        var failure = catchThrowableOfType(
                ProviderFailure.class, () -> provider.stream(call(ask), chunk -> ask.cancel("the caller left")));
        assertThat(failure.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(failure).hasMessage("The inference was cancelled: the caller left");
    }

    @Test
    void aDeadlineThatPasses() {
        emulator.script("gemini", Behaviour.of(new Fault.Hang()));
        var ask = the("gemini-3.8-flash").user("Hi").within(Duration.ofMillis(300));
        assertThat(catchThrowableOfType(ProviderFailure.class, () -> complete(ask)))
                .hasMessage("Google Gemini did not answer within 300 ms.");
    }
}
