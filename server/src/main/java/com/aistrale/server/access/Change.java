package com.aistrale.server.access;

import org.jspecify.annotations.Nullable;

/**
 * What a partial update says of one field.
 *
 * @param said whether it says anything
 * @param value the new value, which may be null
 */
record Change<T>(boolean said, @Nullable T value) {
    static <T> Change<T> none() {
        return new Change<>(false, null);
    }

    static <T> Change<T> to(@Nullable T value) {
        return new Change<>(true, value);
    }

    @Nullable
    T or(@Nullable T before) {
        return said ? value : before;
    }
}
