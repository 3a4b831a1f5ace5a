package com.aistrale;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which changes to list. Immutable. */
public final class AuditQuery {
    private final Map<String, String> parameters;

    private AuditQuery(Map<String, String> parameters) {
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
         * Those of one kind.
         *
         * @param action such as {@code api_key.created}
         * @return this
         */
        public Builder action(String action) {
            return put("action", action);
        }

        /**
         * Those of one kind of thing.
         *
         * @param type such as {@code api_key}
         * @return this
         */
        public Builder targetType(String type) {
            return put("target_type", type);
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
         * The query as it stands.
         *
         * @return never null
         */
        public AuditQuery build() {
            return new AuditQuery(parameters);
        }

        private Builder put(String name, String value) {
            parameters.put(name, value);
            return this;
        }
    }
}
