package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened, as a webhook is told it and {@link Events#stream} gives it.
 *
 * @param id {@code evt_…}: the same however often it is delivered, so that it can be taken once
 * @param type such as {@code inference.completed}; the class of {@code data} says the same, where this version can read it
 * @param timestamp when it happened
 * @param workspaceId where
 * @param test whether it is a sample, of which nothing is true
 * @param data what happened
 * @param json the whole object as it came, fields that this version does not know included
 */
public record Event(
        String id,
        String type,
        Instant timestamp,
        String workspaceId,
        boolean test,
        EventData data,
        Map<String, @Nullable Object> json) {
    static Event read(Fields fields) {
        var type = fields.text("type");
        return new Event(
                fields.text("id"),
                type,
                fields.time("timestamp"),
                fields.text("workspace_id"),
                fields.flag("test"),
                fields.required("data", data -> data(type, data)),
                fields.json());
    }

    /**
     * The object as JSON.
     *
     * @return one line, unknown fields included
     */
    public String toJson() {
        return Json.write(json);
    }

    /** What does not fit its type is not known either: the rest of the event stays readable. */
    private static EventData data(String type, Fields data) {
        try {
            return known(type, data);
        } catch (Fields.Mismatch e) {
            return new EventData.Unknown(data.json());
        }
    }

    private static EventData known(String type, Fields data) {
        return switch (type) {
            case "inference.completed" -> EventData.InferenceCompleted.read(data);
            case "inference.failed" -> EventData.InferenceFailed.read(data);
            case "cost.threshold_exceeded" -> EventData.CostThresholdExceeded.read(data);
            case "provider.failed" -> EventData.ProviderFailed.read(data);
            case "provider.recovered" -> EventData.ProviderRecovered.read(data);
            case "prompt.updated" -> EventData.PromptUpdated.read(data);
            case "webhook.disabled" -> EventData.WebhookDisabled.read(data);
            case "webhook.test" -> EventData.WebhookTest.read(data);
            default -> new EventData.Unknown(data.json());
        };
    }
}
