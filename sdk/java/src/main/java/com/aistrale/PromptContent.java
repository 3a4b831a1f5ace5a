package com.aistrale;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a version of a prompt is made of: a text or messages, with {@code {{name}}} where a variable goes in; what the variables are; and
 * how the model is asked. Immutable: each method returns another one.
 */
public final class PromptContent {
    private final Map<String, @Nullable Object> fields;

    private PromptContent(Map<String, @Nullable Object> fields) {
        this.fields = Collections.unmodifiableMap(fields);
    }

    /**
     * One text.
     *
     * @param template not empty
     * @return without declared variables and settings
     */
    public static PromptContent text(String template) {
        return of(Map.of("text", template));
    }

    /**
     * A conversation.
     *
     * @param messages in OpenAI's shape; templates in their contents
     * @return without declared variables and settings
     */
    public static PromptContent messages(List<? extends Map<String, ?>> messages) {
        return of(Map.of("messages", new ArrayList<>(messages)));
    }

    /**
     * What the server's own format says, such as a file in a repository.
     *
     * @param json {@code text} or {@code messages}, {@code variables}, {@code settings}, {@code note}
     * @return as it is given; the server says what is wrong with it
     */
    public static PromptContent of(Map<String, ?> json) {
        return new PromptContent(new LinkedHashMap<>(json));
    }

    /**
     * One more declared variable that a run must give. What is in the template and not declared is a required string.
     *
     * @param name as it stands between the braces
     * @param type {@code string}, {@code number}, {@code integer}, {@code boolean}, {@code array} or {@code object}
     * @return another content
     */
    public PromptContent variable(String name, String type) {
        return variable(Map.of("name", name, "type", type, "required", true));
    }

    /**
     * One more declared variable that may be left out.
     *
     * @param name as it stands between the braces
     * @param type as above
     * @param defaultValue what goes in where it is left out
     * @return another content
     */
    public PromptContent variable(String name, String type, Object defaultValue) {
        return variable(Map.of("name", name, "type", type, "required", false, "default", defaultValue));
    }

    /**
     * How the model is asked, unless a run says otherwise.
     *
     * @param settings by the names of a run's fields: {@code model}, {@code temperature}, {@code tools}, …
     * @return another content
     */
    public PromptContent settings(Map<String, ?> settings) {
        return with("settings", new LinkedHashMap<>(settings));
    }

    /**
     * What is to be said of this version.
     *
     * @param note such as why it was made
     * @return another content
     */
    public PromptContent note(String note) {
        return with("note", note);
    }

    Map<String, @Nullable Object> fields() {
        return fields;
    }

    private PromptContent variable(Map<String, Object> declared) {
        var all = new ArrayList<@Nullable Object>();
        if (fields.get("variables") instanceof List<?> before) {
            all.addAll(before);
        }
        all.add(declared);
        return with("variables", all);
    }

    private PromptContent with(String field, Object value) {
        var more = new LinkedHashMap<String, @Nullable Object>(fields);
        more.put(field, value);
        return new PromptContent(more);
    }
}
