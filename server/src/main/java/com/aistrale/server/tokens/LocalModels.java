package com.aistrale.server.tokens;

import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.kit.http.Outbound;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Finds a local Ollama by itself and remembers which models it has. Asked again at most every few seconds, so that one
 * started later is found too. Thread-safe.
 */
public final class LocalModels {
    private static final Logger LOG = LoggerFactory.getLogger(LocalModels.class);
    /** Where nothing listens the refusal comes at once; what listens may be slow at first. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final long EVERY_NANOS = 5_000_000_000L;

    private final Outbound outbound;
    private final boolean enabled;
    private final String tagsUrl;
    private final AtomicLong asked = new AtomicLong(System.nanoTime() - EVERY_NANOS);
    private volatile List<String> models = List.of();

    /** @param baseUrl of Ollama's OpenAI-compatible endpoint, which ends in {@code /v1} */
    public LocalModels(Outbound outbound, boolean enabled, String baseUrl) {
        this.outbound = outbound;
        this.enabled = enabled;
        this.tagsUrl = baseUrl.replaceFirst("/v1/?$", "") + "/api/tags";
    }

    /** The models of the local Ollama, newest first as it lists them; empty when none runs. */
    public List<String> ollama() {
        long last = asked.get();
        long now = System.nanoTime();
        if (enabled && now - last >= EVERY_NANOS && asked.compareAndSet(last, now)) {
            models = ask();
        }
        return models;
    }

    private List<String> ask() {
        var request = new Outbound.Request("GET", tagsUrl, Map.of(), null, PATIENCE, new Cancellation());
        try (var response = outbound.send(request)) {
            if (response.status() != 200) {
                return List.of();
            }
            var found = new ArrayList<String>();
            for (var model : Json.parse(response.bytes()).path("models")) {
                var name = model.path("name");
                if (name.isString()) {
                    found.add(name.stringValue());
                }
            }
            return List.copyOf(found);
        } catch (IOException | JacksonException absent) {
            LOG.debug("no Ollama at {}: {}", tagsUrl, absent.getMessage());
            return List.of();
        }
    }
}
