package com.aistrale;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a workspace is to be, or what is to change about one. What is not said stays as it is. Immutable: each method returns another one. */
public final class WorkspaceSettings {
    private static final WorkspaceSettings NONE = new WorkspaceSettings(Map.of());
    private final Map<String, @Nullable Object> fields;

    private WorkspaceSettings(Map<String, @Nullable Object> fields) {
        this.fields = Collections.unmodifiableMap(fields);
    }

    /**
     * Nothing said yet.
     *
     * @return settings to be chosen
     */
    public static WorkspaceSettings none() {
        return NONE;
    }

    /**
     * What it is called.
     *
     * @param name a name of your own
     * @return other settings
     */
    public WorkspaceSettings name(String name) {
        return with("name", name);
    }

    /**
     * Whether what is asked and answered is kept from now on.
     *
     * @param capture false unless it was said
     * @return other settings
     */
    public WorkspaceSettings captureContent(boolean capture) {
        return with("capture_content", capture);
    }

    /**
     * After how many days telemetry is deleted.
     *
     * @param days at least 1
     * @return other settings
     */
    public WorkspaceSettings retentionDays(int days) {
        return with("retention_days", days);
    }

    /**
     * Telemetry is kept for ever.
     *
     * @return other settings
     */
    public WorkspaceSettings keepForEver() {
        return with("retention_days", null);
    }

    /**
     * The model that answers when none is named.
     *
     * @param model such as {@code openai/gpt-4o}
     * @return other settings
     */
    public WorkspaceSettings defaultModel(String model) {
        return with("default_model", model);
    }

    /**
     * No model answers when none is named.
     *
     * @return other settings
     */
    public WorkspaceSettings noDefaultModel() {
        return with("default_model", null);
    }

    Map<String, @Nullable Object> fields() {
        return fields;
    }

    private WorkspaceSettings with(String field, @Nullable Object value) {
        var more = new LinkedHashMap<String, @Nullable Object>(fields);
        more.put(field, value);
        return new WorkspaceSettings(more);
    }
}
