package com.aistrale.emulator.conformance;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a play needs of a scenario; the rest of it is for the runner.
 *
 * @param basePath what stands before every path, "" or as {@code /prefix}
 * @param listens whether anybody takes its connections
 * @param real whether a real server can answer it too
 */
record Scenario(
        String name,
        String operation,
        String basePath,
        boolean trailingSlash,
        boolean listens,
        boolean real,
        List<JsonNode> script,
        JsonNode expect) {
    private static final Set<String> FIELDS = Set.of(
            "name",
            "why",
            "operation",
            "arguments",
            "call",
            "client",
            "output",
            "functions",
            "max_rounds",
            "repeat",
            "take",
            "readers",
            "leave",
            "cancel",
            "needs",
            "now",
            "script",
            "listen",
            "expect",
            "real");
    private static final Set<String> EXPECTATIONS = Set.of(
            "result",
            "error",
            "events",
            "cancelled",
            "attempts",
            "same_idempotency_key",
            "wait_ms",
            "took_ms",
            "requests",
            "cancels",
            "log_contains",
            "never");

    Scenario {
        script = List.copyOf(script);
    }

    /** @throws IllegalArgumentException for what the format does not have */
    static Scenario read(JsonNode said, InstantSource clock) {
        Exact.only(said, "a scenario", FIELDS);
        JsonNode expect = said.path("expect");
        Exact.only(expect, "expect", EXPECTATIONS);
        if (expect.isEmpty()) {
            throw new IllegalArgumentException("expect is empty: a scenario that cannot fail");
        }
        List<JsonNode> script = new ArrayList<>();
        StepReader reader = new StepReader(clock);
        for (JsonNode step : said.path("script")) {
            reader.read(step, 1, "");
            script.add(step);
        }
        JsonNode client = said.path("client");
        return new Scenario(
                text(said, "name"),
                text(said, "operation"),
                client.path("base_path").asString(""),
                client.path("trailing_slash").asBoolean(false),
                said.path("listen").asBoolean(true),
                said.path("real").asBoolean(false),
                script,
                expect);
    }

    private static String text(JsonNode said, String field) {
        if (!said.path(field).isString() || said.get(field).stringValue().isBlank()) {
            throw new IllegalArgumentException("a scenario has a " + field);
        }
        return said.get(field).stringValue();
    }
}
