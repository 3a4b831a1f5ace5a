package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.answer.Answer;
import com.aistrale.emulator.answer.Answer.Call;
import com.aistrale.emulator.answer.PrefixCache.Hit;
import com.aistrale.emulator.answer.Tokens;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes an answer as a message, whole or in events. */
final class MessagesWriter {
    private static final int FRAGMENT = 8;

    /** How the thinking is shown. */
    enum Thinking {
        SHOWN,
        OMITTED,
        REDACTED
    }

    /**
     * What the prompt cost.
     *
     * @param longLived whether what was written to the cache stays there for an hour
     */
    record Prompt(int tokens, Hit cache, boolean longLived) {}

    private final Turn turn;
    private final String model;
    private final Answer answer;
    private final Thinking thinking;
    private final Prompt prompt;

    MessagesWriter(Turn turn, String model, Answer answer, Thinking thinking, Prompt prompt) {
        this.turn = turn;
        this.model = model;
        this.answer = answer;
        this.thinking = thinking;
        this.prompt = prompt;
    }

    Reply.Whole whole() {
        ObjectNode message = head();
        ((ArrayNode) message.get("content")).addAll(blocks());
        message.put("stop_reason", stopReason());
        message.put("stop_sequence", answer.stopSequence());
        if (!turn.withoutUsage()) {
            message.set("usage", usage(answer.outputTokens()));
        }
        return Reply.Whole.json(200, Errors.headers(turn), message);
    }

    Reply.Stream stream() {
        List<Reply.Event> events = new ArrayList<>();
        ObjectNode message = head();
        if (!turn.withoutUsage()) {
            message.set("usage", usage(1));
        }
        ObjectNode start = Json.object().put("type", "message_start");
        start.set("message", message);
        events.add(event(start));
        List<ObjectNode> blocks = blocks();
        for (int i = 0; i < blocks.size(); i++) {
            block(i, blocks.get(i), events);
            if (i == 0) {
                events.add(2, event(Json.object().put("type", "ping")));
            }
        }
        ObjectNode delta = Json.object().put("type", "message_delta");
        delta.putObject("delta").put("stop_reason", stopReason()).put("stop_sequence", answer.stopSequence());
        if (!turn.withoutUsage()) {
            ObjectNode usage = usage(answer.outputTokens());
            usage.remove(List.of("cache_creation", "service_tier"));
            delta.set("usage", usage);
        }
        events.add(event(delta));
        events.add(event(Json.object().put("type", "message_stop")));
        Reply.Event broken = new Reply.Event("error", Json.write(Errors.body("overloaded_error", "Overloaded")));
        return new Reply.Stream(Errors.headers(turn), events, broken);
    }

    private List<ObjectNode> blocks() {
        List<ObjectNode> blocks = new ArrayList<>();
        String thought = answer.thinking();
        if (!thought.isEmpty()) {
            blocks.add(
                    switch (thinking) {
                        case SHOWN -> thinkingBlock(thought, thought);
                        case OMITTED -> thinkingBlock("", thought);
                        case REDACTED ->
                            Json.object().put("type", "redacted_thinking").put("data", Signatures.redacted(thought));
                    });
        }
        if (!answer.text().isEmpty()) {
            blocks.add(Json.object().put("type", "text").put("text", answer.text()));
        }
        for (Call call : answer.calls()) {
            ObjectNode block = Json.object()
                    .put("type", "tool_use")
                    .put("id", turn.world().ids().next("toolu_01"))
                    .put("name", call.name());
            block.set("input", call.arguments());
            blocks.add(block);
        }
        return blocks;
    }

    private static ObjectNode thinkingBlock(String shown, String thought) {
        return Json.object()
                .put("type", "thinking")
                .put("thinking", shown)
                .put("signature", Signatures.sign(shown, thought));
    }

    private static void block(int index, ObjectNode block, List<Reply.Event> events) {
        ObjectNode empty = block.deepCopy();
        List<ObjectNode> deltas = new ArrayList<>();
        switch (Json.text(block, "type")) {
            case "text" -> {
                empty.put("text", "");
                for (String piece : Tokens.pieces(Json.text(block, "text"))) {
                    deltas.add(Json.object().put("type", "text_delta").put("text", piece));
                }
            }
            case "thinking" -> {
                empty.put("thinking", "").put("signature", "");
                for (String piece : Tokens.pieces(Json.text(block, "thinking"))) {
                    deltas.add(Json.object().put("type", "thinking_delta").put("thinking", piece));
                }
                deltas.add(
                        Json.object().put("type", "signature_delta").put("signature", Json.text(block, "signature")));
            }
            case "tool_use" -> {
                empty.putObject("input");
                deltas.add(Json.object().put("type", "input_json_delta").put("partial_json", ""));
                for (String piece : Tokens.pieces(Json.write(block.get("input")), FRAGMENT)) {
                    deltas.add(Json.object().put("type", "input_json_delta").put("partial_json", piece));
                }
            }
            default -> {}
        }
        ObjectNode start = Json.object().put("type", "content_block_start").put("index", index);
        start.set("content_block", empty);
        events.add(event(start));
        for (ObjectNode delta : deltas) {
            ObjectNode one = Json.object().put("type", "content_block_delta").put("index", index);
            one.set("delta", delta);
            events.add(event(one));
        }
        events.add(event(Json.object().put("type", "content_block_stop").put("index", index)));
    }

    private ObjectNode head() {
        ObjectNode message = Json.object()
                .put("id", turn.world().ids().next("msg_01"))
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model);
        message.putArray("content");
        return message.putNull("stop_reason").putNull("stop_sequence");
    }

    private ObjectNode usage(int outputTokens) {
        int written = prompt.cache().written();
        int read = prompt.cache().read();
        ObjectNode usage = Json.object()
                .put("input_tokens", prompt.tokens() - written - read)
                .put("cache_creation_input_tokens", written)
                .put("cache_read_input_tokens", read);
        usage.putObject("cache_creation")
                .put("ephemeral_5m_input_tokens", prompt.longLived() ? 0 : written)
                .put("ephemeral_1h_input_tokens", prompt.longLived() ? written : 0);
        usage.put("output_tokens", outputTokens).put("service_tier", "standard");
        if (answer.reasoningTokens() > 0 && outputTokens == answer.outputTokens()) {
            usage.putObject("output_tokens_details").put("thinking_tokens", answer.reasoningTokens());
        }
        return usage;
    }

    private String stopReason() {
        return switch (answer.finish()) {
            case STOP -> answer.stopSequence() == null ? "end_turn" : "stop_sequence";
            case LENGTH -> "max_tokens";
            case TOOL_CALLS -> "tool_use";
            case CONTENT_FILTER -> "refusal";
        };
    }

    private static Reply.Event event(ObjectNode data) {
        return new Reply.Event(Json.text(data, "type"), Json.write(data));
    }
}
