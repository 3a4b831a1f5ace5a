package com.aistrale;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an inference is asked for, besides its prompt. Nothing is required. Immutable, so it may be kept and shared between threads.
 *
 * <p>Where a value is of JSON's kinds, give maps, lists, strings, numbers, booleans and null; anything else is an
 * IllegalArgumentException when the call is made.
 */
public final class RunOptions {
    private static final RunOptions NONE = builder().build();
    private final Map<String, @Nullable Object> fields;
    private final Map<String, String> headers;
    private final @Nullable Duration timeout;
    private final @Nullable String idempotencyKey;

    private RunOptions(Builder builder) {
        this.fields = Collections.unmodifiableMap(new LinkedHashMap<>(builder.fields));
        this.headers = builder.headers;
        this.timeout = builder.timeout;
        this.idempotencyKey = builder.idempotencyKey;
    }

    /**
     * Options to be chosen.
     *
     * @return a builder without any
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * These options, to be changed.
     *
     * @return a builder with a copy of them
     */
    public Builder toBuilder() {
        var builder = new Builder();
        builder.fields.putAll(fields);
        builder.headers = headers;
        builder.timeout = timeout;
        builder.idempotencyKey = idempotencyKey;
        return builder;
    }

    static RunOptions none() {
        return NONE;
    }

    Map<String, @Nullable Object> fields() {
        return fields;
    }

    Map<String, String> headers() {
        return headers;
    }

    boolean namesPrompt() {
        return fields.containsKey("prompt_ref");
    }

    @Nullable
    Duration timeout() {
        return timeout;
    }

    @Nullable
    String idempotencyKey() {
        return idempotencyKey;
    }

    /** Chooses options. Each method returns the same builder; the last value given counts. Not for several threads at once. */
    public static final class Builder {
        private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        private Map<String, String> headers = Map.of();
        private @Nullable Duration timeout;
        private @Nullable String idempotencyKey;

        private Builder() {}

        /**
         * The model: {@code gpt-4o}, {@code openai/gpt-4o} with its provider, or an alias.
         *
         * @param model a name; without it the configured one, else the workspace's default answers
         * @return this
         */
        public Builder model(String model) {
            return put("model", model);
        }

        /**
         * The provider.
         *
         * @param provider such as {@code openai}; without it the configured one, else the server finds who has the model
         * @return this
         */
        public Builder provider(String provider) {
            return put("provider", provider);
        }

        /**
         * Whom to ask when the model cannot answer. They take the place of those that an alias brings.
         *
         * @param models at most 5, in the order in which they are asked: each as {@link #model} takes it
         * @return this
         */
        public Builder fallbacks(String... models) {
            return fallbacks(List.of(models));
        }

        /**
         * Whom to ask when the model cannot answer. They take the place of those that an alias brings.
         *
         * @param models at most 5, in the order in which they are asked: each as {@link #model} takes it
         * @return this
         */
        public Builder fallbacks(List<String> models) {
            return put("fallbacks", List.copyOf(models));
        }

        /**
         * What the model is told before everything else.
         *
         * @param system a system message's text
         * @return this
         */
        public Builder system(String system) {
            return put("system", system);
        }

        /**
         * A whole conversation, instead of a prompt.
         *
         * @param messages in OpenAI's shape: maps with {@code role} and {@code content}; the last one is to be answered
         * @return this
         */
        public Builder messages(List<? extends Map<String, ?>> messages) {
            return put("messages", new ArrayList<>(messages));
        }

        /**
         * A stored prompt, instead of a prompt or messages. Its version's settings count where these options say nothing; the model and
         * provider that the client was configured with do not.
         *
         * @param prompt which, and its variables
         * @return this
         */
        public Builder promptRef(PromptRef prompt) {
            return put("prompt_ref", prompt.toMap());
        }

        /**
         * How freely the model chooses its words.
         *
         * @param temperature 0 (hardly) to 2 (wildly); models without it refuse it
         * @return this
         */
        public Builder temperature(double temperature) {
            return put("temperature", temperature);
        }

        /**
         * From how much of the probability the model chooses its words.
         *
         * @param topP above 0 up to 1
         * @return this
         */
        public Builder topP(double topP) {
            return put("top_p", topP);
        }

        /**
         * The most that the model may write, reasoning included.
         *
         * @param tokens at least 1
         * @return this
         */
        public Builder maxOutputTokens(int tokens) {
            return put("max_output_tokens", tokens);
        }

        /**
         * Where the model stops writing; the texts themselves are not in the answer.
         *
         * @param texts at least one
         * @return this
         */
        public Builder stop(String... texts) {
            return put("stop", List.of(texts));
        }

        /**
         * The tools that the model may call.
         *
         * @param tools in OpenAI's shape
         * @return this
         */
        public Builder tools(List<? extends Map<String, ?>> tools) {
            return put("tools", new ArrayList<>(tools));
        }

