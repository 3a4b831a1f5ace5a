package com.aistrale.server.providers.demo;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.ChunkSink;
import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.FinishReason;
import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.Provider;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.inference.ProviderFailure.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers without a model, and says so: for a newcomer who has no credential yet. The same request gets the same words.
 * It reports no usage, as nothing was used.
 */
public final class DemoProvider implements Provider {
    private static final int LONGEST_ECHO = 80;

    @Override
    public Completion complete(ProviderCall call) {
        checkCancelled(call);
        var text = new Part.Text(text(call), null);
        return new Completion(List.of(text), FinishReason.STOP, null, call.model(), null);
    }

    @Override
    public void stream(ProviderCall call, ChunkSink sink) {
        var text = text(call);
        int start = 0;
        while (start < text.length()) {
            checkCancelled(call);
            int space = text.indexOf(' ', start);
            int end = space < 0 ? text.length() : space + 1;
            sink.accept(chunk(call, List.of(new Delta.Text(text.substring(start, end))), null));
            start = end;
        }
        sink.accept(chunk(call, List.of(), FinishReason.STOP));
    }

    private static Chunk chunk(ProviderCall call, List<Delta> deltas, @Nullable String finishReason) {
        return new Chunk(deltas, finishReason, null, call.model(), null);
    }

    private static String text(ProviderCall call) {
        return "This is AISTRALE's demo provider: no model has read your prompt (\"" + echo(call)
                + "\"). For a model's answer add a provider token: aistrale tokens add --provider openai";
    }

    /** The beginning of what the user said last, on one line. */
    private static String echo(ProviderCall call) {
        var said = call.request().messages().reversed().stream()
                .filter(message -> message.role() == Message.Role.USER)
                .findFirst()
                .map(Message::text)
                .orElse("")
                .strip()
                .replaceAll("\\s+", " ");
        if (said.codePointCount(0, said.length()) <= LONGEST_ECHO) {
            return said;
        }
        return said.substring(0, said.offsetByCodePoints(0, LONGEST_ECHO)) + "…";
    }

    private static void checkCancelled(ProviderCall call) {
        if (call.cancellation().isCancelled()) {
            throw new ProviderFailure(
                    Kind.CANCELLED,
                    call.endpoint().provider(),
                    "The inference was cancelled: " + call.cancellation().reason(),
                    null,
                    null,
                    null);
        }
    }
}
