package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads what an assistant said earlier: thinking, text, refusal, tool calls, in this order. */
final class AssistantReader {
    private static final Set<String> FIELDS = Set.of(
            "role",
            "content",
            "name",
            "cache_control",
            "tool_calls",
            "thinking_blocks",
            "reasoning_content",
            "refusal");
    /** As {@link #FIELDS}, with an other name for the reasoning, and with citations, which only ever come out. */
    private static final Set<String> OPENAI_FIELDS = Set.of(
            "role",
            "content",
            "name",
            "cache_control",
            "tool_calls",
            "thinking_blocks",
            "reasoning_content",
            "refusal",
            "reasoning",
            "annotations");

    private final Reading reading;
    private final Leftovers leftovers;
    private final PartsReader parts;

    AssistantReader(Reading reading, Leftovers leftovers, PartsReader parts) {
        this.reading = reading;
        this.leftovers = leftovers;
        this.parts = parts;
    }

    List<Part> parts(ObjectNode message, Pointer at) {
        leftovers.unknownFields(message, at, leftovers.strict() ? FIELDS : OPENAI_FIELDS);
        var all = new ArrayList<Part>(4);
        thinking(message, at, all);
        int thoughts = all.size();
        content(message, at, all);
        var refusal = reading.string(message, at, "refusal");
        if (refusal != null) {
            all.add(new Part.Other(
                    "refusal", Json.object().put("type", "refusal").put("refusal", refusal)));
        }
        var calls = reading.array(message, at, "tool_calls");
        if (calls != null) {
            toolCalls(calls, at.field("tool_calls"), all);
        }
        if (all.size() == thoughts && Reading.said(message, "content") == null && calls == null) {
            reading.mistake(at.field("content"), "is missing; an assistant's message needs content or tool_calls");
        }
        return all;
    }

    private void content(ObjectNode message, Pointer at, List<Part> into) {
        var content = Reading.said(message, "content");
        if (content == null || (content.isString() && content.stringValue().isEmpty())) {
            return;
        }
        into.addAll(parts.read(content, at.field("content"), Reading.said(message, "cache_control")));
    }

    private void thinking(ObjectNode message, Pointer at, List<Part> into) {
        var blocks = reading.array(message, at, "thinking_blocks");
        if (blocks != null && !blocks.isEmpty()) {
            for (int i = 0; i < blocks.size(); i++) {
                thinkingBlock(blocks, i, at.field("thinking_blocks").at(i), into);
            }
            return;
        }
        var reasoning = reading.string(message, at, "reasoning_content");
        if (reasoning == null && !leftovers.strict() && Reading.said(message, "reasoning_content") == null) {
            reasoning = reading.string(message, at, "reasoning");
        }
        if (reasoning != null && !reasoning.isEmpty()) {
            into.add(new Part.Thinking(reasoning, null));
        }
    }

    private void thinkingBlock(ArrayNode blocks, int index, Pointer at, List<Part> into) {
        if (!(blocks.get(index) instanceof ObjectNode block)) {
            reading.wrongType(blocks.get(index), at, "an object with a `type`");
            return;
        }
        var type = reading.required(block, at, "type");
        switch (type) {
            case "thinking" -> {
                var text = reading.required(block, at, "thinking");
                into.add(new Part.Thinking(text, reading.string(block, at, "signature")));
            }
            case "redacted_thinking" -> into.add(new Part.RedactedThinking(reading.required(block, at, "data")));
            default -> leftovers.add(at, block, "must be of type thinking or redacted_thinking, not `" + type + "`");
        }
    }

    private void toolCalls(ArrayNode calls, Pointer at, List<Part> into) {
        for (int i = 0; i < calls.size(); i++) {
            var here = at.at(i);
            if (!(calls.get(i) instanceof ObjectNode call)) {
                reading.wrongType(calls.get(i), here, "an object");
                continue;
            }
            var type = reading.string(call, here, "type");
            if (type != null && !type.equals("function")) {
                leftovers.add(here, call, "must be of type function, not `" + type + "`");
                continue;
            }
            var function = reading.object(call, here, "function");
            if (function == null) {
                if (Reading.said(call, "function") == null) {
                    reading.mistake(here.field("function"), "is missing");
                }
                continue;
            }
            var inside = here.field("function");
            into.add(new Part.ToolCall(
                    reading.required(call, here, "id"),
                    reading.required(function, inside, "name"),
                    reading.required(function, inside, "arguments"),
                    MessageWriter.signature(call)));
        }
    }
}
