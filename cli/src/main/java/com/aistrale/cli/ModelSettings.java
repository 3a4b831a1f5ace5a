package com.aistrale.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model is asked and how, as a single question and a conversation both take it. */
final class ModelSettings {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "Such as gpt-4o, openai/gpt-4o, or an alias.")
    private @Nullable String model;

    @Option(
            names = {"-p", "--provider"},
            paramLabel = "NAME",
            description = "Such as openai, anthropic, ollama.")
    private @Nullable String provider;

    @Option(
            names = {"-t", "--temperature"},
            paramLabel = "NUMBER",
            description = "0 (hardly any variation) to 2.")
    private @Nullable Double temperature;

    @Option(
            names = {"-s", "--system"},
            paramLabel = "TEXT",
            description = "What the model is told before everything else.")
    private @Nullable String system;

    @Option(names = "--max-output-tokens", paramLabel = "N", description = "The most that the model may write at once.")
    private @Nullable Integer maxOutputTokens;

    /** What was given, by the names that a run's fields have on the wire. */
    Map<String, @Nullable Object> fields() {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("model", model);
        fields.put("provider", provider);
        fields.put("temperature", temperature);
        fields.put("system", system);
        fields.put("max_output_tokens", maxOutputTokens);
        fields.values().removeIf(value -> value == null);
        return fields;
    }
}
