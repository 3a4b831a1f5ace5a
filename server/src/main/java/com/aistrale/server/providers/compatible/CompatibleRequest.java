package com.aistrale.server.providers.compatible;

import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.ChatWriter;
import com.aistrale.server.inference.MessageWriter.Dialect;
import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ResponseFormat;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.ProviderOptions;
import com.aistrale.server.providers.Refusals;
import com.aistrale.server.tokens.ProviderSpec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body for an upstream of OpenAI's format. A body that came in this format is taken as it is: what this provider
 * calls differently is renamed, nothing is left out but {@code stream_options} where they are unknown, and what the
 * provider does not know it refuses itself. Any other request is encoded, and refused here where the provider is known
 * not to know a part of it. The quirks are explained in {@code tokens/providers.json}.
 */
final class CompatibleRequest {
    private static final String MAX_TOKENS = "max_tokens";
    private static final String MAX_COMPLETION_TOKENS = "max_completion_tokens";

    private CompatibleRequest() {}

    static ObjectNode body(ProviderCall call, boolean stream) {
        var spec = call.endpoint().spec();
        var request = call.request();
        var asSent = request.openAi();
        var body = asSent == null ? encoded(call, spec) : Json.object().setAll(asSent);
        body.put("model", call.model());
        if (asSent != null) {
            rename(body, spec.has(MAX_COMPLETION_TOKENS) ? MAX_TOKENS : MAX_COMPLETION_TOKENS, maxTokensField(spec));
            if (!spec.has("developer_role")) {
                developersAsSystem(body);
            }
        }
        if (spec.has("random_seed")) {
            rename(body, "seed", "random_seed");
        }
        ProviderOptions.mergeInto(body, request.providerOptions());
        streaming(body, stream, !spec.has("no_stream_options"));
        return body;
    }

    private static String maxTokensField(ProviderSpec spec) {
        return spec.has(MAX_COMPLETION_TOKENS) ? MAX_COMPLETION_TOKENS : MAX_TOKENS;
    }

    private static ObjectNode encoded(ProviderCall call, ProviderSpec spec) {
        var request = call.request();
        refuse(request, spec);
        var dialect = new Dialect(
                spec.has("cache_markers"),
                spec.has("reasoning_content_goes_back") ? Dialect.Thoughts.WITH_TOOL_CALLS : Dialect.Thoughts.NONE,
                spec.has("thought_signatures"));
        var body = ChatWriter.body(request, call.model(), dialect, maxTokensField(spec));
        if (!request.tools().isEmpty()
                && request.reasoningEffort() == null
                && spec.takesToolsWithoutEffortOnly(call.model())) {
            body.put("reasoning_effort", "none");
        }
        return body;
    }

    private static void refuse(ChatRequest request, ProviderSpec spec) {
        var refusals = new Refusals(spec.title());
        request.extras().forEach(refusals::extra);
        if (request.sampling().seed() != null && spec.has("no_seed")) {
            refusals.noPlace("/seed", "leave it out");
        }
        if (request.parallelToolCalls() != null && spec.has("no_parallel_tool_calls")) {
            refusals.noPlace("/parallel_tool_calls", "leave it out");
        }
        if (!request.tools().isEmpty() && spec.has("no_tools")) {
            refusals.noPlace("/tools", "choose another provider");
        }
        if (request.toolChoice() instanceof ToolChoice.Required && spec.has("no_tool_choice_required")) {
            refusals.noPlace("/tool_choice", "use \"auto\" or name a function");
        }
        if (request.responseFormat() instanceof ResponseFormat.JsonSchema && spec.has("no_json_schema")) {
            refusals.noPlace("/response_format", "use {\"type\": \"json_object\"} and say the schema in the prompt");
        }
        if (spec.has("no_penalties")) {
            refusals.unlessZero("/frequency_penalty", request.sampling().frequencyPenalty());
            refusals.unlessZero("/presence_penalty", request.sampling().presencePenalty());
        }
        refusals.throwIfAny();
    }

    /** Gives a field the name the provider knows, unless that is there too. */
    private static void rename(ObjectNode body, String from, String to) {
        if (body.has(from) && !body.has(to)) {
            body.set(to, body.remove(from));
        }
    }

    private static void developersAsSystem(ObjectNode body) {
        if (!(body.get("messages") instanceof ArrayNode messages)) {
            return;
        }
        ArrayNode changed = null;
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i) instanceof ObjectNode message
                    && message.get("role") != null
                    && "developer".equals(message.get("role").asString(""))) {
                changed = changed == null ? Json.array().addAll(messages) : changed;
                changed.set(i, Json.object().setAll(message).put("role", "system"));
            }
        }
        if (changed != null) {
            body.set("messages", changed);
        }
    }

    private static void streaming(ObjectNode body, boolean stream, boolean optionsKnown) {
        if (!stream || !optionsKnown) {
            body.remove("stream_options");
        }
        if (!stream) {
            body.remove("stream");
            return;
        }
        body.put("stream", true);
        if (optionsKnown) {
            var options = Json.object();
            if (body.get("stream_options") instanceof ObjectNode said) {
                options.setAll(said);
            }
            body.set("stream_options", options.put("include_usage", true));
        }
    }
}
