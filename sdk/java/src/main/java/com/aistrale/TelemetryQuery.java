package com.aistrale;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Which records to list, sum up, export or watch. Immutable. */
public final class TelemetryQuery {
    private final Map<String, String> parameters;

    private TelemetryQuery(Map<String, String> parameters) {
        this.parameters = Map.copyOf(parameters);
    }

    /**
     * A query to be narrowed.
     *
     * @return a builder that matches everything
     */
    public static Builder builder() {
        return new Builder();
    }

    Map<String, String> parameters() {
        return parameters;
    }

    /** In the order of their names, without what only a list takes. */
    Map<String, String> filters() {
        var filters = new TreeMap<>(parameters);
        filters.remove("limit");
        return filters;
    }

    /** Narrows a query. Each method returns the same builder; the last value given counts. Not for several threads at once. */
    public static final class Builder {
        private final Map<String, String> parameters = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Those of the time just past.
         *
         * @param span such as {@code 90s}, {@code 15m}, {@code 24h} or {@code 7d}
         * @return this
         */
        public Builder last(String span) {
            return put("last", span);
        }

        /**
         * Those created then or later.
         *
         * @param time the earliest
         * @return this
         */
        public Builder since(Instant time) {
            return put("since", time.toString());
        }

        /**
         * Those created before then.
         *
         * @param time the first that is too late
         * @return this
         */
        public Builder until(Instant time) {
            return put("until", time.toString());
        }

        /**
         * Those of one provider.
         *
         * @param provider such as {@code openai}
         * @return this
         */
        public Builder provider(String provider) {
            return put("provider", provider);
        }

        /**
         * Those of one model.
         *
         * @param model by the provider's name for it
         * @return this
         */
        public Builder model(String model) {
            return put("model", model);
        }

        /**
         * Those that ended so.
         *
         * @param status {@code running}, {@code completed}, {@code failed}, {@code cancelled} or {@code interrupted}
         * @return this
         */
        public Builder status(String status) {
            return put("status", status);
        }

        /**
         * Those of one conversation.
         *
         * @param id the session's
         * @return this
         */
        public Builder sessionId(String id) {
            return put("session_id", id);
        }

        /**
         * Those that ran a stored prompt.
         *
         * @param prompt its name, or with a version {@code greeting@3}
         * @return this
         */
        public Builder prompt(String prompt) {
            return put("prompt", prompt);
        }

        /**
         * Those of one API key.
         *
         * @param id {@code key_…}
         * @return this
         */
        public Builder apiKeyId(String id) {
            return put("api_key_id", id);
        }

        /**
         * Those of one program.
         *
         * @param client as it calls itself, such as {@code python/0.1.0}
         * @return this
         */
        public Builder client(String client) {
            return put("client", client);
        }

        /**
         * Those with a label of your own. May be said for several keys.
         *
         * @param key the label's name
         * @param value what it is
         * @return this
         */
        public Builder metadata(String key, String value) {
            return put("metadata." + key, value);
        }

        /**
         * Those in which a text is found: in the model, the prompt's name, the error, and in what was asked and answered where that is kept.
         *
         * @param text in upper or lower case
         * @return this
         */
        public Builder search(String text) {
            return put("q", text);
        }

        /**
         * How many come in one page. It does not limit how many there are.
         *
         * @param size 1 to 200; the server takes 50 unless told
         * @return this
         */
        public Builder pageSize(int size) {
            if (size < 1 || size > 200) {
                throw new IllegalArgumentException("a page has 1 to 200 records: " + size);
            }
            return put("limit", Integer.toString(size));
        }

        /**
         * The query as it stands.
         *
         * @return never null
         */
        public TelemetryQuery build() {
            return new TelemetryQuery(parameters);
        }

        private Builder put(String name, String value) {
            parameters.put(name, value);
            return this;
        }
    }
}
