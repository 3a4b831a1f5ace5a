package com.aistrale.server.inference;

import com.aistrale.server.inference.MessageWriter.Dialect;
import com.aistrale.server.kit.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes a {@link ChatRequest} as a body of OpenAI's {@code /chat/completions}. */
public final class ChatWriter {
    private ChatWriter() {}

    /**
     * The body, without {@code stream}, provider options and extras.
     *
     * @param maxTokensField {@code max_tokens} or {@code max_completion_tokens}
     */
    public static ObjectNode body(ChatRequest request, String model, Dialect dialect, String maxTokensField) {
        var body = Json.object().put("model", model);
        var messages = body.putArray("messages");
        var writer = new MessageWriter(dialect);
        for (var message : request.messages()) {
            writer.write(message, messages);
        }
        sampling(request.sampling(), body);
        if (request.maxOutputTokens() != null) {
            body.put(maxTokensField, request.maxOutputTokens());
        }
        if (!request.stop().isEmpty()) {
            var stop = body.putArray("stop");
            request.stop().forEach(stop::add);
        }
        tools(request, body, dialect);
        if (request.responseFormat() != null) {
            body.set("response_format", format(request.responseFormat()));
        }
        if (request.reasoningEffort() != null) {
            body.put("reasoning_effort", request.reasoningEffort());
        }
        return body;
    }

    private static void sampling(ChatRequest.Sampling sampling, ObjectNode body) {
        number(body, "temperature", sampling.temperature());
        number(body, "top_p", sampling.topP());
        number(body, "frequency_penalty", sampling.frequencyPenalty());
        number(body, "presence_penalty", sampling.presencePenalty());
        if (sampling.seed() != null) {
            body.put("seed", sampling.seed());
        }
    }

    private static void number(ObjectNode body, String field, @Nullable Double value) {
        if (value != null) {
            body.put(field, value);
        }
    }

    private static void tools(ChatRequest request, ObjectNode body, Dialect dialect) {
        if (!request.tools().isEmpty()) {
            var tools = body.putArray("tools");
            for (var tool : request.tools()) {
                tools.add(tool(tool, dialect));
            }
        }
        if (request.toolChoice() != null) {
            body.set("tool_choice", choice(request.toolChoice()));
        }
        if (request.parallelToolCalls() != null) {
            body.put("parallel_tool_calls", request.parallelToolCalls());
        }
    }

    private static ObjectNode tool(Tool tool, Dialect dialect) {
        var object = Json.object().put("type", "function");
        var function = object.putObject("function").put("name", tool.name());
        if (tool.description() != null) {
            function.put("description", tool.description());
        }
        if (tool.parameters() != null) {
            function.set("parameters", tool.parameters());
        }
        if (tool.strict() != null) {
            function.put("strict", tool.strict());
        }
        if (tool.cacheControl() != null && dialect.cacheMarkers()) {
            object.set("cache_control", tool.cacheControl());
        }
        return object;
    }

    private static JsonNode choice(ToolChoice choice) {
        return switch (choice) {
            case ToolChoice.Auto auto -> word("auto");
            case ToolChoice.None none -> word("none");
            case ToolChoice.Required required -> word("required");
            case ToolChoice.Named named -> {
                var object = Json.object().put("type", "function");
                object.putObject("function").put("name", named.name());
                yield object;
            }
        };
    }

    private static JsonNode word(String word) {
        return Json.object().stringNode(word);
    }

    private static ObjectNode format(ResponseFormat format) {
        return switch (format) {
            case ResponseFormat.Text text -> Json.object().put("type", "text");
            case ResponseFormat.JsonObject json -> Json.object().put("type", "json_object");
            case ResponseFormat.JsonSchema schema -> {
                var object = Json.object().put("type", "json_schema");
                var inside = object.putObject("json_schema").put("name", schema.name());
                if (schema.description() != null) {
                    inside.put("description", schema.description());
                }
                inside.set("schema", schema.schema());
                if (schema.strict() != null) {
                    inside.put("strict", schema.strict());
                }
                yield object;
            }
        };
    }
}
