package com.aistrale.server.tokens;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a provider: an entry of {@code tokens/providers.json}, where each field and quirk is explained.
 *
 * @param format the wire format the provider speaks
 * @param baseUrl null for those that have none of their own (vLLM, Azure OpenAI)
 * @param credentialEnv environment variables that may hold the credential, the preferred one first
 * @param tokenHint how its keys look, such as {@code sk-…}; null when unknown
 * @param local runs on the caller's machines and needs no credential
 * @param defaultModel who names no model gets this one; null when the provider has none to recommend
 * @param modelPatterns beginnings of model ids by which a bare id belongs to this provider
 * @param keepsPrefix the provider's own ids begin with its own name ({@code openrouter/auto})
 * @param toolsWithoutEffort beginnings of models that take function tools only with reasoning effort "none", said explicitly
 * @param quirks deviations from the format, by name
 */
public record ProviderSpec(
        String name,
        String title,
        Format format,
        @Nullable String baseUrl,
        List<String> credentialEnv,
        @Nullable String tokenHint,
        boolean local,
        Auth auth,
        @Nullable String defaultModel,
        List<String> modelPatterns,
        boolean keepsPrefix,
        List<String> toolsWithoutEffort,
        Map<String, Boolean> quirks) {

    /** The wire formats; each has one adapter. */
    public enum Format {
        OPENAI,
        ANTHROPIC,
        GEMINI,
        DEMO
    }

    /** The header that carries the credential. */
    public enum Auth {
        BEARER,
        X_API_KEY,
        API_KEY,
        X_GOOG_API_KEY
    }

    public ProviderSpec {
        credentialEnv = List.copyOf(credentialEnv);
        modelPatterns = List.copyOf(modelPatterns);
        toolsWithoutEffort = List.copyOf(toolsWithoutEffort);
        quirks = Map.copyOf(quirks);
    }

    /** Of a provider whose models all take tools in the same way. */
    public ProviderSpec(
            String name,
            String title,
            Format format,
            @Nullable String baseUrl,
            List<String> credentialEnv,
            @Nullable String tokenHint,
            boolean local,
            Auth auth,
            @Nullable String defaultModel,
            List<String> modelPatterns,
            boolean keepsPrefix,
            Map<String, Boolean> quirks) {
        this(
                name,
                title,
                format,
                baseUrl,
                credentialEnv,
                tokenHint,
                local,
                auth,
                defaultModel,
                modelPatterns,
                keepsPrefix,
                List.of(),
                quirks);
    }

    /** Whether this model takes function tools only when the reasoning effort is said to be "none". */
    public boolean takesToolsWithoutEffortOnly(String model) {
        return toolsWithoutEffort.stream().anyMatch(model::startsWith);
    }

    /**
     * The provider's own id of a model that may be written with the provider's name in front. {@code openrouter/auto} is
     * OpenRouter's own id; in {@code openrouter/anthropic/…} the first part is the address.
     */
    public String ownId(String model) {
        if (!model.startsWith(name) || model.length() <= name.length() + 1 || model.charAt(name.length()) != '/') {
            return model;
        }
        var rest = model.substring(name.length() + 1);
        return keepsPrefix && rest.indexOf('/') < 0 ? model : rest;
    }

    /** Whether the quirk is listed as true. */
    public boolean has(String quirk) {
        return quirks.getOrDefault(quirk, false);
    }

    /** Whether a call needs a credential. */
    public boolean needsCredential() {
        return !local && format != Format.DEMO;
    }
}
