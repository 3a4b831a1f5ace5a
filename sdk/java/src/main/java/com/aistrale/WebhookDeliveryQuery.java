package com.aistrale;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which deliveries to list. Immutable. */
public final class WebhookDeliveryQuery {
    private final Map<String, String> parameters;

    private WebhookDeliveryQuery(Map<String, String> parameters) {
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
         * Those that stand so.
         *
         * @param status {@code pending}, {@code delivered} or {@code failed}
         * @return this
         */
        public Builder status(String status) {
            return put("status", status);
        }

        /**
         * Those of one type of event.
         *
         * @param type such as {@code inference.failed}
         * @return this
         */
        public Builder eventType(String type) {
            return put("event_type", type);
        }

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
         * Those made then or later.
         *
         * @param time the earliest
         * @return this
         */
        public Builder since(Instant time) {
            return put("since", time.toString());
        }

        /**
         * Those made before then.
         *
         * @param time the first that is too late
         * @return this
         */
        public Builder until(Instant time) {
            return put("until", time.toString());
        }

        /**
         * How many come in one page. It does not limit how many there are.
         *
         * @param size 1 to 200; the server takes 50 unless told
         * @return this
         */
        public Builder pageSize(int size) {
            if (size < 1 || size > 200) {
                throw new IllegalArgumentException("a page has 1 to 200 deliveries: " + size);
            }
            return put("limit", Integer.toString(size));
        }

        /**
         * The query as it stands.
         *
         * @return never null
         */
        public WebhookDeliveryQuery build() {
            return new WebhookDeliveryQuery(parameters);
        }

        private Builder put(String name, String value) {
            parameters.put(name, value);
            return this;
        }
    }
}
