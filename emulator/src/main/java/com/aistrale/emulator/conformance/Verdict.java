package com.aistrale.emulator.conformance;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Holds what a client made of a play, and what it sent, to what the scenario expects. */
final class Verdict {
    private static final Set<String> OUTCOME = Set.of("result", "error", "events", "cancelled", "log");

    /** How long a client's last words, and the end of its connection, may take to come. */
    private static final long PATIENCE_MS = 3_000;

    /** How long nothing must come where nothing may. */
    private static final long QUIET_MS = 150;

    private final Play play;
    private final JsonNode expect;
    private final JsonNode outcome;
    private final long at;

    private Verdict(Play play, JsonNode outcome, long at) {
        this.play = play;
        this.expect = play.scenario().expect();
        this.outcome = outcome;
        this.at = at;
    }

    /**
     * What does not fit, in words; empty when all does.
     *
     * @param at when the outcome came, in nanoseconds of a monotonic clock
     * @throws IllegalArgumentException for an outcome that is none
     */
    static List<String> mismatches(Play play, JsonNode outcome, long at) {
        Exact.only(outcome, "an outcome", OUTCOME);
        Verdict verdict = new Verdict(play, outcome, at);
        List<String> mismatches = new ArrayList<>(verdict.outcome());
        mismatches.addAll(verdict.traffic());
        return mismatches;
    }

    /** What came of the call. */
    private List<String> outcome() {
        List<String> found = new ArrayList<>();
        for (String part : List.of("result", "error", "events", "cancelled")) {
            if (expect.has(part)) {
                found.addAll(Matching.mismatches(part, expect.get(part), outcome.path(part)));
            }
        }
        if (outcome.has("error") && !expect.has("error")) {
            found.add("an error that was not expected: " + outcome.get("error"));
        }
        if (outcome.path("cancelled").asBoolean(false) && !expect.has("cancelled")) {
            found.add("cancelled, which was not expected");
        }
        String log = outcome.path("log").asString("");
        for (JsonNode words : expect.path("log_contains")) {
            if (!log.contains(words.asString())) {
                found.add("the log has no '%s': %s".formatted(words.asString(), log));
            }
        }
        String said = log + outcome.path("error");
        for (JsonNode secret : expect.path("never")) {
            if (said.contains(secret.asString())) {
                found.add("'%s' is in the log or the error".formatted(secret.asString()));
            }
        }
        return found;
    }

    /** What was sent; what comes a little later than the outcome is waited for. */
    private List<String> traffic() {
        long patience = System.nanoTime() + PATIENCE_MS * 1_000_000;
        long quiet = System.nanoTime() + (noneMayCome() ? QUIET_MS * 1_000_000 : 0);
        while (true) {
            boolean compared = play.compared();
            List<String> found = trafficNow();
            boolean enough = compared && (found.isEmpty() ? System.nanoTime() >= quiet : !comesLater());
            if (enough || System.nanoTime() > patience) {
                return found;
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return found;
            }
        }
    }

    /** Whether it is expected that nothing more comes, which takes a moment to see. */
    private boolean noneMayCome() {
        return expect.has("cancels") && expect.get("cancels").isEmpty();
    }

    private boolean comesLater() {
        return expect.has("cancels")
                || StreamSupport.stream(expect.path("requests").spliterator(), false)
                        .anyMatch(request -> request.has("ended_by_client"));
    }

    private List<String> trafficNow() {
        List<Seen> requests = play.requests();
        List<String> found = new ArrayList<>(play.drift());
        if (expect.has("attempts") && requests.size() != expect.get("attempts").asInt()) {
            found.add("attempts: %d, expected %s".formatted(requests.size(), expect.get("attempts")));
        }
        if (expect.has("requests")) {
            ArrayNode sent = JsonNodeFactory.instance.arrayNode();
            requests.forEach(request -> sent.add(request.json()));
            found.addAll(Matching.mismatches("requests", expect.get("requests"), sent));
        }
        if (expect.has("cancels")) {
            found.addAll(Matching.mismatches("cancels", expect.get("cancels"), play.cancels()));
        }
        if (expect.has("same_idempotency_key")) {
            keys(requests, found);
        }
        waits(requests, found);
        if (expect.has("took_ms")) {
            within("took", (at - play.opened()) / 1_000_000, expect.get("took_ms"), found);
        }
        return found;
    }

    private void keys(List<Seen> requests, List<String> found) {
        List<String> keys =
                requests.stream().map(seen -> seen.header("idempotency-key")).toList();
        int distinct = new HashSet<>(keys).size();
        boolean same = expect.get("same_idempotency_key").asBoolean();
        if (keys.contains("") || distinct != (same ? Math.min(1, keys.size()) : keys.size())) {
            found.add("idempotency keys: %s, expected %s"
                    .formatted(keys, same ? "one and the same" : "another for each"));
        }
    }

    private void waits(List<Seen> requests, List<String> found) {
        JsonNode windows = expect.path("wait_ms");
        for (int i = 0; i < windows.size(); i++) {
            if (i + 1 >= requests.size()) {
                found.add("wait_ms: there is no request " + (i + 2));
            } else {
                long wait = requests.get(i + 1).begun() - requests.get(i).ended();
                within("the wait before request " + (i + 2), wait / 1_000_000, windows.get(i), found);
            }
        }
    }

    private static void within(String what, long millis, JsonNode window, List<String> found) {
        if (millis < window.get(0).asLong() || millis > window.get(1).asLong()) {
            found.add("%s: %d ms, expected %s".formatted(what, millis, window));
        }
    }
}
