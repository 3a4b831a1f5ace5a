package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.openai.Pictures;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What a Messages request has to keep beyond its shape; each rule answers with the service's message. */
final class MessagesRules {
    private final JsonNode body;
    private final String model;
    private final String version;

    private MessagesRules(JsonNode body, String model, String version) {
        this.body = body;
        this.model = model;
        this.version = version;
    }

    /** The message of the first rule that is broken. */
    static Optional<String> broken(JsonNode body, String model, String version) {
        MessagesRules rules = new MessagesRules(body, model, version);
        return rules.roles()
                .or(rules::contents)
                .or(rules::placement)
                .or(() -> ThinkingRules.broken(body, model))
                .or(rules::sampling)
                .or(() -> ToolUse.broken(body))
                .or(rules::tools)
                .or(rules::ending);
    }

    private Optional<String> roles() {
        String before = "";
        for (JsonNode message : body.get("messages")) {
            String role = Json.text(message, "role");
            if (role.equals("system")) {
                Optional<String> misplaced = system(before);
                if (misplaced.isPresent()) {
                    return misplaced;
                }
                before = role;
                continue;
            }
            before = role;
            if (!role.equals("user") && !role.equals("assistant")) {
                return Optional.of(
                        "messages: Unexpected role \"" + role + "\". Allowed roles are \"user\" or \"assistant\"");
            }
        }
        return Json.text(body.get("messages").get(0), "role").equals("user")
                ? Optional.empty()
                : Optional.of("messages: first message must use the \"user\" role");
    }

    /** The latest models take a system message right after a user's; the others take none. */
    private Optional<String> system(String before) {
        if (!before.equals("user") && !before.isEmpty() && ClaudeModels.takesSystemMessages(model)) {
            return Optional.of("messages: a message with role 'system' must follow a message with role 'user'");
        }
        if (ClaudeModels.takesSystemMessages(model) && !before.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not "
                        + "\"system\" as an input message role.");
    }

    private Optional<String> contents() {
        JsonNode messages = body.get("messages");
        for (int i = 0; i < messages.size(); i++) {
            JsonNode content = messages.get(i).get("content");
            boolean lastAssistant = i == messages.size() - 1
                    && Json.text(messages.get(i), "role").equals("assistant");
            if (content.isEmpty() && content.asString("").isEmpty() && !lastAssistant) {
                return Optional.of("messages." + i
                        + ": all messages must have non-empty content except for the optional final assistant message");
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
            Optional<String> bad = switch (Json.text(block, "type")) {
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

    /** Since 2026-10-21 an assistant message holds no document, and a user's text no citations. */
    private Optional<String> placement() {
        JsonNode messages = body.get("messages");
        for (int i = 0; version.equals(MessagesShape.WITHOUT_SAMPLING) && i < messages.size(); i++) {
            boolean assistant = Json.text(messages.get(i), "role").equals("assistant");
            JsonNode content = messages.get(i).get("content");
            for (int j = 0; j < content.size(); j++) {
                String type = Json.text(content.get(j), "type");
                if (assistant && type.equals("document")) {
                    return Optional.of("messages." + i + ".content." + j
                            + ": `document` blocks are not permitted in `assistant` messages");
                }
                if (!assistant
                        && type.equals("text")
                        && !content.get(j).path("citations").isEmpty()) {
                    return Optional.of("messages." + i + ".content." + j
                            + ".text.citations: `citations` are not permitted in `user` messages");
                }
            }
        }
        return Optional.empty();
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
            return Optional.of(
                    "This model does not support assistant message prefill. The conversation must end with a user "
                            + "message.");
        }
        String text = last.get("content").asString("");
        return !text.equals(text.stripTrailing())
                ? Optional.of("messages: final assistant content cannot end with trailing whitespace")
                : Optional.empty();
    }
}