        /**
         * Whether, or which, tool is to be called.
         *
         * @param choice {@code "auto"}, {@code "none"}, {@code "required"}, or a map in OpenAI's shape that names one
         * @return this
         */
        public Builder toolChoice(Object choice) {
            return put("tool_choice", choice);
        }

        /**
         * The form of the answer.
         *
         * @param format in OpenAI's shape, such as {@code Map.of("type", "json_object")}
         * @return this
         */
        public Builder responseFormat(Map<String, ?> format) {
            return put("response_format", format);
        }

        /**
         * How much the model thinks before it answers.
         *
         * @param effort {@code none}, {@code minimal}, {@code low}, {@code medium}, {@code high} or {@code xhigh}
         * @return this
         */
        public Builder reasoningEffort(String effort) {
            return put("reasoning_effort", effort);
        }

        /**
         * The same seed and request give, where the provider can do it, the same answer.
         *
         * @param seed any
         * @return this
         */
        public Builder seed(long seed) {
            return put("seed", seed);
        }

        /**
         * The conversation that the inference belongs to, by which telemetry groups.
         *
         * @param id a name of your own
         * @return this
         */
        public Builder sessionId(String id) {
            return put("session_id", id);
        }

        /**
         * The trace that the inference belongs to, as spans do.
         *
         * @param traceId an id of your own, 1 to 64 characters
         * @return this
         */
        public Builder traceId(String traceId) {
            return put("trace_id", traceId);
        }

        /**
         * The span, of the same trace, in which the inference was asked for.
         *
         * @param spanId an id of your own, 1 to 64 characters
         * @return this
         */
        public Builder parentSpanId(String spanId) {
            return put("parent_span_id", spanId);
        }

        /**
         * Labels of your own, kept in the record.
         *
         * @param metadata names and values
         * @return this
         */
        public Builder metadata(Map<String, String> metadata) {
            return put("metadata", Map.copyOf(metadata));
        }

        /**
         * Fields that only the provider knows, passed on as they are.
         *
         * @param options names and values in the provider's words
         * @return this
         */
        public Builder providerOptions(Map<String, ?> options) {
            return put("provider_options", new LinkedHashMap<>(options));
        }

        /**
         * How long the server may work on the inference, all that it asks of providers and all its waits included. This holds also where
         * the connection is lost and the inference goes on.
         *
         * @param timeout 1 ms to an hour; without it the server's own limit
         * @return this
         */
        public Builder inferenceTimeout(Duration timeout) {
            return put("timeout_ms", positive(timeout).toMillis());
        }

        /**
         * How long the whole call may take on this side, all tries and the last byte included. What the server may take is {@link
         * #inferenceTimeout}.
         *
         * @param timeout at least 1 ms; without it the client's (ten minutes, unless its builder was told otherwise)
         * @return this
         */
        public Builder timeout(Duration timeout) {
            this.timeout = positive(timeout);
            return this;
        }

        /**
         * Whether the server goes on with the inference when the connection is lost, so that the client comes back for the rest of the
         * answer. It does unless told otherwise; then the inference ends with its connection, and the answer is {@link
         * StreamInterruptedException cut}.
         *
         * @param resumable false to end with the connection
         * @return this
         */
        public Builder resumable(boolean resumable) {
            return put("resumable", resumable);
        }

        /**
         * By which the server recognises the same call, for a day: it answers it once, and gives the same answer again without paying the
         * provider twice. It is made up for each call and the same over its tries; give one of your own where your program itself may try
         * again. With another prompt or other options it is a {@link ConflictException}.
         *
         * @param key 1 to 255 printable ASCII characters without spaces
         * @return this
         */
        public Builder idempotencyKey(String key) {
            if (!key.matches("[!-~]{1,255}")) {
                throw new IllegalArgumentException("an idempotency key has 1 to 255 printable ASCII characters");
            }
            this.idempotencyKey = key;
            return this;
        }

        /**
         * A header of your own, sent with this call besides the client's: {@code traceparent}, say.
         *
         * @param name none that the client sends itself
         * @param value printable ASCII
         * @return this
         */
        public Builder header(String name, String value) {
            this.headers = ExtraHeaders.with(headers, name, value);
            return this;
        }

        /**
         * The options as they stand.
         *
         * @return never null
         */
        public RunOptions build() {
            return new RunOptions(this);
        }

        private Builder put(String field, Object value) {
            fields.put(field, Objects.requireNonNull(value, field));
            return this;
        }

        static Duration positive(Duration timeout) {
            if (timeout.toMillis() < 1) {
                throw new IllegalArgumentException("a timeout is at least 1 ms: " + timeout);
            }
            return timeout;
        }
    }
}
