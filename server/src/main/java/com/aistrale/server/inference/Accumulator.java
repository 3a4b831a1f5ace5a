package com.aistrale.server.inference;

import com.aistrale.server.pricing.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a stream's pieces together again to the whole answer. One thread. */
final class Accumulator {
    private static final class Call {
        final String id;
        final String name;
        final @Nullable String signature;
        final StringBuilder arguments = new StringBuilder();

        Call(String id, String name, @Nullable String signature) {
            this.id = id;
            this.name = name;
            this.signature = signature;
        }
    }

    private final List<Part> closed = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private @Nullable String finishReason;
    private @Nullable Usage usage;
    private @Nullable String model;
    private int characters;

    void add(Chunk chunk) {
        chunk.deltas().forEach(this::add);
        if (chunk.finishReason() != null) {
            finishReason = chunk.finishReason();
        }
        if (chunk.usage() != null) {
            usage = chunk.usage();
        }
        if (chunk.model() != null) {
            model = chunk.model();
        }
    }

    private void add(Delta delta) {
        switch (delta) {
            case Delta.Text more -> {
                closeThinking(null);
                text.append(more.text());
                characters += more.text().length();
            }
            case Delta.Thinking more -> {
                closeText();
                thinking.append(more.text());
                characters += more.text().length();
            }
            case Delta.ThinkingSignature end -> {
                closeText();
                closed.add(new Part.Thinking(thinking.toString(), end.signature()));
                thinking.setLength(0);
            }
            case Delta.RedactedThinking block -> {
                closeText();
                closeThinking(null);
                closed.add(new Part.RedactedThinking(block.data()));
            }
            case Delta.ToolCall piece -> add(piece);
        }
    }

    private void add(Delta.ToolCall piece) {
        while (calls.size() <= piece.index()) {
            calls.add(new Call(
                    piece.id() == null ? "" : piece.id(), piece.name() == null ? "" : piece.name(), piece.signature()));
        }
        calls.get(piece.index()).arguments.append(piece.arguments());
        characters += piece.arguments().length();
    }

    private void closeText() {
        if (!text.isEmpty()) {
            closed.add(new Part.Text(text.toString(), null));
            text.setLength(0);
        }
    }

    private void closeThinking(@Nullable String signature) {
        if (!thinking.isEmpty()) {
            closed.add(new Part.Thinking(thinking.toString(), signature));
            thinking.setLength(0);
        }
    }

    /** How much came, in characters: what is left to estimate by when the provider did not count. */
    int characters() {
        return characters;
    }

    @Nullable
    Usage usage() {
        return usage;
    }

    /** The answer so far. */
    Completion completion() {
        closeThinking(null);
        closeText();
        var parts = new ArrayList<>(closed);
        for (var call : calls) {
            parts.add(new Part.ToolCall(call.id, call.name, call.arguments.toString(), call.signature));
        }
        return new Completion(parts, finishReason == null ? FinishReason.STOP : finishReason, usage, model, null);
    }
}
