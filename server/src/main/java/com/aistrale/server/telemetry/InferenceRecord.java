package com.aistrale.server.telemetry;

import com.aistrale.server.pricing.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an inference.
 *
 * @param completedAt null while it runs
 * @param result null while it runs
 */
public record InferenceRecord(
        String id,
        Status status,
        Instant createdAt,
        @Nullable Instant completedAt,
        Origin origin,
        String provider,
        String model,
        @Nullable Result result) {

    /** Where an inference stands. */
    public enum Status {
        RUNNING,
        COMPLETED,
        FAILED,
        CANCELLED,
        /** The server ended in mid-call: what the provider did is not known. */
        INTERRUPTED;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        public String wireName() {
            return wireName;
        }
    }

    /** The version of a prompt that was rendered. */
    public record PromptUse(String name, int version) {}

    /** The place in a trace of the caller's own. */
    public record TraceContext(String traceId, @Nullable String parentSpanId) {}

    /** Who asked, and how. */
    public record Origin(
            String workspaceId,
            String apiKeyId,
            @Nullable String client,
            @Nullable String requestedModel,
            @Nullable String sessionId,
            boolean streamed,
            Map<String, String> metadata,
            @Nullable PromptUse prompt,
            @Nullable TraceContext trace) {
        public Origin {
            metadata = Map.copyOf(metadata);
        }
    }

    /**
     * How it ended.
     *
     * @param usage null when unknown; estimated when {@code cost.source} says so
     * @param timeToFirstTokenMs null unless streamed
     * @param failure null when completed
     */
    public record Result(
            @Nullable String finishReason,
            @Nullable Usage usage,
            Charge charge,
            @Nullable Long latencyMs,
            @Nullable Long timeToFirstTokenMs,
            List<Attempt> attempts,
            @Nullable Failure failure) {
        public Result {
            attempts = List.copyOf(attempts);
        }
    }

    /**
     * What it cost.
     *
     * @param nanoUsd null when unknown, never 0 for that
     * @param source {@code reported} (the provider counted), {@code estimated} (we did), or null
     */
    public record Charge(@Nullable Long nanoUsd, @Nullable String source) {
        public static final Charge UNKNOWN = new Charge(null, null);
        public static final String REPORTED = "reported";
        public static final String ESTIMATED = "estimated";
    }

    /**
     * One upstream call, or one that was left out.
     *
     * @param outcome {@code completed}, the failure's code, or the code of why it was left out
     * @param latencyMs 0 when it was left out
     * @param tokenId null for a credential of the environment, or none
     * @param upstreamStatus null when the provider did not answer
     */
    public record Attempt(
            String provider,
            String model,
            String outcome,
            long latencyMs,
            @Nullable String tokenId,
            @Nullable Integer upstreamStatus) {}

    /** Why it failed. */
    public record Failure(
            String code,
            String message,
            @Nullable String provider,
            @Nullable Integer upstreamStatus) {}

    public InferenceRecord {
        if ((result == null) != (status == Status.RUNNING)) {
            throw new IllegalArgumentException(
                    id + " is " + status + (result == null ? " without" : " with") + " a result");
        }
    }
}
