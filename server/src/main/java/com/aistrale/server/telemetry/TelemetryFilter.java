package com.aistrale.server.telemetry;

import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which records are meant: what list, summary, export and live stream share. Each null takes all.
 *
 * @param since inclusive
 * @param until exclusive
 * @param client exactly what {@code x-aistrale-client} said
 * @param metadata the values that these keys must have, all of them
 * @param text a piece of the model, the prompt's name, the error's message or, where it was kept, the content; in either
 *     case (on SQLite: of ASCII letters)
 */
public record TelemetryFilter(
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String provider,
        @Nullable String model,
        @Nullable Status status,
        @Nullable String sessionId,
        @Nullable Prompt prompt,
        @Nullable String apiKeyId,
        @Nullable String client,
        Map<String, String> metadata,
        @Nullable String text) {

    /** A prompt in any version, or in one. */
    public record Prompt(String name, @Nullable Integer version) {}

    /** Every record. */
    public static final TelemetryFilter ALL =
            new TelemetryFilter(null, null, null, null, null, null, null, null, null, Map.of(), null);

    public TelemetryFilter {
        metadata = Map.copyOf(metadata);
    }

    /** The same from {@code since} on and before {@code until}. */
    public TelemetryFilter within(@Nullable Instant since, @Nullable Instant until) {
        return new TelemetryFilter(
                since, until, provider, model, status, sessionId, prompt, apiKeyId, client, metadata, text);
    }

    /** The same for the records whose metadata says so too. */
    public TelemetryFilter withMetadata(Map<String, String> metadata) {
        return new TelemetryFilter(
                since, until, provider, model, status, sessionId, prompt, apiKeyId, client, metadata, text);
    }
}
