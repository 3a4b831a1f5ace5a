package com.aistrale.server.providers.compatible;

import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.FinishReason;
import com.aistrale.server.inference.OpenAiUsage;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.kit.json.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads {@code chat.completion} and is generous: what a provider adds or leaves out breaks nothing that can be read. */
final class CompatibleAnswer {
    private CompatibleAnswer() {}

    static Completion read(ProviderCall call, byte[] body) {
        var answer = object(call, body);
        if (!(CompatibleJson.first(answer) instanceof ObjectNode choice)
                || !(choice.get("message") instanceof ObjectNode message)) {
            throw CompatibleErrors.unreadable(call, "without a choice");
        }
        var parts = parts(message);
        return new Completion(
                parts,
                finishReason(choice, parts, CompatibleJson.text(message, "refusal") != null),
                OpenAiUsage.read(answer.get("usage")),
                CompatibleJson.text(answer, "model"),
                body);
    }

    private static ObjectNode object(ProviderCall call, byte[] body) {
        JsonNode answer;
        try {
            answer = Json.parse(body);
        } catch (JacksonException broken) {
            throw CompatibleErrors.unreadable(call, "that is not JSON: " + CompatibleErrors.begin(body));
        }
        if (!(answer instanceof ObjectNode object)) {
            throw CompatibleErrors.unreadable(call, "that is not a JSON object: " + CompatibleErrors.begin(body));
        }
        CompatibleErrors.check(call, object);
        return object;
    }

    /** What to say of one JSON document where a stream was asked for. */
    static ProviderFailure notAStream(ProviderCall call, byte[] body) {
        object(call, body);
        return CompatibleErrors.unreadable(call, "that is no stream");
    }

    private static List<Part> parts(ObjectNode message) {
        var parts = new ArrayList<Part>(2);
        var reasoning = CompatibleJson.reasoning(message);
        if (reasoning != null) {
            parts.add(new Part.Thinking(reasoning, null));
        }
        CompatibleJson.content(
                message,
                thought -> parts.add(new Part.Thinking(thought, null)),
                text -> parts.add(new Part.Text(text, null)));
        var refusal = CompatibleJson.text(message, "refusal");
        if (refusal != null) {
            parts.add(new Part.Text(refusal, null));
        }
        var calls = message.get("tool_calls");
        if (calls != null && calls.isArray()) {
            for (int i = 0; i < calls.size(); i++) {
                parts.add(toolCall(calls.get(i), i));
            }
        }
        return parts;
    }

    private static Part toolCall(JsonNode call, int index) {
        var function = call.get("function");
        var id = CompatibleJson.text(call, "id");
        var name = function == null ? null : CompatibleJson.text(function, "name");
        return new Part.ToolCall(
                id == null ? CompatibleJson.callId(index) : id,
                name == null ? "" : name,
                function == null ? "" : CompatibleJson.arguments(function),
                CompatibleJson.signature(call));
    }

    private static String finishReason(ObjectNode choice, List<Part> parts, boolean refused) {
        boolean called = !parts.isEmpty() && parts.getLast() instanceof Part.ToolCall;
        var said = CompatibleJson.finishReason(choice, called, refused);
        return said == null ? unsaid(called) : said;
    }

    private static String unsaid(boolean called) {
        return called ? FinishReason.TOOL_CALLS : FinishReason.STOP;
    }
}
