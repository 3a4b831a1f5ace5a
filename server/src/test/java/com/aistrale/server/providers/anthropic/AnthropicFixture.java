package com.aistrale.server.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.http.Outbound;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.providers.Ask;
import com.aistrale.server.providers.FakeOutbound;
import com.aistrale.server.providers.Upstream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The adapter before a service that answers as the test says. */
final class AnthropicFixture {
    static final String BASE = "https://api.anthropic.test";
    static final String HELLO = """
            {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5",
             "content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn", "stop_sequence": null,
             "usage": {"input_tokens": 10, "output_tokens": 2}}""";

    private AnthropicFixture() {}

    static AnthropicProvider provider(Outbound outbound) {
        return new AnthropicProvider(
                new Upstream(outbound, InstantSource.fixed(Instant.parse("2026-11-23T12:00:00Z"))));
    }

    /** What the adapter sends to ask this. */
    static JsonNode sent(Ask ask) {
        var outbound = FakeOutbound.answering(HELLO);
        provider(outbound).complete(ask.atAnthropic(BASE));
        return Json.parse(outbound.sent());
    }

    /** What is wrong with asking this; nothing was sent. */
    static List<FieldError> refused(Ask ask) {
        var outbound = FakeOutbound.answering(HELLO);
        var problem = catchThrowableOfType(
                ProblemException.class, () -> provider(outbound).complete(ask.atAnthropic(BASE)));
        assertThat(outbound.requests).isEmpty();
        assertThat(problem).isNotNull();
        return problem.problem().errors();
    }

    /** What the adapter makes of an answer. */
    static Completion answered(String body) {
        return provider(FakeOutbound.answering(body))
                .complete(Ask.the("claude-opus-5").user("Hi").atAnthropic(BASE));
    }

    /** What the adapter makes of a stream. */
    static List<Chunk> streamed(String events) {
        var chunks = new ArrayList<Chunk>();
        provider(FakeOutbound.answering(events)).stream(
                Ask.the("claude-opus-5").user("Hi").atAnthropic(BASE), chunks::add);
        return chunks;
    }

    /** A whole answer as it is expected. */
    @SuppressWarnings("NullAway") // of a record in a class file it does not see that an array may be null
    static Completion said(List<Part> parts, String finishReason, @Nullable Usage usage, @Nullable String model) {
        return new Completion(parts, finishReason, usage, model, null);
    }
}
