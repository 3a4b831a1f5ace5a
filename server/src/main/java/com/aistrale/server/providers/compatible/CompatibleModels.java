package com.aistrale.server.providers.compatible;

import com.aistrale.server.inference.ModelLister;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Upstream;
import com.aistrale.server.tokens.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** {@code GET /models} of OpenAI's format, asked again after {@link #FRESH}; a provider that does not answer lists nothing. */
public final class CompatibleModels implements ModelLister {
    private static final Logger LOG = LoggerFactory.getLogger(CompatibleModels.class);

    static final Duration FRESH = Duration.ofMinutes(5);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private record Place(String provider, String baseUrl) {}

    private record Answer(List<String> models, long at) {}

    private final Upstream upstream;
    private final LongSupplier nanoTime;
    private final ConcurrentHashMap<Place, Answer> answers = new ConcurrentHashMap<>();

    /** @param nanoTime {@link System#nanoTime} */
    public CompatibleModels(Upstream upstream, LongSupplier nanoTime) {
        this.upstream = upstream;
        this.nanoTime = nanoTime;
    }

    @Override
    public List<String> models(Endpoint endpoint) {
        var place = new Place(endpoint.provider(), endpoint.baseUrl());
        var known = answers.get(place);
        long now = nanoTime.getAsLong();
        if (known != null && now - known.at() < FRESH.toNanos()) {
            return known.models();
        }
        var models = ask(endpoint);
        if (!models.isEmpty()) {
            answers.put(place, new Answer(models, now));
        }
        return models;
    }

    private List<String> ask(Endpoint endpoint) {
        try {
            var models = new ArrayList<String>();
            for (var model :
                    Json.parse(upstream.get(endpoint, "/models", PATIENCE)).path("data")) {
                var id = CompatibleJson.text(model, "id");
                if (id != null) {
                    models.add(id);
                }
            }
            return List.copyOf(models);
        } catch (IOException | JacksonException silent) {
            LOG.debug("{} lists no models: {}", endpoint.provider(), silent.getMessage());
            return List.of();
        }
    }
}
