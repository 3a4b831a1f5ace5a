package com.aistrale.server.providers.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.providers.Ask;
import com.aistrale.server.tokens.ProviderSpec;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class DemoProviderTest {
    private static final String HELLO = "This is AISTRALE's demo provider: no model has read your prompt"
            + " (\"Hello, world!\"). For a model's answer add a provider token: aistrale tokens add --provider openai";

    private final DemoProvider demo = new DemoProvider();

    @Test
    void saysThatItIsNoModel() {
        var completion = demo.complete(call("Hello, world!"));
        assertThat(completion.parts()).containsExactly(new Part.Text(HELLO, null));
        assertThat(completion.finishReason()).isEqualTo("stop");
        assertThat(completion.usage()).isNull();
        assertThat(completion.model()).isEqualTo("demo");
        assertThat(completion.openAi()).isNull();
    }

    @Test
    void streamsTheSameInWords() {
        var chunks = new ArrayList<Chunk>();
        demo.stream(call("Hello, world!"), chunks::add);
        assertThat(chunks.getFirst().deltas()).containsExactly(new Delta.Text("This "));
        assertThat(chunks).hasSize(HELLO.split(" ").length + 1);
        var text = new StringBuilder();
        for (var chunk : chunks) {
            chunk.deltas().forEach(delta -> text.append(((Delta.Text) delta).text()));
        }
        assertThat(text).hasToString(HELLO);
        assertThat(chunks).filteredOn(chunk -> chunk.finishReason() != null).containsExactly(chunks.getLast());
    }

    @Test
    void echoesTheLastPromptShortenedOnOneLine() {
        var long_ = "😀".repeat(81);
        var call = at(Ask.the("demo").user("first").assistant("x").user("a\n b" + long_));
        assertThat(demo.complete(call).parts().toString()).contains("(\"a b" + "😀".repeat(77) + "…\")");
    }

    @Test
    void stopsWhenCancelled() {
        var call = call("Hello");
        var seen = new ArrayList<Chunk>();
        var failure = catchThrowableOfType(
                ProviderFailure.class,
                () -> demo.stream(call, chunk -> {
                    seen.add(chunk);
                    call.cancellation().cancel("enough");
                }));
        assertThat(failure.kind()).isEqualTo(ProviderFailure.Kind.CANCELLED);
        assertThat(seen).hasSize(1);
    }

    private static ProviderCall call(String prompt) {
        return at(Ask.the("demo").user(prompt));
    }

    private static ProviderCall at(Ask ask) {
        return ask.at(ProviderSpec.Format.DEMO, "Demo", ProviderSpec.Auth.BEARER, "demo:");
    }
}
