package com.aistrale.emulator.openai;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.openai.Dialect.Parameters;
import com.aistrale.emulator.shape.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What a chat request has to keep beyond its shape. */
final class ChatRules {
    private final JsonNode body;
    private final Parameters parameters;

    private ChatRules(JsonNode body, Parameters parameters) {
        this.body = body;
        this.parameters = parameters;
    }

    /** The first rule that is broken. */
    static Optional<Problem> broken(JsonNode body, Parameters parameters) {
        if (parameters == Parameters.NO_RULES) {
            return Optional.empty();
        }
        ChatRules rules = new ChatRules(body, parameters);
        return rules.parameters()
                .or(rules::conversation)
                .or(rules::images)
                .or(rules::tools)
                .or(rules::output);
    }

    private Optional<Problem> parameters() {
        if (Json.has(body, "max_tokens") && Json.has(body, "max_completion_tokens")) {
            return Optional.of(new Problem.BothLimits());
        }
        if (Json.has(body, "stream_options") && !Json.flag(body, "stream")) {
            return Optional.of(new Problem.StreamOptionsWithoutStream());
        }
        return switch (parameters) {
            case ANY, NO_RULES -> Optional.empty();
            case SAMPLING ->
                Json.has(body, "reasoning_effort")
                        ? Optional.of(new Problem.Unsupported("reasoning_effort", ""))
                        : Optional.empty();
            case REASONING -> reasoning();
        };
    }

    private Optional<Problem> reasoning() {
        if (Json.has(body, "max_tokens")) {
            return Optional.of(new Problem.Unsupported("max_tokens", "max_completion_tokens"));
        }
        for (String name : List.of("temperature", "top_p")) {
            if (Json.has(body, name) && body.get(name).doubleValue() != 1) {
                return Optional.of(new Problem.OnlyDefault(name, body.get(name).toString()));
            }
        }
        for (String name : List.of("presence_penalty", "frequency_penalty", "logprobs", "stop")) {
            if (Json.has(body, name)) {
                return Optional.of(new Problem.Unsupported(name, ""));
            }
        }
        return Optional.empty();
    }

    /** Every call has its result right after it, and every result its call. */
    private Optional<Problem> conversation() {
        Set<String> open = new LinkedHashSet<>();
        int asked = -1;
        JsonNode messages = body.get("messages");
        for (int i = 0; i < messages.size(); i++) {
            JsonNode message = messages.get(i);
            if (Json.text(message, "role").equals("tool")) {
                if (asked < 0 || !open.remove(Json.text(message, "tool_call_id"))) {
                    return Optional.of(new Problem.ResultWithoutCall(Path.of("messages", i, "role")));
                }
                continue;
            }
            if (!open.isEmpty()) {
                return Optional.of(new Problem.CallWithoutResult(asked, i, List.copyOf(open)));
            }
            asked = message.path("tool_calls").isArray() ? i : -1;
            message.path("tool_calls").forEach(call -> open.add(Json.text(call, "id")));
        }
        return open.isEmpty()
                ? Optional.empty()
                : Optional.of(new Problem.CallWithoutResult(asked, messages.size(), List.copyOf(open)));
    }

    private Optional<Problem> images() {
        for (int i = 0; i < body.get("messages").size(); i++) {
            JsonNode content = body.get("messages").get(i).path("content");
            for (int j = 0; j < content.size(); j++) {
                if (Json.text(content.get(j), "type").equals("image_url")) {
                    Path at = Path.of("messages", i, "content", j, "image_url", "url");
                    Optional<Problem> bad = image(Json.text(content.get(j).get("image_url"), "url"), at);
                    if (bad.isPresent()) {
                        return bad;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Problem> image(String url, Path at) {
        if (url.startsWith("https://") || url.startsWith("http://")) {
            return Optional.empty();
        }
        int comma = url.indexOf(";base64,");
        if (!url.startsWith("data:image/") || comma < 0) {
            return Optional.of(new Problem.BadImage(at, true));
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(url.substring(comma + ";base64,".length()));
            return Pictures.isOne(bytes) ? Optional.empty() : Optional.of(new Problem.BadImage(at, false));
        } catch (IllegalArgumentException notBase64) {
            return Optional.of(new Problem.BadImage(at, true));
        }
    }

    private Optional<Problem> tools() {
        Set<String> offered = new LinkedHashSet<>();
        body.path("tools").forEach(tool -> offered.add(Json.text(tool.get("function"), "name")));
        if (offered.isEmpty()) {
            boolean choosing = Json.has(body, "tool_choice")
                    && !Json.text(body, "tool_choice").equals("none");
            return choosing ? Optional.of(new Problem.ChoiceWithoutTools()) : Optional.empty();
        }
        String named = Json.text(body.path("tool_choice").path("function"), "name");
        return named.isEmpty() || offered.contains(named)
                ? Optional.empty()
                : Optional.of(new Problem.NoSuchTool(named, offered));
    }

    private Optional<Problem> output() {
        JsonNode format = body.path("response_format");
        return switch (Json.text(format, "type")) {
            case "json_object" ->
                format.path("value").isObject()
                                || Json.write(body.get("messages"))
                                        .toLowerCase(Locale.ROOT)
                                        .contains("json")
                        ? Optional.empty()
                        : Optional.of(new Problem.NoMentionOfJson());
            case "json_schema" -> schema(format.get("json_schema"));
            default -> Optional.empty();
        };
    }

    /** Strict mode wants every object closed and every property required. */
    private static Optional<Problem> schema(JsonNode named) {
        if (!Json.flag(named, "strict")) {
            return Optional.empty();
        }
        List<String> reasons = new ArrayList<>();
        strict(named.path("schema"), "()", reasons);
        return reasons.stream()
                .findFirst()
                .map(reason -> new Problem.BadSchema(Path.of("response_format"), Json.text(named, "name"), reason));
    }

    private static void strict(JsonNode schema, String context, List<String> reasons) {
        JsonNode properties = schema.path("properties");
        if (properties.isObject() || Json.text(schema, "type").equals("object")) {
            if (!schema.path("additionalProperties").isBoolean() || Json.flag(schema, "additionalProperties")) {
                reasons.add("In context=" + context
                        + ", 'additionalProperties' is required to be supplied and to be false.");
            }
            Set<String> required = new LinkedHashSet<>();
            schema.path("required").forEach(name -> required.add(name.asString("")));
            for (String name : properties.propertyNames()) {
                if (!required.contains(name)) {
                    reasons.add("In context=" + context + ", 'required' is required to be supplied and to be an array "
                            + "including every key in properties. Missing '" + name + "'.");
                }
            }
            properties
                    .properties()
                    .forEach(entry -> strict(entry.getValue(), "('properties', '" + entry.getKey() + "')", reasons));
        }
        if (schema.path("items").isObject()) {
            strict(schema.get("items"), "('items',)", reasons);
        }
        schema.path("$defs")
                .properties()
                .forEach(entry -> strict(entry.getValue(), "('$defs', '" + entry.getKey() + "')", reasons));
    }
}
