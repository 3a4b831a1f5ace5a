package com.aistrale.server.pricing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The models whose prices or limits are known. A model that is not listed has no price, and a provider that runs on the
 * caller's own machines (Ollama, vLLM) or makes its answers up (demo) lists none: its cost is unknown, not 0. Never
 * changes; safe for many threads.
 */
public final class PriceCatalogue {
    private static final String BUILT_IN = "/pricing/prices.json";

    /** {@code -2024-08-06} (OpenAI) or {@code -20250929} (Anthropic) at the end of an id. */
    private static final Pattern SNAPSHOT = Pattern.compile("-20\\d\\d(-?)(0[1-9]|1[0-2])\\1(0[1-9]|[12]\\d|3[01])$");

    private final Map<String, Map<String, ListedModel>> byId = new LinkedHashMap<>();
    private final Map<String, Map<String, ListedModel>> byAlias = new LinkedHashMap<>();

    private PriceCatalogue(List<ListedModel> models) {
        for (var model : models) {
            byId.computeIfAbsent(model.provider(), provider -> new LinkedHashMap<>())
                    .put(model.id(), model);
        }
        for (var ofProvider : byId.values()) {
            for (var model : ofProvider.values()) {
                var aliases = byAlias.computeIfAbsent(model.provider(), provider -> new LinkedHashMap<>());
                model.aliases().forEach(alias -> aliases.put(alias, model));
            }
        }
    }

    /**
     * The catalogue that ships, with the operator's own file over it: an entry there replaces the whole entry of the
     * same provider and id, or is added.
     *
     * @throws PriceFileException when a file cannot be read, or says what it should not; it names every mistake
     */
    public static PriceCatalogue load(Optional<Path> override) {
        try (var builtIn = PriceCatalogue.class.getResourceAsStream(BUILT_IN)) {
            if (builtIn == null) {
                throw new IllegalStateException("the server's jar has no " + BUILT_IN);
            }
            return load(builtIn, override);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@link #load(Optional)}, over another file than the one that ships; the stream is read and left open. */
    public static PriceCatalogue load(InputStream builtIn, Optional<Path> override) {
        var models = new ArrayList<>(PriceFile.read("prices.json", bytesOf(builtIn)));
        override.ifPresent(path -> models.addAll(PriceFile.read(path.toString(), bytesOf(path))));
        return new PriceCatalogue(models);
    }

    /**
     * The model of that id: listed under it, listed with it as an alias, or a dated snapshot of one of these, which is
     * the id with {@code -YYYY-MM-DD} or {@code -YYYYMMDD} behind it. Ids are compared letter by letter; nothing is
     * guessed from a beginning.
     */
    public Optional<ListedModel> find(String provider, String model) {
        var exact = listed(provider, model);
        if (exact != null || !model.contains("-20")) { // every call comes here: no pattern for what cannot fit it
            return Optional.ofNullable(exact);
        }
        var snapshot = SNAPSHOT.matcher(model);
        return snapshot.find()
                ? Optional.ofNullable(listed(provider, model.substring(0, snapshot.start())))
                : Optional.empty();
    }

    /** The model's price at a time; null, which is not 0, where none is known. */
    public @Nullable Price price(String provider, String model, Instant time) {
        return find(provider, model).map(found -> found.priceAt(time)).orElse(null);
    }

    /** The models listed for a provider, in the order of the file, an override's additions last; empty for none. */
    public List<ListedModel> models(String provider) {
        return List.copyOf(byId.getOrDefault(provider, Map.of()).values());
    }

    /** All models that are listed, by provider, in the order of the file, an override's additions last. */
    public List<ListedModel> models() {
        return byId.values().stream()
                .flatMap(ofProvider -> ofProvider.values().stream())
                .toList();
    }

    /** The providers that have the model, by the rules of {@link #find}, in the order of the file. */
    public List<String> providersOf(String model) {
        return byId.keySet().stream()
                .filter(provider -> find(provider, model).isPresent())
                .toList();
    }

    private @Nullable ListedModel listed(String provider, String model) {
        var found = byId.getOrDefault(provider, Map.of()).get(model);
        return found != null ? found : byAlias.getOrDefault(provider, Map.of()).get(model);
    }

    private static byte[] bytesOf(InputStream stream) {
        try {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytesOf(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw PriceFileException.unreadable(path, e);
        }
    }
}
