package com.aistrale;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stored prompt to be run or rendered. Immutable: each method returns another one. Where neither a version nor a label is named, the
 * server takes the version with the label {@code production}, and the latest where there is none.
 */
public final class PromptRef {
    private final String name;
    private final @Nullable Long version;
    private final @Nullable String label;
    private final Map<String, @Nullable Object> variables;

    private PromptRef(
            String name, @Nullable Long version, @Nullable String label, Map<String, @Nullable Object> variables) {
        this.name = name;
        this.version = version;
        this.label = label;
        this.variables = variables;
    }

    /**
     * A prompt by its name.
     *
     * @param name such as {@code greeting}
     * @return without variables
     */
    public static PromptRef of(String name) {
        return new PromptRef(name, null, null, Map.of());
    }

    /**
     * This version, instead of a label.
     *
     * @param number from 1
     * @return another reference
     */
    public PromptRef version(long number) {
        return new PromptRef(name, number, null, variables);
    }

    /**
     * The version at this label, instead of a number.
     *
     * @param name such as {@code production} or {@code latest}
     * @return another reference
     */
    public PromptRef label(String name) {
        return new PromptRef(this.name, null, name, variables);
    }

    /**
     * One more variable.
     *
     * @param name as it stands between the braces
     * @param value of the variable's type: a string, a number, a boolean, a list or a map
     * @return another reference
     */
    public PromptRef variable(String name, @Nullable Object value) {
        var more = new LinkedHashMap<String, @Nullable Object>(variables);
        more.put(name, value);
        return new PromptRef(this.name, version, label, Collections.unmodifiableMap(more));
    }

    /**
     * These variables, and no others.
     *
     * @param values by name
     * @return another reference
     */
    public PromptRef variables(Map<String, ?> values) {
        return new PromptRef(name, version, label, Collections.unmodifiableMap(new LinkedHashMap<>(values)));
    }

    /**
     * The prompt's name.
     *
     * @return as it was given
     */
    public String name() {
        return name;
    }

    /** As the command line writes it, without variables: {@code greeting@3}, {@code greeting@production}. */
    @Override
    public String toString() {
        return name + (version != null ? "@" + version : label != null ? "@" + label : "");
    }

    /** What a run's {@code prompt_ref} is. */
    Map<String, @Nullable Object> toMap() {
        var map = new LinkedHashMap<String, @Nullable Object>();
        map.put("name", name);
        map.putAll(withoutName());
        return map;
    }

    /** The same where the name stands in the path. */
    Map<String, @Nullable Object> withoutName() {
        var map = new LinkedHashMap<String, @Nullable Object>(which());
        if (!variables.isEmpty()) {
            map.put("variables", variables);
        }
        return map;
    }

    /** Version or label, empty where neither is named. */
    Map<String, Object> which() {
        if (version != null) {
            return Map.of("version", version);
        }
        return label == null ? Map.of() : Map.of("label", label);
    }
}
