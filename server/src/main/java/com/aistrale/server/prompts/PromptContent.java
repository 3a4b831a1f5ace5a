package com.aistrale.server.prompts;

import com.aistrale.server.kit.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a version holds; two versions with equal content do the same. Immutable: nobody changes the trees.
 *
 * @param text a template, or null when there are messages
 * @param messages as in a run, templates where they hold text, or null when there is a text
 * @param variables the declared ones, then the derived ones
 * @param settings fields of a run, without nulls
 */
public record PromptContent(
        @Nullable String text, @Nullable ArrayNode messages, List<Variable> variables, ObjectNode settings) {
    public PromptContent {
        if ((text == null) == (messages == null)) {
            throw new IllegalArgumentException("exactly one of text and messages is needed");
        }
        variables = List.copyOf(variables);
    }

    /** As it is stored, and as it stands in a version on the wire. */
    public ObjectNode json() {
        var json = Json.object();
        if (text != null) {
            json.put("text", text);
        } else {
            json.set("messages", messages);
        }
        var all = json.putArray("variables");
        for (var variable : variables) {
            var one = all.addObject()
                    .put("name", variable.name())
                    .put("type", variable.type().wireName())
                    .put("required", variable.required());
            one.set("default", variable.defaultValue());
            one.put("description", variable.description());
        }
        json.set("settings", settings);
        return json;
    }

    /** Reads what {@link #json} wrote. */
    static PromptContent stored(String text) {
        var json = Json.parse(text);
        var variables = new ArrayList<Variable>();
        for (var one : json.get("variables")) {
            variables.add(new Variable(
                    one.get("name").stringValue(),
                    Variable.Type.valueOf(one.get("type").stringValue().toUpperCase(java.util.Locale.ROOT)),
                    one.get("required").booleanValue(),
                    said(one.get("default")),
                    string(one.get("description"))));
        }
        return new PromptContent(string(json.get("text")), (ArrayNode) json.get("messages"), variables, (ObjectNode)
                json.get("settings"));
    }

    private static @Nullable JsonNode said(@Nullable JsonNode node) {
        return node == null || node.isNull() ? null : node;
    }

    private static @Nullable String string(@Nullable JsonNode node) {
        return node == null || node.isNull() ? null : node.stringValue();
    }
}
