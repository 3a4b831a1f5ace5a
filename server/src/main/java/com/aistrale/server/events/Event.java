package com.aistrale.server.events;

import com.aistrale.server.kit.json.Json;
import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/**
 * Something that happened in a workspace, as {@code contract/} describes it for webhooks.
 *
 * @param id {@code evt_…}
 * @param type such as {@code inference.completed}
 * @param data JSON text
 * @param test whether it is a sample: told to who listens, and to no webhook but the one that is tried out
 */
public record Event(String id, String workspaceId, String type, Instant timestamp, String data, boolean test) {
    /** Something that did happen. */
    public Event(String id, String workspaceId, String type, Instant timestamp, String data) {
        this(id, workspaceId, type, timestamp, data, false);
    }

    /** As it is told to the outside, in a webhook or a stream: {@code contract/events/}. */
    public ObjectNode envelope() {
        var envelope = Json.object()
                .put("id", id)
                .put("type", type)
                .put("timestamp", Json.time(timestamp))
                .put("workspace_id", workspaceId);
        if (test) {
            envelope.put("test", true);
        }
        envelope.set("data", Json.parse(data));
        return envelope;
    }
}
