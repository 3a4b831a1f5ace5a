package com.aistrale.server.providers.compatible;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.OpenAiUsage;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the {@code chat.completion.chunk}s of one stream. One thread. */
final class CompatibleStream {
    /** A tool call that has begun: the provider's index and id for it. */
    private record Begun(int index, @Nullable String id) {}

    private final ProviderCall call;
    private final List<Begun> toolCalls = new ArrayList<>(0);
    private boolean refused;
    private boolean finished;
    private boolean roleSaid;

    CompatibleStream(ProviderCall call) {
        this.call = call;
    }

    /**
     * What one event says.
     *
     * @throws ProviderFailure when it is an error, or nothing that can be read
     */
    Chunk chunk(String data) {
        var event = parse(data);
        CompatibleErrors.check(call, event);
        var deltas = List.<Delta>of();
        String finishReason = null;
        var choice = CompatibleJson.first(event);
        if (choice != null) {
            if (choice.get("delta") instanceof ObjectNode delta) {
                deltas = deltas(delta);
            }
            if (!finished) {
                finishReason = CompatibleJson.finishReason(choice, !toolCalls.isEmpty(), refused);
                finished = finishReason != null;
            }
        }
        return new Chunk(
                deltas, finishReason, usage(event), CompatibleJson.text(event, "model"), asOpenAi(event, data));
    }

    /** @throws ProviderFailure when the provider never said why the model stopped */
    void end() {
        if (!finished) {
            throw CompatibleErrors.brokenOff(call);
        }
    }

    private ObjectNode parse(String data) {
        JsonNode event;
        try {
            event = Json.parse(data);
        } catch (JacksonException broken) {
            throw CompatibleErrors.unreadable(call, "with an event that is not JSON: " + CompatibleErrors.begin(data));
        }
        if (event instanceof ObjectNode object) {
            return object;
        }
        throw CompatibleErrors.unreadable(
                call, "with an event that is not a JSON object: " + CompatibleErrors.begin(data));
    }

    /** As OpenAI would have sent it: the role is said once, since clients of its format append what comes. */
    private String asOpenAi(ObjectNode event, String data) {
        if (!call.endpoint().spec().has("role_in_every_chunk")) {
            return data;
        }
        if (!roleSaid) {
            roleSaid = true;
            return data;
        }
        if (CompatibleJson.first(event) instanceof ObjectNode choice
                && choice.get("delta") instanceof ObjectNode delta
                && delta.remove("role") != null) {
            return Json.text(event);
        }
        return data;
    }

    /** Groq reports usage in a field of its own too. */
    private static @Nullable Usage usage(ObjectNode event) {
        var usage = OpenAiUsage.read(event.get("usage"));
        var groq = event.get("x_groq");
        return usage == null && groq != null ? OpenAiUsage.read(groq.get("usage")) : usage;
    }

    private List<Delta> deltas(ObjectNode delta) {
        var deltas = new ArrayList<Delta>(1);
        var reasoning = CompatibleJson.reasoning(delta);
        if (reasoning != null) {
            deltas.add(new Delta.Thinking(reasoning));
        }
        CompatibleJson.content(
                delta, thought -> deltas.add(new Delta.Thinking(thought)), text -> deltas.add(new Delta.Text(text)));
        var refusal = CompatibleJson.text(delta, "refusal");
        if (refusal != null) {
            refused = true;
            deltas.add(new Delta.Text(refusal));
        }
        var calls = delta.get("tool_calls");
        if (calls != null && calls.isArray()) {
            for (int i = 0; i < calls.size(); i++) {
                deltas.add(toolCall(calls.get(i), i));
            }
        }
        return deltas;
    }

    /** Some number every call 0, or not at all: an id that is new begins a call whatever its number. */
    private Delta toolCall(JsonNode piece, int position) {
        var said = piece.get("index");
        var id = CompatibleJson.text(piece, "id");
        int index = said != null && said.isInt() ? said.intValue() : id == null ? lastIndex() : position;
        var function = piece.get("function");
        var arguments = function == null ? "" : CompatibleJson.arguments(function);
        int ours = ours(index, id);
        if (ours >= 0) {
            return new Delta.ToolCall(ours, null, null, arguments, null);
        }
        toolCalls.add(new Begun(index, id));
        ours = toolCalls.size() - 1;
        var name = function == null ? null : CompatibleJson.text(function, "name");
        return new Delta.ToolCall(
                ours,
                id == null ? CompatibleJson.callId(ours) : id,
                name == null ? "" : name,
                arguments,
                CompatibleJson.signature(piece));
    }

    private int lastIndex() {
        return toolCalls.isEmpty() ? 0 : toolCalls.getLast().index();
    }

    /** Our number of the call that a piece goes on with; -1 when it begins one. */
    private int ours(int index, @Nullable String id) {
        for (int i = toolCalls.size() - 1; i >= 0; i--) {
            var begun = toolCalls.get(i);
            if (begun.index() == index) {
                return id == null || id.equals(begun.id()) ? i : -1;
            }
        }
        return -1;
    }
}
