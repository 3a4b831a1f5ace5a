package com.aistrale.server.contract;

import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** {@code contract/events/}: what events look like from outside. */
public final class EventSchemas {
    private EventSchemas() {}

    static JsonNode of(String type) throws IOException {
        return Json.parse(Files.readAllBytes(Contract.folder().resolve("events/" + type + ".json")));
    }

    /** What is wrong with an event by the schema of its type. */
    public static List<String> mistakes(JsonNode event) throws IOException {
        return Schemas.mistakesAlone(of(event.get("type").stringValue()), event);
    }
}
