package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.telemetry.Content;
import com.aistrale.server.telemetry.Telemetry;
import tools.jackson.databind.node.ObjectNode;

/** What is sent of an event. Made anew for each attempt, so that what was deleted meanwhile is not sent. */
final class Payload {
    private final Telemetry telemetry;

    Payload(Telemetry telemetry) {
        this.telemetry = telemetry;
    }

    /** The body, byte for byte. */
    byte[] bytes(Receiver receiver, Event event) {
        return Json.bytes(json(event, receiver.includeContent()));
    }

    ObjectNode json(Event event, boolean includeContent) {
        var envelope = event.envelope();
        if (includeContent && EventTypes.tellsOfInference(event.type())) {
            var data = (ObjectNode) envelope.get("data");
            var id = data.path("inference_id").stringValue("");
            data.set(
                    "content",
                    telemetry
                            .content(event.workspaceId(), id)
                            .map(Content::json)
                            .orElse(null));
        }
        return envelope;
    }
}
