package com.aistrale.emulator.gemini;

import com.aistrale.emulator.json.Json;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What a generateContent request has to keep beyond its shape; each rule answers with the service's message. */
final class GenerateRules {
    private static final Set<String> ROLES = Set.of("user", "model", "function", "");
    private static final Set<String> DATA = Set.of(
            "text",
            "inlineData",
            "fileData",
            "functionCall",
            "functionResponse",
            "executableCode",
            "codeExecutionResult");

    private final JsonNode body;
    private final String model;

    private GenerateRules(JsonNode body, String model) {
        this.body = body;
        this.model = model;
    }

    /** The message of the first rule that is broken. */
    static Optional<String> broken(JsonNode body, String model) {
        GenerateRules rules = new GenerateRules(body, model);
        return rules.contents()
                .or(rules::turns)
                .or(() -> ThoughtSignatures.broken(body, model))
                .or(rules::thinking)
                .or(rules::tools)
                .or(rules::output);
    }

    private Optional<String> contents() {
        JsonNode contents = body.path("contents");
        if (contents.isEmpty()) {
            return Optional.of("* GenerateContentRequest.contents: contents is not specified\n");
        }
        for (int i = 0; i < contents.size(); i++) {
            if (!ROLES.contains(Json.text(contents.get(i), "role"))) {
                return Optional.of("Please use a valid role: user, model.");
            }
            JsonNode parts = contents.get(i).path("parts");
            if (parts.isEmpty()) {
                return Optional.of(
                        "* GenerateContentRequest.contents[" + i + "].parts: contents.parts must not be empty.\n");
            }
            for (int j = 0; j < parts.size(); j++) {
                Optional<String> bad = part(parts.get(j), "contents[" + i + "].parts[" + j + "]");
                if (bad.isPresent()) {
                    return bad;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> part(JsonNode part, String at) {
        long data = part.propertyNames().stream().filter(DATA::contains).count();
        if (data == 0) {
            return Optional.of("* GenerateContentRequest." + at
                    + ".data: required oneof field 'data' must have one initialized field\n");
        }
        if (data > 1) {
            return Optional.of("Invalid value at '" + at + "' (oneof), oneof field 'data' is already set.");
        }
        JsonNode blob = part.path("inlineData");
        if (blob.isObject()) {
            if (Json.text(blob, "mimeType").isEmpty()) {
                return Optional.of(
                        "* GenerateContentRequest." + at + ".inline_data.mime_type: mime_type is required\n");
            }
            if (Base64Text.decode(Json.text(blob, "data")).isEmpty()) {
                return Optional.of(
                        "Invalid value at '" + at + ".inline_data.data' (TYPE_BYTES), Base64 decoding failed for \""
                                + start(Json.text(blob, "data")) + "\"");
            }
        }
        return Optional.empty();
    }

    private static String start(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40);
    }

    /** A call turn follows a user's or a response turn; a response turn follows its call turn and answers every call. */
    private Optional<String> turns() {
        JsonNode contents = body.get("contents");
        int open = 0;
        for (int i = 0; i < contents.size(); i++) {
            int calls = count(contents.get(i), "functionCall");
            int responses = count(contents.get(i), "functionResponse");
            if (responses > 0 && open == 0) {
                return Optional.of(
                        "Please ensure that function response turn comes immediately after a function call turn.");
            }
            if (responses != open) {
                return Optional.of(
                        "Please ensure that the number of function response parts is equal to the number of function "
                                + "call parts of the function call turn.");
            }
            if (calls > 0 && (i == 0 || Json.text(contents.get(i - 1), "role").equals("model"))) {
                return Optional.of(
                        "Please ensure that function call turn comes immediately after a user turn or after a "
                                + "function response turn.");
            }
            open = calls;
        }
        return open == 0
                ? Optional.empty()
                : Optional.of(
                        "Please ensure that the number of function response parts is equal to the number of function call "
                                + "parts of the function call turn.");
    }

    static int count(JsonNode content, String kind) {
        int count = 0;
        for (JsonNode part : content.path("parts")) {
            count += part.path(kind).isObject() ? 1 : 0;
        }
        return count;
    }

    private Optional<String> thinking() {
        JsonNode thinking = body.path("generationConfig").path("thinkingConfig");
        boolean budget = Json.has(thinking, "thinkingBudget");
        boolean level = Json.has(thinking, "thinkingLevel");
        if (budget && level) {
            return Optional.of("You can only set only one of thinking budget and thinking level.");
        }
        if (level && !GeminiModels.third(model)) {
            return Optional.of("Thinking level is not supported for this model.");
        }
        if ((budget || Json.flag(thinking, "includeThoughts")) && !GeminiModels.thinks(model)) {
            return Optional.of("Thinking is not enabled for models/" + model);
        }
        return budget && Json.number(thinking, "thinkingBudget", -1) == 0 && model.endsWith("pro")
                ? Optional.of("Budget 0 is invalid. This model only works in thinking mode.")
                : Optional.empty();
    }

    private Optional<String> tools() {
        boolean declares = false;
        for (int i = 0; i < body.path("tools").size(); i++) {
            JsonNode functions = body.get("tools").get(i).path("functionDeclarations");
            for (int j = 0; j < functions.size(); j++) {
                declares = true;
                String at = "* GenerateContentRequest.tools[" + i + "].function_declarations[" + j + "]";
                if (!Json.text(functions.get(j), "name").matches("[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}")) {
                    return Optional.of(
                            at + ".name: Invalid function name. Must start with a letter or an underscore. Must be "
                                    + "alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum "
                                    + "length of 128.\n");
                }
                if (Json.has(functions.get(j), "parameters") && Json.has(functions.get(j), "parametersJsonSchema")) {
                    return Optional.of(at + ": parameters and parameters_json_schema must not both be set\n");
                }
            }
        }
        String mode = Json.text(body.path("toolConfig").path("functionCallingConfig"), "mode");
        return mode.equals("ANY") && !declares
                ? Optional.of("Function calling config is set without function_declarations.")
                : Optional.empty();
    }

    private Optional<String> output() {
        JsonNode config = body.path("generationConfig");
        boolean schema = Json.has(config, "responseSchema") || Json.has(config, "responseJsonSchema");
        String type = Json.text(config, "responseMimeType");
        if (schema && !type.equals("application/json") && !type.equals("text/x.enum")) {
            return Optional.of(
                    "* GenerateContentRequest.generation_config.response_schema: only allowed when response_mime_type "
                            + "is application/json or text/x.enum\n");
        }
        if (type.equals("application/json") && !body.path("tools").isEmpty() && !GeminiModels.third(model)) {
            return Optional.of("Function calling with a response mime type: 'application/json' is unsupported");
        }
        return Optional.empty();
    }
}
