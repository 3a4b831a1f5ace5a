package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.prompts.PromptContent;
import com.aistrale.server.prompts.PromptVersion;
import com.aistrale.server.prompts.Template;
import com.aistrale.server.prompts.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes a version as a Dotprompt file, from which {@link DotpromptReader} reads the same. One thread, one file. */
final class DotpromptWriter {
    private static final List<String> CONFIG_ORDER =
            List.of("temperature", "topP", "maxOutputTokens", "stopSequences", "seed", "reasoningEffort");
    private static final Set<String> MESSAGE_FIELDS = Set.of("role", "content");

    private final PromptVersion version;
    private final List<FieldError> unsayable = new ArrayList<>();

    private DotpromptWriter(PromptVersion version) {
        this.version = version;
    }

    /** @throws ProblemException {@code conflict} that names what the format cannot say */
    static String write(PromptVersion version, @Nullable String description) {
        var writer = new DotpromptWriter(version);
        var file = writer.file(description);
        if (!writer.unsayable.isEmpty()) {
            var first = writer.unsayable.getFirst();
            throw new Problem(
                            ProblemCode.CONFLICT,
                            "A Dotprompt file cannot say what version " + version.version() + " of the prompt `"
                                    + version.name() + "` holds. "
                                    + (first.pointer().isEmpty() ? "" : first.pointer() + ": ")
                                    + first.detail(),
                            writer.unsayable,
                            null,
                            null,
                            null,
                            false)
                    .exception();
        }
        return file;
    }

    private String file(@Nullable String description) {
        var content = version.content();
        var front = Json.object().put("name", version.name()).put("version", String.valueOf(version.version()));
        if (description != null) {
            front.put("description", description);
        }
        var ours = Json.object(); // what has no place in Dotprompt's own words
        settings(content.settings(), front, ours);
        input(content.variables(), front);
        var format = content.settings().get("response_format");
        if (format != null && !output(format, front)) {
            ours.set("response_format", format);
        }
        if (!ours.isEmpty()) {
            front.set(DotpromptReader.SETTINGS, ours);
        }
        if (version.note() != null) {
            front.put(DotpromptReader.NOTE, version.note());
        }
        if (isDeeper(front, Yaml.DEEPEST)) {
            say("", "values that are deeper than " + Yaml.DEEPEST + " levels");
            return "";
        }
        var body = content.text() == null ? messages(content) : text(content.text(), front);
        // The line end before the dashes is no part of the YAML, where one at the end of a value would be.
        var end = lastLeaf(front).contains("\n") ? "\n---\n" : "---\n";
        var yaml = Yaml.write(front);
        if (yaml.length() > DotpromptReader.LONGEST_FRONT) {
            say("", "a front matter of more than " + DotpromptReader.LONGEST_FRONT + " characters");
        }
        return "---\n" + yaml + end + body + "\n";
    }

    private static boolean isDeeper(JsonNode node, int levels) {
        return node.isContainer() && (levels == 0 || node.valueStream().anyMatch(child -> isDeeper(child, levels - 1)));
    }

    private static String lastLeaf(JsonNode node) {
        var last = node;
        while (last.isContainer() && !last.isEmpty()) {
            last = last.valueStream().reduce(last, (before, next) -> next);
        }
        return last.isString() ? last.stringValue() : "";
    }

    private static void settings(ObjectNode settings, ObjectNode front, ObjectNode ours) {
        var config = Json.object();
        for (var theirs : CONFIG_ORDER) {
            var value = settings.get(DotpromptReader.CONFIG.get(theirs));
            if (value != null) {
                config.set(theirs, value);
            }
        }
        for (var setting : settings.properties()) {
            var name = setting.getKey();
            var value = setting.getValue();
            if (name.equals("model")
                    && DotpromptReader.ours(value.stringValue()).equals(value.stringValue())) {
                front.put("model", theirs(value.stringValue()));
            } else if (!name.equals("response_format") && !DotpromptReader.CONFIG.containsValue(name)) {
                ours.set(name, value);
            }
        }
        if (!config.isEmpty()) {
            front.set("config", config);
        }
    }

    private static String theirs(String model) {
        return model.startsWith("gemini/") ? "googleai/" + model.substring("gemini/".length()) : model;
    }

    private void input(List<Variable> variables, ObjectNode front) {
        if (variables.isEmpty()) {
            return;
        }
        for (var variable : variables) {
            if (BodyReader.RESERVED.contains(variable.name())) {
                say(
                        "/variables/" + variables.indexOf(variable),
                        "`" + variable.name() + "` is a word of Handlebars or Dotprompt, and no variable there");
            }
        }
        var input = front.putObject("input");
        input.set(
                "schema", variables.stream().allMatch(DotpromptWriter::isShort) ? pico(variables) : schema(variables));
        var defaults = Json.object();
        for (var variable : variables) {
            if (variable.defaultValue() != null) {
                defaults.set(variable.name(), variable.defaultValue());
            }
        }
        if (!defaults.isEmpty()) {
            input.set("default", defaults);
        }
    }

    /** Whether Picoschema can say it, and would not take it for JSON Schema. */
    private static boolean isShort(Variable variable) {
        var description = variable.description();
        boolean named = variable.name().equals("type") || variable.name().equals("properties");
        if (description == null || named) {
            return !named;
        }
        boolean collection = variable.type() == Variable.Type.ARRAY || variable.type() == Variable.Type.OBJECT;
        return !description.isEmpty()
                && !Blank.begins(description)
                && description.chars().noneMatch(c -> c == '\n' || c == '\r' || c == '\u2028' || c == '\u2029')
                && !(collection && description.contains("("));
    }

