package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.MessageWriter;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns the pieces of upstreams that speak another format into the events of a message: each text, thought and tool call
 * is a block with a begin, pieces and an end. One per stream, one thread.
 */
final class MessagesStream {
    private enum Kind {
        NONE,
        TEXT,
        THINKING,
        TOOL_CALL
    }

    private final StringBuilder out;

    /** The number of the block that is open, or was last; and of what kind the open one is. */
    private int block = -1;

    private Kind open = Kind.NONE;

    /** The block of each tool call, by the call's number. */
    private final List<Integer> calls = new ArrayList<>(0);

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
            case Delta.Text text -> {
                into(Kind.TEXT, MessagesAnswer.text(""));
                piece(block, Json.object().put("type", "text_delta").put("text", text.text()));
            }
            case Delta.Thinking thinking -> {
                into(Kind.THINKING, MessagesAnswer.thinking("", ""));
                piece(block, Json.object().put("type", "thinking_delta").put("thinking", thinking.text()));
            }
            case Delta.ThinkingSignature signed -> {
                into(Kind.THINKING, MessagesAnswer.thinking("", ""));
                piece(block, Json.object().put("type", "signature_delta").put("signature", signed.signature()));
                close();
            }
            case Delta.RedactedThinking redacted -> {
                begin(Kind.THINKING, MessageWriter.redactedBlock(redacted.data()));
                close();
            }
            case Delta.ToolCall call -> call(call);
        }
    }

    private void call(Delta.ToolCall call) {
        while (calls.size() <= call.index()) {
            begin(
                    Kind.TOOL_CALL,
                    MessagesAnswer.toolUse(
                            call.id() == null ? "" : call.id(),
                            call.name() == null ? "" : call.name(),
                            call.signature()));
            calls.add(block);
        }
        if (!call.arguments().isEmpty()) {
            piece(
                    calls.get(call.index()),
                    Json.object().put("type", "input_json_delta").put("partial_json", call.arguments()));
        }
    }

    /** Notes what was used so far. */
    void usage(@Nullable Usage said) {
        usage = said == null ? usage : said;
    }

    /** The end: the reason, the usage, {@code message_stop}. */
    void end(String stopReason) {
        close();
        var event = Json.object().put("type", "message_delta");
        event.putObject("delta").put("stop_reason", stopReason).putNull("stop_sequence");
        event.set("usage", MessagesAnswer.usage(usage));
        event(event);
        event(Json.object().put("type", "message_stop"));
    }

    private void into(Kind kind, ObjectNode empty) {
        if (open != kind) {
            begin(kind, empty);
        }
    }

    private void begin(Kind kind, ObjectNode content) {
        close();
        block++;
        open = kind;
        var event = Json.object().put("type", "content_block_start").put("index", block);
        event.set("content_block", content);
        event(event);
    }

    private void close() {
        if (open != Kind.NONE) {
            open = Kind.NONE;
            event(Json.object().put("type", "content_block_stop").put("index", block));
        }
    }

    private void piece(int of, ObjectNode delta) {
        var event = Json.object().put("type", "content_block_delta").put("index", of);
        event.set("delta", delta);
        event(event);
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
