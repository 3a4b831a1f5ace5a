package com.aistrale.cli.batch;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a place of the input holds. Lines are counted from 1, as editors do; a record of several lines is at its first. */
sealed interface Entry {
    long line();

    /**
     * Something to ask.
     *
     * @param fields by their names; texts where the format knows nothing else
     * @param columns where in the line each field begins, empty where the format does not say
     * @param texts whether the values are texts because the format knows nothing else
     */
    record Fields(long line, Map<String, @Nullable Object> fields, Map<String, Integer> columns, boolean texts)
            implements Entry {}

    /**
     * What cannot be understood.
     *
     * @param column where in the line, from 1; 0 where that is not known
     */
    record Malformed(long line, int column, String message) implements Entry {}
}
