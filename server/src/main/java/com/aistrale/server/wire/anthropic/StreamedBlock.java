package com.aistrale.server.wire.anthropic;

import com.aistrale.server.kit.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A block of a stream, and what of it is still to be told. The arguments of a tool call are told as they come, as long as
 * they are an object; what follows that object is no part of it, and what does not begin as one is told whole, at the end,
 * in one. One thread.
 */
final class StreamedBlock {
    enum Kind {
        TEXT,
        THINKING,
        TOOL_CALL
    }

    private final Kind kind;
    private final List<ObjectNode> pieces = new ArrayList<>(1);
    private @Nullable ObjectNode begin;
    private boolean ended;

    /** Of a tool call: whether its arguments are an object so far, and where in it they are. */
    private final ObjectEnd object = new ObjectEnd();

    /** Of a tool call: arguments that do not begin as an object. */
    private final StringBuilder other = new StringBuilder(0);

    StreamedBlock(Kind kind, ObjectNode begin) {
        this.kind = kind;
        this.begin = begin;
    }

    boolean goesOnWith(Kind more) {
        return kind == more && !ended;
    }

    void add(ObjectNode delta) {
        pieces.add(delta);
    }

    void arguments(String piece) {
        if (ended || piece.isEmpty()) {
            return;
        }
        if (!other.isEmpty() || object.isNone(piece)) {
            other.append(piece);
            return;
        }
        int length = object.read(piece);
        partialJson(piece.substring(0, length));
        if (object.isWhole()) {
            ended = true;
        }
    }

    private void partialJson(String text) {
        if (!text.isEmpty()) {
            add(Json.object().put("type", "input_json_delta").put("partial_json", text));
        }
    }

    /** Another block begins: text and thoughts do not go on behind it. */
    void isFollowed() {
        if (kind != Kind.TOOL_CALL) {
            ended = true;
        }
    }

    /** Nothing comes any more. */
    void end() {
        ended = true;
        if (!other.isEmpty()) {
            var input = MessagesAnswer.input(other.toString());
            other.setLength(0);
            if (!input.isEmpty()) {
                partialJson(Json.text(input));
            }
        }
    }

    boolean hasEnded() {
        return ended;
    }

    /** As the block begins; null where that was taken. */
    @Nullable
    ObjectNode takeBegin() {
        var taken = begin;
        begin = null;
        return taken;
    }

    /** What is to be told now. */
    List<ObjectNode> takePieces() {
        var taken = List.copyOf(pieces);
        pieces.clear();
        return taken;
    }
}
