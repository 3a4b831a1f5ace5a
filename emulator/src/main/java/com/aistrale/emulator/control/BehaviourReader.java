package com.aistrale.emulator.control;

import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Condition;
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
        Condition when = Condition.ANY_POST;
        int times = 1;
        double chance = 1;
        int seed = 0;
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            switch (entry.getKey()) {
                case "path" -> when = when.onPath(string(entry));
                case "model" -> when = when.forModel(string(entry));
                case "key" -> when = when.withKey(string(entry));
                case "containing" -> when = when.having(string(entry));
                case "times" -> times = number(entry);
                case "chance" -> chance = fraction(entry);
                case "seed" -> seed = number(entry);
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
        return new Behaviour(faults, when, times, chance, seed);
    }

    private static @Nullable Fault fault(Map.Entry<String, JsonNode> entry) {
        return switch (entry.getKey()) {
            case "status" -> new Fault.Status(number(entry));
            case "retry_after" -> new Fault.RetryAfter(number(entry));
            case "delay_ms" -> new Fault.Delay(number(entry));
            case "slow_start_ms" -> new Fault.SlowStart(number(entry));
            case "drip_ms" -> new Fault.Drip(number(entry));
            case "piece_bytes" -> new Fault.Piece(number(entry));
            case "cut_after_chunks" -> new Fault.CutAfter(number(entry));
            case "reset_after_chunks" -> new Fault.ResetAfter(number(entry));
            case "hang_after_chunks" -> new Fault.HangAfter(number(entry));
            case "error_after_chunks" -> new Fault.ErrorAfter(number(entry));
            case "malformed_chunk" -> new Fault.MalformedChunk(number(entry));
            case "html_status" -> new Fault.Html(number(entry));
            case "text" -> new Fault.Say(string(entry));
            case "body" -> new Fault.Body(entry.getValue().isString() ? string(entry) : Json.write(entry.getValue()));
            case "hang" -> flag(entry) ? new Fault.Hang() : null;
            case "drop" -> flag(entry) ? new Fault.Drop() : null;
            case "no_usage" -> flag(entry) ? new Fault.NoUsage() : null;
            case "empty_body" -> flag(entry) ? new Fault.EmptyBody() : null;
            default ->
                throw new IllegalArgumentException(
                        "unknown field '" + entry.getKey() + "'; known are: status, retry_after, "
                                + "headers, body, text, delay_ms, slow_start_ms, drip_ms, piece_bytes, cut_after_chunks, "
                                + "reset_after_chunks, hang_after_chunks, error_after_chunks, malformed_chunk, html_status, "
                                + "drop, hang, no_usage, empty_body, path, model, key, containing, times, chance, seed");
        };
    }

    private static int number(Map.Entry<String, JsonNode> entry) {
        if (!entry.getValue().isInt()) {
            throw new IllegalArgumentException("'" + entry.getKey() + "' is a whole number, not " + entry.getValue());
        }
        return entry.getValue().intValue();
    }

    private static double fraction(Map.Entry<String, JsonNode> entry) {
        if (!entry.getValue().isNumber()) {
            throw new IllegalArgumentException("'" + entry.getKey() + "' is a number, not " + entry.getValue());
        }
        return entry.getValue().doubleValue();
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
