package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.pricing.Usage;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AccumulatorTest {
    private final Accumulator accumulator = new Accumulator();

    private void add(Delta... deltas) {
        accumulator.add(new Chunk(List.of(deltas), null, null, null, null));
    }

    @Test
    void textInPiecesIsOneText() {
        add(new Delta.Text("Hi"));
        add(new Delta.Text(" "), new Delta.Text("there."));

        assertThat(accumulator.completion().parts()).containsExactly(new Part.Text("Hi there.", null));
        assertThat(accumulator.characters()).isEqualTo(9);
    }

    @Test
    void thinkingTextAndCallsKeepTheirOrder() {
        add(new Delta.Thinking("Let me "), new Delta.Thinking("see."), new Delta.ThinkingSignature("signed"));
        add(new Delta.RedactedThinking("opaque"));
        add(new Delta.Text("I look."));
        add(new Delta.Thinking("Again."), new Delta.ThinkingSignature("signed too"));
        add(new Delta.Text("Done."));
        add(new Delta.ToolCall(0, "call_1", "f", "", "mark"));
        add(new Delta.ToolCall(1, "call_2", "g", "{", null));
        add(new Delta.ToolCall(0, null, null, "{\"a\":", null));
        add(new Delta.ToolCall(1, null, null, "}", null), new Delta.ToolCall(0, null, null, "1}", null));

        assertThat(accumulator.completion().parts())
                .containsExactly(
                        new Part.Thinking("Let me see.", "signed"),
                        new Part.RedactedThinking("opaque"),
                        new Part.Text("I look.", null),
                        new Part.Thinking("Again.", "signed too"),
                        new Part.Text("Done.", null),
                        new Part.ToolCall("call_1", "f", "{\"a\":1}", "mark"),
                        new Part.ToolCall("call_2", "g", "{}", null));
    }

    @Test
    void aThoughtWithoutASignatureEndsWhereTheTextBegins() {
        add(new Delta.Thinking("Hm."), new Delta.Text("Yes."));

        assertThat(accumulator.completion().parts())
                .containsExactly(new Part.Thinking("Hm.", null), new Part.Text("Yes.", null));
    }

    @Test
    void theLastWordOnUsageReasonAndModelHolds() {
        accumulator.add(new Chunk(List.of(), null, new Usage(9L, 1L, null, null, null), "gpt-4o", null));
        accumulator.add(new Chunk(List.of(), "length", null, null, null));
        accumulator.add(new Chunk(List.of(), null, new Usage(9L, 4L, null, null, null), "gpt-4o-2024", null));

        var completion = accumulator.completion();
        assertThat(completion.finishReason()).isEqualTo("length");
        assertThat(completion.usage()).isEqualTo(new Usage(9L, 4L, null, null, null));
        assertThat(completion.model()).isEqualTo("gpt-4o-2024");
    }

    @Test
    void nothingIsAnAnswerToo() {
        var completion = accumulator.completion();

        assertThat(completion.parts()).isEmpty();
        assertThat(completion.finishReason()).isEqualTo("stop");
        assertThat(completion.usage()).isNull();
        assertThat(accumulator.characters()).isZero();
    }

    @Property(tries = 200)
    void howATextIsCutDoesNotMatter(@ForAll @Size(max = 20) List<String> pieces) {
        var fresh = new Accumulator();
        for (var piece : pieces) {
            fresh.add(new Chunk(List.of(new Delta.Text(piece)), null, null, null, null));
        }
        var whole = String.join("", pieces);
        var expected = new ArrayList<Part>();
        if (!whole.isEmpty()) {
            expected.add(new Part.Text(whole, null));
        }
        assertThat(fresh.completion().parts()).isEqualTo(expected);
        assertThat(fresh.characters()).isEqualTo(whole.length());
    }
}
