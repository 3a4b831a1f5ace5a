package com.aistrale;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which records to list. Immutable. */
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
