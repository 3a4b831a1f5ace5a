package com.aistrale.server.providers.gemini;

import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.Leftover;
import com.aistrale.server.inference.ResponseFormat;
import com.aistrale.server.inference.Tool;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.AnswerSchema;
import com.aistrale.server.providers.ProviderOptions;
import com.aistrale.server.providers.Refusals;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request in the words of {@code generateContent}. */
final class GeminiRequest {
    private final ChatRequest request;
    private final GeminiModels.Generation generation;
    private final Refusals refusals = new Refusals("Gemini's generateContent");
    private final ObjectNode body = Json.object();
    private final ObjectNode config = Json.object();

    private GeminiRequest(String model, ChatRequest request) {
        this.request = request;
        this.generation = GeminiModels.of(model);
    }

    /** @throws com.aistrale.server.kit.problem.ProblemException naming everything that the format cannot say */
    static ObjectNode encode(String model, ChatRequest request) {
        // Clients of Anthropic's format mark what may be cached in every request; it is a hint, and here nothing is
        // lost.
        var encoding = new GeminiRequest(model, request.anthropic() == null ? request : request.withoutCacheMarkers());
        encoding.write();
        encoding.refusals.throwIfAny();
        ProviderOptions.mergeInto(encoding.body, request.providerOptions());
        return encoding.body;
    }

    private void write() {
        GeminiContents.encode(request.messages(), generation, body, refusals);
        tools();
        if (request.maxOutputTokens() != null) {
            config.put("maxOutputTokens", request.maxOutputTokens());
        }
        if (!request.stop().isEmpty()) {
            var sequences = config.putArray("stopSequences");
            request.stop().forEach(sequences::add);
        }
        sampling(request.sampling());
        responseFormat(request.responseFormat());
        GeminiThinking.encode(request.reasoningEffort(), generation, config, refusals);
        request.extras().forEach(this::extra);
        if (!config.isEmpty()) {
            body.set("generationConfig", config);
        }
    }

    private void sampling(ChatRequest.Sampling sampling) {
        number("temperature", sampling.temperature());
        number("topP", sampling.topP());
        number("frequencyPenalty", sampling.frequencyPenalty());
        number("presencePenalty", sampling.presencePenalty());
        if (sampling.seed() != null) {
            config.put("seed", sampling.seed());
        }
    }

    private void number(String name, @Nullable Double value) {
        if (value != null) {
            config.put(name, value);
        }
    }

    private void tools() {
        var choice = request.toolChoice();
        if (request.tools().isEmpty()) {
            if (choice instanceof ToolChoice.Required || choice instanceof ToolChoice.Named) {
                refusals.add("/tool_choice", "there are no tools to choose from");
            }
            return;
        }
        if (Boolean.FALSE.equals(request.parallelToolCalls())) {
            refusals.noPlace("/parallel_tool_calls", "leave it out, and be ready for several calls");
        }
        var declarations = body.putArray("tools").addObject().putArray("functionDeclarations");
        boolean strict = false;
        for (int i = 0; i < request.tools().size(); i++) {
            var tool = request.tools().get(i);
            tool(declarations, tool, i);
            strict |= Boolean.TRUE.equals(tool.strict());
        }
        toolConfig(choice, strict);
    }

    private void tool(ArrayNode declarations, Tool tool, int index) {
        var said = declarations.addObject().put("name", tool.name());
        if (tool.description() != null) {
            said.put("description", tool.description());
        }
        if (tool.parameters() != null) {
            said.set("parametersJsonSchema", tool.parameters());
        }
        if (tool.cacheControl() != null) {
            GeminiParts.noCacheControl(refusals, "/tools/" + index);
        }
    }

    /** {@code ANY} holds to the schemas by itself; {@code VALIDATED} is {@code AUTO} that does. */
    private void toolConfig(@Nullable ToolChoice choice, boolean strict) {
        if (choice == null && !strict) {
            return;
        }
        var said = body.putObject("toolConfig").putObject("functionCallingConfig");
        switch (choice == null ? new ToolChoice.Auto() : choice) {
            case ToolChoice.Auto() -> said.put("mode", strict ? "VALIDATED" : "AUTO");
            case ToolChoice.None() -> said.put("mode", "NONE");
            case ToolChoice.Required() -> said.put("mode", "ANY");
            case ToolChoice.Named(var name) ->
                said.put("mode", "ANY").putArray("allowedFunctionNames").add(name);
        }
    }

    private void responseFormat(@Nullable ResponseFormat format) {
        switch (format) {
            case null -> {}
            case ResponseFormat.Text() -> {}
            case ResponseFormat.JsonObject() -> config.put("responseMimeType", "application/json");
            case ResponseFormat.JsonSchema json ->
                config.put("responseMimeType", "application/json").set("responseJsonSchema", AnswerSchema.of(json));
        }
    }

    /** Fields of OpenAI's dialect with a meaning here, and Gemini's own, which its clients send beside OpenAI's. */
    private void extra(String name, Leftover extra) {
        var value = extra.value();
        if (value.isNull()) {
            return;
        }
        switch (name) {
            case "top_k" -> config.set("topK", value);
            case "safety_settings" -> body.set("safetySettings", value);
            case "cached_content" -> body.set("cachedContent", value);
            case "service_tier" -> {
                switch (value.stringValue("")) {
                    case "default" -> body.put("serviceTier", "standard");
                    case "flex", "priority" -> body.set("serviceTier", value);
                    default -> refusals.extra(name, extra);
                }
            }
            default -> refusals.extra(name, extra);
        }
    }
}
