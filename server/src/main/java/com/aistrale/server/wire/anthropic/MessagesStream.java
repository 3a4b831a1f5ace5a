package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.MessageWriter;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns the pieces of upstreams that speak another format into the events of a message: each text, thought and tool call
 * is a block with a begin, pieces and an end, one after the other. A provider may say several calls at once: the first is
 * told as it comes, and what belongs to later blocks waits until it has all its arguments. One per stream, one thread.
 */
final class MessagesStream {
    private final StringBuilder out;
    private final Map<Integer, StreamedBlock> calls = new HashMap<>(2);

    /** What is not told yet, in the order in which it began; the first is the one that is open. */
    private final Deque<StreamedBlock> blocks = new ArrayDeque<>(2);

    /** The number of the block that is open, or was last. */
    private int number = -1;

    private @Nullable Usage usage;

    /** @param out where events go */
    MessagesStream(StringBuilder out) {
        this.out = out;
    }

    /** {@code message_start}. */
    void start(String id, String model) {
        var event = Json.object().put("type", "message_start");
        event.set("message", MessagesAnswer.begun(id, model));
        event(event);
    }

    void delta(Delta delta) {
        switch (delta) {
            case Delta.Text text ->
                goingOn(StreamedBlock.Kind.TEXT, MessagesAnswer.text(""))
                        .add(Json.object().put("type", "text_delta").put("text", text.text()));
            case Delta.Thinking thinking ->
                goingOn(StreamedBlock.Kind.THINKING, MessagesAnswer.thinking("", ""))
                        .add(Json.object().put("type", "thinking_delta").put("thinking", thinking.text()));
            case Delta.ThinkingSignature signed -> {
                var block = goingOn(StreamedBlock.Kind.THINKING, MessagesAnswer.thinking("", ""));
                block.add(Json.object().put("type", "signature_delta").put("signature", signed.signature()));
                block.end();
            }
            case Delta.RedactedThinking redacted ->
                begun(StreamedBlock.Kind.THINKING, MessageWriter.redactedBlock(redacted.data()))
                        .end();
            case Delta.ToolCall call -> call(call);
        }
        tell();
    }

    private void call(Delta.ToolCall call) {
        var block = calls.get(call.index());
        if (block == null) {
            var begin = MessagesAnswer.toolUse(
                    call.id() == null ? "" : call.id(), call.name() == null ? "" : call.name(), call.signature());
            block = begun(StreamedBlock.Kind.TOOL_CALL, begin);
            calls.put(call.index(), block);
        }
        block.arguments(call.arguments());
    }

    /** The block that began last, if it goes on with what is of this kind; else a new one. */
    private StreamedBlock goingOn(StreamedBlock.Kind kind, ObjectNode begin) {
        var last = blocks.peekLast();
        return last != null && last.goesOnWith(kind) ? last : begun(kind, begin);
    }

    private StreamedBlock begun(StreamedBlock.Kind kind, ObjectNode begin) {
        var before = blocks.peekLast();
        if (before != null) {
            before.isFollowed();
        }
        var block = new StreamedBlock(kind, begin);
        blocks.add(block);
        return block;
    }

    /** All that may be told now. */
    private void tell() {
        var open = blocks.peek();
        while (open != null) {
            tell(open);
            if (!open.hasEnded()) {
                return;
            }
            close();
            open = blocks.peek();
        }
    }

    private void tell(StreamedBlock block) {
        var begin = block.takeBegin();
        if (begin != null) {
            number++;
            var event = Json.object().put("type", "content_block_start").put("index", number);
            event.set("content_block", begin);
            event(event);
        }
        for (var delta : block.takePieces()) {
            var event = Json.object().put("type", "content_block_delta").put("index", number);
            event.set("delta", delta);
            event(event);
        }
    }

    private void close() {
        blocks.remove();
        event(Json.object().put("type", "content_block_stop").put("index", number));
    }

    /** Notes what was used so far. */
    void usage(@Nullable Usage said) {
        usage = said == null ? usage : said;
    }

    /** The end: what waited, the reason, the usage, {@code message_stop}. */
    void end(String stopReason) {
        blocks.forEach(StreamedBlock::end);
        tell();
        var event = Json.object().put("type", "message_delta");
        event.putObject("delta").put("stop_reason", stopReason).putNull("stop_sequence");
        event.set("usage", MessagesAnswer.usage(usage));
        event(event);
        event(Json.object().put("type", "message_stop"));
    }

    private void event(ObjectNode data) {
        event(out, data.get("type").stringValue(), Json.text(data));
    }

    /** An event as it stands on the wire. */
    static void event(StringBuilder out, String type, String data) {
        var lines = data.indexOf('\n') < 0 ? data : data.replace("\n", "\ndata: ");
        out.append("event: ").append(type).append("\ndata: ").append(lines).append("\n\n");
    }
}
