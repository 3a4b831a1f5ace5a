package com.aistrale.server.providers;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.ChunkSink;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.Part;
import com.aistrale.server.pricing.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a stream together again, as its readers do. */
public final class Streamed implements ChunkSink {
    private final List<Part> parts = new ArrayList<>();
    private final List<String> finishReasons = new ArrayList<>();
    private @Nullable Usage usage;
    private @Nullable String model;

    @Override
    public void accept(Chunk chunk) {
        chunk.deltas().forEach(this::add);
        if (chunk.finishReason() != null) {
            finishReasons.add(chunk.finishReason());
        }
        usage = chunk.usage() == null ? usage : chunk.usage();
        model = chunk.model() == null ? model : chunk.model();
    }

    private void add(Delta delta) {
        var last = parts.isEmpty() ? null : parts.getLast();
        switch (delta) {
            case Delta.Text(var text) -> {
                if (last instanceof Part.Text before) {
                    replaceLast(new Part.Text(before.text() + text, null));
                } else {
                    parts.add(new Part.Text(text, null));
                }
            }
            case Delta.Thinking(var text) -> {
                if (last instanceof Part.Thinking before && before.signature() == null) {
                    replaceLast(new Part.Thinking(before.text() + text, null));
                } else {
                    parts.add(new Part.Thinking(text, null));
                }
            }
            case Delta.ThinkingSignature(var signature) -> {
                if (last instanceof Part.Thinking before && before.signature() == null) {
                    replaceLast(new Part.Thinking(before.text(), signature));
                } else {
                    parts.add(new Part.Thinking("", signature));
                }
            }
            case Delta.RedactedThinking(var data) -> parts.add(new Part.RedactedThinking(data));
            case Delta.ToolCall call -> toolCall(call);
        }
    }

    private void toolCall(Delta.ToolCall delta) {
        if (delta.id() != null && delta.name() != null) {
            parts.add(new Part.ToolCall(delta.id(), delta.name(), delta.arguments(), delta.signature()));
            return;
        }
        var before = (Part.ToolCall) parts.getLast();
        replaceLast(new Part.ToolCall(
                before.id(), before.name(), before.arguments() + delta.arguments(), before.signature()));
    }

    private void replaceLast(Part part) {
        parts.set(parts.size() - 1, part);
    }

    public List<Part> parts() {
        return List.copyOf(parts);
    }

    /** The one finish reason. */
    public String finishReason() {
        if (finishReasons.size() != 1) {
            throw new AssertionError("finish reasons: " + finishReasons);
        }
        return finishReasons.getFirst();
    }

    public @Nullable Usage usage() {
        return usage;
    }

    public @Nullable String model() {
        return model;
    }
}
