package com.aistrale.emulator.conformance;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeType;
import tools.jackson.databind.node.MissingNode;

/** Where a real server's answer is of another form than the script's. What it says may differ, how it says it may not. */
final class Drift {
    private final List<String> found = new ArrayList<>();

    private Drift() {}

    static List<String> between(Step step, Relay.Answered real) {
        Drift drift = new Drift();
        switch (step) {
            case Step.Broken broken -> drift.found.add("the script has none there: the scenario is not for a real one");
            case Step.Answer answer -> drift.compare(answer, real);
        }
        return drift.found;
    }

    private void compare(Step.Answer script, Relay.Answered real) {
        if (script.status() != real.status()) {
            found.add("status %d, the script has %d: %s"
                    .formatted(real.status(), script.status(), new String(real.body(), StandardCharsets.UTF_8)));
            return;
        }
        String expected = mediaType(script.headers());
        String actual = mediaType(real.headers());
        if (!expected.equals(actual)) {
            found.add("content type '%s', the script has '%s'".formatted(actual, expected));
            return;
        }
        byte[] scripted = script.body();
        if (expected.equals("text/event-stream")) {
            events(events(scripted), events(real.body()));
        } else if (expected.endsWith("json")) {
            form("", Exact.read(scripted), Exact.read(real.body()));
        }
    }

    /** The same names in the same row, however often each comes in it; the last of each name has the same form. */
    private void events(List<Map.Entry<String, JsonNode>> script, List<Map.Entry<String, JsonNode>> real) {
        if (!row(script).equals(row(real))) {
            found.add("events %s, the script has %s".formatted(row(real), row(script)));
            return;
        }
        Map<String, JsonNode> last = new LinkedHashMap<>();
        real.forEach(event -> last.put(event.getKey(), event.getValue()));
        Map<String, JsonNode> scripted = new LinkedHashMap<>();
        script.forEach(event -> scripted.put(event.getKey(), event.getValue()));
        scripted.forEach((name, data) -> form(name, data, last.getOrDefault(name, MissingNode.getInstance())));
    }

    private void form(String where, JsonNode script, JsonNode real) {
        if (script.isNull() || real.isNull()) {
            return;
        }
        JsonNodeType type = real.isMissingNode() ? JsonNodeType.MISSING : real.getNodeType();
        if (script.getNodeType() != type) {
            found.add("%s is %s, the script has %s".formatted(where, type, script.getNodeType()));
        } else if (script.isObject()) {
            script.properties()
                    .forEach(field -> form(where + "/" + field.getKey(), field.getValue(), real.path(field.getKey())));
        } else if (script.isArray() && !script.isEmpty() && !real.isEmpty()) {
            form(where + "/0", script.get(0), real.get(0));
        }
    }

    private static List<String> row(List<Map.Entry<String, JsonNode>> events) {
        List<String> row = new ArrayList<>();
        for (Map.Entry<String, JsonNode> event : events) {
            if (row.isEmpty() || !row.getLast().equals(event.getKey())) {
                row.add(event.getKey());
            }
        }
        return row;
    }

    private static List<Map.Entry<String, JsonNode>> events(byte[] body) {
        List<Map.Entry<String, JsonNode>> events = new ArrayList<>();
        for (String block : new String(body, StandardCharsets.UTF_8).split("\r?\n\r?\n", -1)) {
            String name = "message";
            StringBuilder data = new StringBuilder();
            for (String line : block.split("\r?\n", -1)) {
                if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data.append(line.substring(6));
                }
            }
            if (!data.isEmpty()) {
                events.add(Map.entry(name, Exact.read(data.toString().getBytes(StandardCharsets.UTF_8))));
            }
        }
        return events;
    }

    private static String mediaType(Map<String, String> headers) {
        return headers.getOrDefault("content-type", "").split(";", 2)[0].strip();
    }
}
