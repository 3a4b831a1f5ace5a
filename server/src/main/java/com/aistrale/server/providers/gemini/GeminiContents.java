package com.aistrale.server.providers.gemini;

import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Refusals;
import com.aistrale.server.providers.gemini.GeminiModels.Generation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation as contents of user and model: neighbours of one kind are one content, and all results of a turn's
 * function calls stand in one content of their own.
 *
 * <p>All system messages join the {@code systemInstruction}: a later one is heard, and only its place is lost. Thinking
 * of earlier turns is not sent: the service asks for the signatures on function calls alone.
 */
final class GeminiContents {
    /** Google's word for "this call was made elsewhere, there is no signature" (ai.google.dev, thought signatures). */
    static final String NO_SIGNATURE = "skip_thought_signature_validator";

    /** What may share a content. */
    private enum Kind {
        NONE,
        USER,
        RESULTS,
        MODEL
    }

    private final boolean needsSignatures;
    private final Refusals refusals;
    private final GeminiParts parts;
    private final ArrayNode contents = Json.array();
    private final ArrayNode system = Json.array();
    private final Map<String, String> functions = new HashMap<>();
    private ArrayNode running = Json.array();
    private Kind kind = Kind.NONE;

    private GeminiContents(Generation generation, Refusals refusals) {
        this.needsSignatures = generation.third();
        this.refusals = refusals;
        this.parts = new GeminiParts(generation.third(), refusals);
    }

    /** Writes {@code systemInstruction} and {@code contents}. */
    static void encode(List<Message> messages, Generation generation, ObjectNode body, Refusals refusals) {
        var encoding = new GeminiContents(generation, refusals);
        for (int i = 0; i < messages.size(); i++) {
            encoding.message(messages.get(i), "/messages/" + i);
        }
        if (!encoding.system.isEmpty()) {
            body.putObject("systemInstruction").set("parts", encoding.system);
        }
        body.set("contents", encoding.contents);
    }

    private void message(Message message, String pointer) {
        if (message.name() != null && message.role() != Role.TOOL) {
            refusals.noPlace(pointer + "/name", "say in the text who speaks");
        }
        switch (message.role()) {
            case SYSTEM -> parts(message, pointer, system);
            case USER -> content(Kind.USER, "user", message, pointer);
            case TOOL -> content(Kind.RESULTS, "user", message, pointer);
            case ASSISTANT -> content(Kind.MODEL, "model", message, pointer);
        }
    }

    private void content(Kind of, String role, Message message, String pointer) {
        boolean goesOn = kind == of;
        var into = goesOn ? running : Json.array();
        parts(message, pointer, into);
        if (!goesOn && !into.isEmpty()) {
            contents.addObject().put("role", role).set("parts", into);
            kind = of;
            running = into;
        }
    }

    private void parts(Message message, String pointer, ArrayNode into) {
        int calls = 0;
        int contentParts = 0;
        for (var part : message.parts()) {
            var at = pointer + "/content/" + contentParts;
            switch (part) {
                case Part.Text text -> {
                    if (!text.text().isEmpty() || message.parts().size() == 1) {
                        parts.text(into, text, at);
                    }
                    contentParts++;
                }
                case Part.ToolCall call -> {
                    functions.put(call.id(), call.name());
                    var signature =
                            call.signature() == null && calls == 0 && needsSignatures ? NO_SIGNATURE : call.signature();
                    parts.call(into, call, signature, pointer + "/tool_calls/" + calls++ + "/function/arguments");
                }
                case Part.ToolResult result -> {
                    var function = function(result, message.name());
                    if (function == null) {
                        refusals.add(pointer + "/tool_call_id", "no tool call before it has this id");
                    } else {
                        parts.result(into, result, function, at);
                    }
                    contentParts++;
                }
                case Part.Image image -> {
                    parts.image(into, image, message.role(), at);
                    contentParts++;
                }
                case Part.Other other -> {
                    parts.other(into, other, message.role(), at);
                    contentParts++;
                }
                case Part.Thinking thinking -> {}
                case Part.RedactedThinking redacted -> {}
            }
        }
    }

    /** Results must name their function; OpenAI's format says the name with the call only. */
    private @Nullable String function(Part.ToolResult result, @Nullable String name) {
        var called = functions.get(result.callId());
        return called == null ? name : called;
    }
}
