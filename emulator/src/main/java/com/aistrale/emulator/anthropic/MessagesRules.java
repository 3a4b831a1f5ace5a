package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.openai.Pictures;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What a Messages request has to keep beyond its shape; each rule answers with the service's message. */
final class MessagesRules {
    private final JsonNode body;
    private final String model;

    private MessagesRules(JsonNode body, String model) {
        this.body = body;
        this.model = model;
    }

    /** The message of the first rule that is broken. */
    static Optional<String> broken(JsonNode body, String model) {
        MessagesRules rules = new MessagesRules(body, model);
        return rules.roles()
                .or(rules::contents)
                .or(() -> ThinkingRules.broken(body, model))
                .or(rules::sampling)
                .or(rules::toolUse)
                .or(rules::tools)
                .or(rules::ending);
    }

    private Optional<String> roles() {
        for (JsonNode message : body.get("messages")) {
            String role = Json.text(message, "role");
            if (role.equals("system")) {
                return Optional.of("messages: Unexpected role \"system\". The Messages API accepts a top-level `system` "
                        + "parameter, not \"system\" as an input message role.");
            }
            if (!role.equals("user") && !role.equals("assistant")) {
                return Optional.of(
                        "messages: Unexpected role \"" + role + "\". Allowed roles are \"user\" or \"assistant\"");
            }
        }
        return Json.text(body.get("messages").get(0), "role").equals("user")
                ? Optional.empty()
                : Optional.of("messages: first message must use the \"user\" role");
    }

