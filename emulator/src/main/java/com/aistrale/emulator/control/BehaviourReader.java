package com.aistrale.emulator.control;

import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads behaviours as the control endpoint takes them. What is unknown is refused by name. */
final class BehaviourReader {
    private BehaviourReader() {}

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException saying which field is wrong
     */
    static Behaviour read(JsonNode json) {
        if (!json.isObject()) {
            throw new IllegalArgumentException("a behaviour is an object, not " + json);
        }
        List<Fault> faults = new ArrayList<>();
        String path = null;
        int times = 1;
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            switch (entry.getKey()) {
                case "path" -> path = string(entry);
                case "times" -> times = number(entry);
                case "headers" ->
                    entry.getValue()
                            .properties()
                            .forEach(header -> faults.add(new Fault.Header(header.getKey(), string(header))));
                default -> {
                    Fault fault = fault(entry);
                    if (fault != null) {
                        faults.add(fault);
                    }
                }
            }
        }
        return new Behaviour(faults, path, times);
    }

    private static @Nullable Fault fault(Map.Entry<String, JsonNode> entry) {
        return switch (entry.getKey()) {
            case "status" -> new Fault.Status(number(entry));
            case "retry_after" -> new Fault.RetryAfter(number(entry));
            case "delay_ms" -> new Fault.Delay(number(entry));
            case "drip_ms" -> new Fault.Drip(number(entry));
            case "cut_after_chunks" -> new Fault.CutAfter(number(entry));
            case "reset_after_chunks" -> new Fault.ResetAfter(number(entry));
            case "error_after_chunks" -> new Fault.ErrorAfter(number(entry));
            case "malformed_chunk" -> new Fault.MalformedChunk(number(entry));
            case "html_status" -> new Fault.Html(number(entry));
            case "text" -> new Fault.Say(string(entry));
            case "body" -> new Fault.Body(entry.getValue().isString() ? string(entry) : Json.write(entry.getValue()));
            case "hang" -> flag(entry) ? new Fault.Hang() : null;
            case "no_usage" -> flag(entry) ? new Fault.NoUsage() : null;
            case "empty_body" -> flag(entry) ? new Fault.EmptyBody() : null;
            default ->
                throw new IllegalArgumentException(
                        "unknown field '" + entry.getKey() + "'; known are: status, retry_after, "
                                + "headers, body, text, delay_ms, drip_ms, cut_after_chunks, reset_after_chunks, error_after_chunks, "
                                + "malformed_chunk, html_status, hang, no_usage, empty_body, path, times");
        };
    }

    private static int number(Map.Entry<String, JsonNode> entry) {
        if (!entry.getValue().isInt()) {
            throw new IllegalArgumentException("'" + entry.getKey() + "' is a whole number, not " + entry.getValue());
        }
        return entry.getValue().intValue();
    }

    private static String string(Map.Entry<String, JsonNode> entry) {
        if (!entry.getValue().isString()) {
            throw new IllegalArgumentException("'" + entry.getKey() + "' is a string, not " + entry.getValue());
        }
        return entry.getValue().stringValue();
    }

    private static boolean flag(Map.Entry<String, JsonNode> entry) {
        if (!entry.getValue().isBoolean()) {
            throw new IllegalArgumentException("'" + entry.getKey() + "' is true or false, not " + entry.getValue());
        }
        return entry.getValue().booleanValue();
    }
}
