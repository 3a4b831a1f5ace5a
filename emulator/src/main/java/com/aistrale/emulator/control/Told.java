package com.aistrale.emulator.control;

import com.aistrale.emulator.http.ClientGone;
import com.aistrale.emulator.http.Exchange;
import com.aistrale.emulator.json.Json;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the emulator's own endpoints answer: JSON, to nobody where the client has left. */
public final class Told {
    private Told() {}

    public static void send(Exchange exchange, int status, JsonNode body) {
        try {
            exchange.whole(status, Map.of("content-type", "application/json"), Json.bytes(body));
        } catch (ClientGone gone) {
            exchange.cut();
        }
    }

    public static ObjectNode error(String message) {
        return Json.object().put("error", message);
    }
}
