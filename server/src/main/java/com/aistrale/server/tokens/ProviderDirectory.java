package com.aistrale.server.tokens;

import com.aistrale.server.access.ProviderNames;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.tokens.ProviderSpec.Auth;
import com.aistrale.server.tokens.ProviderSpec.Format;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The providers this server knows: those of {@code tokens/providers.json}, the built-in demo, and every OpenAI-compatible
 * URL that the settings name. Immutable.
 */
public final class ProviderDirectory implements ProviderNames {
    /** The built-in provider that needs nothing and says that it is no model. */
    public static final ProviderSpec DEMO = new ProviderSpec(
            "demo", "Demo", Format.DEMO, "", List.of(), null, true, Auth.BEARER, "demo", List.of(), false, Map.of());

    private final Map<String, ProviderSpec> specs = new LinkedHashMap<>();
    private final Map<String, String> baseUrls;

    private ProviderDirectory(Map<String, String> baseUrls) {
        this.baseUrls = Map.copyOf(baseUrls);
    }

    /** @param baseUrls endpoints of the operator's choice by provider name; a new name is an OpenAI-compatible one */
    public static ProviderDirectory load(Map<String, String> baseUrls) {
        var directory = new ProviderDirectory(baseUrls);
        try (var file = ProviderDirectory.class.getResourceAsStream("/tokens/providers.json")) {
            if (file == null) {
                throw new IllegalStateException("the server's jar has no /tokens/providers.json");
            }
            for (var entry : Json.parse(file.readAllBytes()).get("providers")) {
                directory.add(spec(entry));
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        directory.add(DEMO);
        for (var name : baseUrls.keySet()) {
            if (!directory.specs.containsKey(name)) {
                directory.add(compatible(name));
            }
        }
        return directory;
    }

    private void add(ProviderSpec spec) {
        specs.put(spec.name(), spec);
    }

    public Optional<ProviderSpec> find(String name) {
        return Optional.ofNullable(specs.get(name));
    }

    public Collection<ProviderSpec> all() {
        return specs.values();
    }

    /** Where the provider is reached: the settings' word, else its own; null when it has no address of its own. */
    public @Nullable String baseUrl(ProviderSpec spec) {
        return baseUrls.getOrDefault(spec.name(), spec.baseUrl());
    }

    /** Whether the settings give the provider an address. */
    public boolean isAddressed(String name) {
        return baseUrls.containsKey(name);
    }

    @Override
    public boolean isKnown(String name) {
        return specs.containsKey(name);
    }

    @Override
    public String hint(String wrong) {
        return Nearest.hint(wrong, specs.keySet());
    }

    private static ProviderSpec compatible(String name) {
        var variable = name.toUpperCase(Locale.ROOT).replace('-', '_') + "_API_KEY";
        return new ProviderSpec(
                name,
                name,
                Format.OPENAI,
                null,
                List.of(variable),
                null,
                true,
                Auth.BEARER,
                null,
                List.of(),
                false,
                Map.of());
    }

    private static ProviderSpec spec(JsonNode entry) {
        var quirks = new HashMap<String, Boolean>();
        entry.path("quirks")
                .properties()
                .forEach(quirk -> quirks.put(quirk.getKey(), quirk.getValue().asBoolean()));
        var model = entry.path("default_model");
        return new ProviderSpec(
                entry.get("name").stringValue(),
                entry.get("title").stringValue(),
                Format.valueOf(entry.get("format").stringValue().toUpperCase(Locale.ROOT)),
                text(entry, "base_url"),
                texts(entry, "credential_env"),
                text(entry, "token_hint"),
                entry.path("local").asBoolean(false),
                Auth.valueOf(
                        entry.get("auth").stringValue().toUpperCase(Locale.ROOT).replace('-', '_')),
                model.isObject() ? text(model, "id") : text(entry, "default_model"),
                texts(entry, "model_patterns"),
                entry.path("keeps_prefix").asBoolean(false),
                texts(entry, "tools_without_effort"),
                quirks);
    }

    private static @Nullable String text(JsonNode entry, String field) {
        var value = entry.path(field);
        return value.isString() ? value.stringValue() : null;
    }

    private static List<String> texts(JsonNode entry, String field) {
        var all = new ArrayList<String>();
        entry.path(field).forEach(value -> all.add(value.stringValue()));
        return all;
    }
}