    private Optional<String> contents() {
        JsonNode messages = body.get("messages");
        for (int i = 0; i < messages.size(); i++) {
            JsonNode content = messages.get(i).get("content");
            boolean lastAssistant = i == messages.size() - 1
                    && Json.text(messages.get(i), "role").equals("assistant");
            if (content.isEmpty() && content.asString("").isEmpty() && !lastAssistant) {
                return Optional.of(
                        "messages." + i + ": all messages must have non-empty content except for the optional final assistant message");
            }
            Optional<String> bad = blocks(content, "messages." + i + ".content");
            if (bad.isPresent()) {
                return bad;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> blocks(JsonNode content, String at) {
        for (int j = 0; j < content.size(); j++) {
            JsonNode block = content.get(j);
            Optional<String> bad =
                    switch (Json.text(block, "type")) {
                        case "text" ->
                            Json.text(block, "text").isEmpty()
                                    ? Optional.of("messages: text content blocks must be non-empty")
                                    : Optional.<String>empty();
                        case "image" -> image(block.get("source"), at + "." + j + ".image.source");
                        case "tool_result" -> blocks(block.path("content"), at + "." + j + ".tool_result.content");
                        default -> Optional.<String>empty();
                    };
            if (bad.isPresent()) {
                return bad;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> image(JsonNode source, String at) {
        if (!Json.text(source, "type").equals("base64")) {
            return Optional.empty();
        }
        String data = Json.text(source, "data");
        if (data.isEmpty()) {
            return Optional.of(at + ".base64: image cannot be empty");
        }
        try {
            String type = Pictures.type(Base64.getDecoder().decode(data));
            if (type.isEmpty()) {
                return Optional.of("Could not process image");
            }
            return type.equals(Json.text(source, "media_type"))
                    ? Optional.empty()
                    : Optional.of(at + ".base64.data: Image does not match the provided media type "
                            + Json.text(source, "media_type"));
        } catch (IllegalArgumentException notBase64) {
            return Optional.of(at + ".base64: invalid base64 data");
        }
    }

    private Optional<String> sampling() {
        if (ClaudeModels.adaptiveOnly(model)) {
            if (Json.has(body, "temperature") && body.get("temperature").doubleValue() != 1) {
                return Optional.of("`temperature` is deprecated for this model.");
            }
            for (String name : List.of("top_p", "top_k")) {
                if (Json.has(body, name)) {
                    return Optional.of("`" + name + "` is deprecated for this model.");
                }
            }
        }
        return Json.has(body, "temperature") && Json.has(body, "top_p")
                ? Optional.of("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
                : Optional.empty();
    }

    /** Results stand in the very next message, each for one call; neighbours of one role are one turn. */
    private Optional<String> toolUse() {
        Set<String> open = new LinkedHashSet<>();
        Set<String> answerable = new HashSet<>();
        int asked = -1;
        JsonNode messages = body.get("messages");
        for (int i = 0; i < messages.size(); i++) {
            JsonNode content = messages.get(i).get("content");
            boolean user = Json.text(messages.get(i), "role").equals("user");
            boolean follows = i > 0 && Json.text(messages.get(i - 1), "role").equals(user ? "user" : "assistant");
            if (user && !follows) {
                answerable = new HashSet<>(open);
            }
            for (int j = 0; user && j < content.size(); j++) {
                if (Json.text(content.get(j), "type").equals("tool_result")) {
                    String id = Json.text(content.get(j), "tool_use_id");
                    if (!answerable.contains(id)) {
                        return Optional.of("messages." + i + ".content." + j
                                + ": unexpected `tool_use_id` found in `tool_result` blocks: " + id
                                + ". Each `tool_result` block must have a corresponding `tool_use` block in the previous "
                                + "message.");
                    }
                    if (!open.remove(id)) {
                        return Optional.of("messages." + i + ".content." + j
                                + ": each tool_use must have a single result. Found multiple `tool_result` blocks with id: "
                                + id);
                    }
                }
            }
            if (!open.isEmpty() && user) {
                return Optional.of("messages." + asked
                        + ": `tool_use` ids were found without `tool_result` blocks immediately after: "
                        + String.join(", ", open)
                        + ". Each `tool_use` block must have a corresponding `tool_result` block in the next message.");
            }
            for (int j = 0; !user && j < content.size(); j++) {
                if (Json.text(content.get(j), "type").equals("tool_use")) {
                    asked = i;
                    if (!open.add(Json.text(content.get(j), "id"))) {
                        return Optional.of("messages." + i + ".content." + j + ": `tool_use` ids must be unique");
                    }
                }
            }
        }
        return open.isEmpty()
                ? Optional.empty()
                : Optional.of("messages." + asked
                        + ": `tool_use` ids were found without `tool_result` blocks immediately after: "
                        + String.join(", ", open)
                        + ". Each `tool_use` block must have a corresponding `tool_result` block in the next message.");
    }

    private Optional<String> tools() {
        Set<String> names = new HashSet<>();
        for (JsonNode tool : body.path("tools")) {
            if (!names.add(Json.text(tool, "name"))) {
                return Optional.of("tools: Tool names must be unique.");
            }
            if (!Json.text(tool.get("input_schema"), "type").equals("object")) {
                return Optional.of("tools." + (names.size() - 1) + ".custom.input_schema.type: Field required");
            }
        }
        JsonNode choice = body.path("tool_choice");
        if (choice.isObject() && names.isEmpty()) {
            return Optional.of("tool_choice may only be specified while providing tools");
        }
        String named = Json.text(choice, "name");
        if (!named.isEmpty() && !names.contains(named)) {
            return Optional.of("Tool '" + named + "' not found in provided tools");
        }
        return SchemaRules.broken(body.path("output_config").path("format").path("schema"));
    }

    private Optional<String> ending() {
        JsonNode last = body.get("messages").get(body.get("messages").size() - 1);
        if (!Json.text(last, "role").equals("assistant")) {
            return Optional.empty();
        }
        if (ClaudeModels.adaptive(model)) {
            return Optional.of("This model does not support assistant message prefill. The conversation must end with a user "
                    + "message.");
        }
        String text = last.get("content").asString("");
        return !text.equals(text.stripTrailing())
                ? Optional.of("messages: final assistant content cannot end with trailing whitespace")
                : Optional.empty();
    }
}
