package com.aistrale.emulator.conformance;

import com.aistrale.emulator.control.Told;
import com.aistrale.emulator.http.Exchange;
import com.aistrale.emulator.http.Request;
import com.aistrale.emulator.json.Json;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Opens plays of scenarios and gives verdicts on them, below {@code /_conformance}. Safe for use by several threads. */
public final class Conformance implements AutoCloseable {
    private static final String ROOT = "/_conformance";
    private static final Pattern PLAY = Pattern.compile(ROOT + "/plays/(\\d+)(/verdict)?");

    private final InstantSource clock;
    private final Optional<Relay> relay;
    private final Map<String, Play> plays = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    /** Plays answer by their scripts. */
    public Conformance(InstantSource clock) {
        this(clock, Optional.empty());
    }

    /** Plays have a real server answer, if they can; {@code key} is its API key. */
    public Conformance(InstantSource clock, URI server, String key) {
        this(clock, Optional.of(new Relay(server, key)));
    }

    private Conformance(InstantSource clock, Optional<Relay> relay) {
        this.clock = clock;
        this.relay = relay;
    }

    public static boolean isFor(String path) {
        return path.equals(ROOT) || path.startsWith(ROOT + "/");
    }

    /** Answers; what the client sent wrong is told in a 400. */
    public void answer(Request request, Exchange exchange) {
        try {
            Matcher play = PLAY.matcher(request.path());
            if (request.method().equals("POST") && request.path().equals(ROOT + "/plays")) {
                open(request, exchange);
            } else if (request.method().equals("POST") && play.matches() && play.group(2) != null) {
                judge(play.group(1), request, exchange);
            } else if (request.method().equals("DELETE") && play.matches() && play.group(2) == null) {
                taken(play.group(1)).close();
                Told.send(exchange, 200, Json.object());
            } else {
                String there = "POST %1$s/plays, POST %1$s/plays/ID/verdict, DELETE %1$s/plays/ID".formatted(ROOT);
                Told.send(exchange, 404, Told.error("no such endpoint; there are " + there));
            }
        } catch (JacksonException notJson) {
            Told.send(exchange, 400, Told.error("the body is not JSON: " + notJson.getOriginalMessage()));
        } catch (IllegalArgumentException wrong) {
            Told.send(exchange, 400, Told.error(String.valueOf(wrong.getMessage())));
        }
    }

    @Override
    public void close() {
        plays.values().forEach(Play::close);
        plays.clear();
    }

    private void open(Request request, Exchange exchange) {
        Scenario scenario = Scenario.read(Exact.read(request.body()), clock);
        if (relay.isPresent() && !scenario.real()) {
            Told.send(exchange, 409, Json.object().put("skip", "a real server does not play this: it needs a fault"));
            return;
        }
        Play play = new Play(scenario, clock, relay);
        String id = String.valueOf(last.incrementAndGet());
        plays.put(id, play);
        Told.send(
                exchange,
                201,
                Json.object().put("id", id).put("url", play.url()).put("proxy", play.proxy()));
    }

    private void judge(String id, Request request, Exchange exchange) {
        long now = System.nanoTime();
        JsonNode outcome = Exact.read(request.body());
        try (Play play = taken(id)) {
            List<String> mismatches = Verdict.mismatches(play, outcome, now);
            ObjectNode answer = Json.object().put("passed", mismatches.isEmpty());
            ArrayNode told = answer.putArray("mismatches");
            mismatches.forEach(told::add);
            ArrayNode requests = answer.putArray("requests");
            play.requests().forEach(seen -> requests.add(seen.json()));
            Told.send(exchange, 200, answer);
        }
    }

    private Play taken(String id) {
        Play play = plays.remove(id);
        if (play == null) {
            throw new IllegalArgumentException("there is no play " + id + "; a verdict ends it");
        }
        return play;
    }
}
