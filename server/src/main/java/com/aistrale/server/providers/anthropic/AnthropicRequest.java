package com.aistrale.server.providers.anthropic;

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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A request in the words of the Messages API. */
final class AnthropicRequest {
    private final ChatRequest request;
    private final AnthropicModels.Generation generation;
    private final Refusals refusals = new Refusals("Anthropic's Messages API");
    private final ObjectNode body = Json.object();

    private AnthropicRequest(String model, ChatRequest request) {
        this.request = request;
        this.generation = AnthropicModels.of(model);
        body.put("model", model);
    }

    /** @throws com.aistrale.server.kit.problem.ProblemException naming everything that the format cannot say */
    static ObjectNode encode(String model, ChatRequest request, boolean stream) {
        var body = request.anthropic() == null
                ? encoded(model, request)
                : asSent(model, request.anthropic().body());
        if (stream) {
            body.put("stream", true);
        } else {
            body.remove("stream");
        }
        return body;
    }

    private static ObjectNode encoded(String model, ChatRequest request) {
        var encoding = new AnthropicRequest(model, request);
        encoding.write();
        encoding.refusals.throwIfAny();
        ProviderOptions.mergeInto(encoding.body, request.providerOptions());
        return encoding.body;
    }

    /** As it came, but for the model, and for thoughts of other providers: they are unsigned, which is refused. */
    static ObjectNode asSent(String model, ObjectNode sent) {
        var body = Json.object().setAll(sent);
        body.put("model", model);
        if (sent.get("messages") instanceof ArrayNode messages) {
            body.set("messages", signedOnly(messages));
        }
        return body;
    }

    private static ArrayNode signedOnly(ArrayNode messages) {
        var signed = Json.array();
        for (var message : messages) {
            if (message instanceof ObjectNode turn
                    && turn.get("content") instanceof ArrayNode blocks
                    && blocks.valueStream().anyMatch(AnthropicRequest::isUnsigned)) {
                var kept = Json.array();
                blocks.valueStream().filter(block -> !isUnsigned(block)).forEach(kept::add);
                if (!kept.isEmpty()) { // one without content is refused
                    signed.add(Json.object().setAll(turn).set("content", kept));
                }
            } else {
                signed.add(message);
            }
        }
        return signed;
    }

    private static boolean isUnsigned(JsonNode block) {
        return "thinking".equals(block.path("type").stringValue(""))
                && block.path("signature").stringValue("").isEmpty();
    }

    private void write() {
        AnthropicThinking.encode(request.reasoningEffort(), request.maxOutputTokens(), generation, body, refusals);
        AnthropicMessages.encode(request.messages(), generation.systemTurns(), body, refusals);
        if (!request.stop().isEmpty()) {
            var sequences = body.putArray("stop_sequences");
            request.stop().forEach(sequences::add);
        }
        sampling(request.sampling());
        tools();
        responseFormat(request.responseFormat());
        request.extras().forEach(this::extra);
    }

    private void sampling(ChatRequest.Sampling sampling) {
        var temperature = sampling.temperature();
        if (temperature != null) {
            if (temperature < 0 || temperature > 1) {
                refusals.add("/temperature", "Anthropic's range is 0 to 1: " + temperature);
            }
            body.put("temperature", temperature);
        }
        if (sampling.topP() != null) {
            body.put("top_p", sampling.topP());
        }
        refusals.unlessZero("/frequency_penalty", sampling.frequencyPenalty());
        refusals.unlessZero("/presence_penalty", sampling.presencePenalty());
        if (sampling.seed() != null) {
            refusals.noPlace("/seed", "its answers cannot be made repeatable");
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
        var tools = body.putArray("tools");
        request.tools().forEach(tool -> tool(tools, tool));
        boolean oneAtATime = Boolean.FALSE.equals(request.parallelToolCalls());
        if (choice != null || oneAtATime) {
            body.set("tool_choice", toolChoice(choice, oneAtATime));
        }
    }

    private static void tool(ArrayNode tools, Tool tool) {
        var said = tools.addObject().put("name", tool.name());
        if (tool.description() != null) {
            said.put("description", tool.description());
        }
        var parameters = tool.parameters();
        said.set("input_schema", parameters == null ? noParameters() : parameters);
        if (Boolean.TRUE.equals(tool.strict())) {
            said.put("strict", true);
        }
        if (tool.cacheControl() != null) {
            said.set("cache_control", tool.cacheControl());
        }
    }

    private static ObjectNode noParameters() {
        var schema = Json.object().put("type", "object");
        schema.putObject("properties");
        return schema.put("additionalProperties", false);
    }

    private static ObjectNode toolChoice(@Nullable ToolChoice choice, boolean oneAtATime) {
        var said = Json.object();
        switch (choice == null ? new ToolChoice.Auto() : choice) {
            case ToolChoice.Auto() -> said.put("type", "auto");
            case ToolChoice.Required() -> said.put("type", "any");
            case ToolChoice.Named(var name) -> said.put("type", "tool").put("name", name);
            case ToolChoice.None() -> {
                return said.put("type", "none");
            }
        }
        return oneAtATime ? said.put("disable_parallel_tool_use", true) : said;
    }

    private void responseFormat(@Nullable ResponseFormat format) {
        switch (format) {
            case null -> {}
            case ResponseFormat.Text() -> {}
            case ResponseFormat.JsonObject() ->
                refusals.noPlace("/response_format", "use type `json_schema` and say which object you want");
            case ResponseFormat.JsonSchema json -> {
                var said = Json.object().put("type", "json_schema");
                said.set("schema", AnswerSchema.of(json));
                body.withObjectProperty("output_config").set("format", said);
            }
        }
    }

    /** Fields of OpenAI's dialect with a meaning here, and Anthropic's own, which its clients send beside OpenAI's. */
    private void extra(String name, Leftover extra) {
        var value = extra.value();
        switch (name) {
            case "user", "safety_identifier" -> userId(name, value);
            case "service_tier" -> {
                if ("default".equals(value.stringValue("")) || "standard_only".equals(value.stringValue(""))) {
                    body.put("service_tier", "standard_only");
                } else {
                    refusals.extra(name, extra);
                }
            }
            case "top_k", "thinking", "cache_control", "inference_geo", "speed" -> {
                if (!value.isNull()) {
                    body.set(name, value);
                }
            }
            default -> refusals.extra(name, extra);
        }
    }

    private void userId(String name, JsonNode value) {
        if (value.isNull()) {
            return;
        }
        var metadata = body.withObjectProperty("metadata");
        var other = metadata.get("user_id");
        if (other != null && !other.equals(value)) {
            refusals.add("/" + name, "Anthropic takes one id of the user, and `user` and `safety_identifier` differ");
        }
        metadata.set("user_id", value);
    }
}
