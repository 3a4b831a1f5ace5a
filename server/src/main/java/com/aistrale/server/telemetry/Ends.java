package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.Unit;
import org.jspecify.annotations.Nullable;

/**
 * What becomes true with the end of an inference, in the same transaction and as often as that: once. Whatever ends it
 * passes here, but for nodes that are gone: of what these ran no cost is known, and their heirs see to the rest.
 */
public interface Ends {
    /** Nothing more. */
    Ends NONE = record -> null;

    /**
     * Asked on the thread of whoever ends the inference, before it is written.
     *
     * @param record the last word on the inference
     * @return null when there is nothing to write
     */
    @Nullable
    Unit of(InferenceRecord record);

    /** As {@link #of}, of an end that could not be written when it came: whoever asked was told that it failed. */
    default @Nullable Unit late(InferenceRecord record) {
        return of(record);
    }

    /** All of these, in this order. */
    static Ends all(Ends... each) {
        return new AllEnds(java.util.List.of(each));
    }
}