    private static ObjectNode pico(List<Variable> variables) {
        var schema = Json.object();
        for (var variable : variables) {
            var name = variable.name() + (isOptional(variable) ? "?" : "");
            var described = variable.description() == null ? "" : ", " + variable.description();
            switch (variable.type()) {
                case ARRAY -> schema.put(name + "(array" + described + ")", "any");
                case OBJECT ->
                    schema.putObject(name + "(object" + described + ")").put("(*)", "any");
                case STRING, NUMBER, INTEGER, BOOLEAN ->
                    schema.put(name, variable.type().wireName() + described);
            }
        }
        return schema;
    }

    private static boolean isOptional(Variable variable) {
        return !variable.required() && variable.defaultValue() == null;
    }

    private static ObjectNode schema(List<Variable> variables) {
        var schema = Json.object().put("type", "object");
        var properties = schema.putObject("properties");
        var required = Json.array();
        for (var variable : variables) {
            var property = properties
                    .putObject(variable.name())
                    .put("type", variable.type().wireName());
            if (variable.description() != null) {
                property.put("description", variable.description());
            }
            if (!isOptional(variable)) {
                required.add(variable.name());
            }
        }
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        return schema;
    }

    /** @return false when Dotprompt's own words cannot say all of it */
    private static boolean output(JsonNode format, ObjectNode front) {
        var type = format.path("type").asString();
        var plain = Json.object().put("type", type);
        if (!type.equals("json_schema")) {
            if (format.equals(plain)) {
                front.putObject("output").put("format", type.equals("text") ? "text" : "json");
            }
            return format.equals(plain);
        }
        if (!(format.path("json_schema") instanceof ObjectNode described)
                || format.size() != 2
                || !(described.path("schema") instanceof ObjectNode schema)
                || !Picoschema.isJsonSchema(schema)
                || !schema.path("type").isString()
                || described.valueStream().anyMatch(JsonNode::isNull)) {
            return false;
        }
        var more = described.deepCopy();
        more.remove("schema");
        if (more.path("name").asString().equals(DotpromptReader.OUTPUT_NAME)) {
            more.remove("name");
        }
        front.putObject("output").put("format", "json").set("schema", schema);
        if (!more.isEmpty()) {
            front.set(DotpromptReader.OUTPUT, more);
        }
        return true;
    }

    /** Blank ends, which Dotprompt cuts off, are kept by a role beside them. */
    private String text(String text, ObjectNode front) {
        checkMarks(text, "/text");
        if (Blank.isAll(text)) {
            say("/text", "a text of nothing but blanks, which Dotprompt drops");
        }
        var body = BodyWriter.write(Template.parse(text));
        if (Blank.begins(text) || Blank.ends(text)) {
            front.put(DotpromptReader.CONTENT, "text");
            return (Blank.begins(text) ? "{{role \"user\"}}" : "")
                    + body
                    + (Blank.ends(text) ? "{{role \"user\"}}" : "");
        }
        return body;
    }

    private String messages(PromptContent content) {
        var body = new StringBuilder();
        var messages = content.messages() == null ? Json.array() : content.messages();
        boolean open = false; // whether the message before ends without a blank, so that one can be put there
        boolean blankEnd = false;
        for (int i = 0; i < messages.size(); i++) {
            var at = Pointer.ROOT.field("messages").at(i);
            var role = role(messages.get(i), at);
            var text = said(messages.get(i), at);
            if (role == null || text == null) {
                continue;
            }
            blankEnd = Blank.ends(text);
            body.append(open ? "\n{{~" : "{{").append("role \"").append(role).append('"');
            body.append(Blank.begins(text) ? "}}" : "~}}\n");
            body.append(BodyWriter.write(Template.parse(text)));
            open = !blankEnd;
        }
        return blankEnd ? body + "{{role \"user\"}}" : body.toString();
    }

    private @Nullable String role(JsonNode message, Pointer at) {
        var role = message.path("role").asString();
        return switch (role) {
            case "system", "user" -> role;
            case "assistant" -> "model";
            default -> {
                say(at.field("role").toString(), "a message of the role `" + role + "`");
                yield null;
            }
        };
    }

    private @Nullable String said(JsonNode message, Pointer at) {
        for (var field : message.propertyNames()) {
            if (!MESSAGE_FIELDS.contains(field)) {
                say(at.field(field).toString(), "`" + field + "` of a message");
            }
        }
        var content = message.path("content");
        var here = at.field("content").toString();
        if (!content.isString()) {
            say(here, "a content in parts; only a string can be said");
            return null;
        }
        var text = content.stringValue();
        if (Blank.isAll(text)) {
            say(here, "a message of nothing but blanks, which Dotprompt drops");
            return null;
        }
        checkMarks(text, here);
        return text;
    }

    private void checkMarks(String text, String pointer) {
        if (text.contains(BodyReader.MARKER)) {
            say(pointer, "the text `" + BodyReader.MARKER + "`, which is Dotprompt's own mark");
        }
    }

    private void say(String pointer, String detail) {
        unsayable.add(new FieldError(pointer, detail));
    }
}
