package com.aistrale.server.telemetry.summary;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What records are grouped by. */
public sealed interface Dimension {
    /** How it is called in {@code group_by} and in the answer. */
    String wireName();

    /** A column of the record. */
    enum Field implements Dimension {
        MODEL("model"),
        PROVIDER("provider"),
        PROMPT("prompt"),
        SESSION_ID("session_id"),
        API_KEY_ID("api_key_id"),
        CLIENT("client"),
        STATUS("status");

        private final String wireName;

        Field(String wireName) {
            this.wireName = wireName;
        }

        @Override
        public String wireName() {
            return wireName;
        }
    }

    /** A key of the metadata. */
    record MetadataKey(String key) implements Dimension {
        static final String PREFIX = "metadata.";

        @Override
        public String wireName() {
            return PREFIX + key;
        }
    }

    /** The names, for messages. */
    static List<String> names() {
        return Stream.concat(Arrays.stream(Field.values()).map(Field::wireName), Stream.of("metadata.KEY"))
                .toList();
    }
}
