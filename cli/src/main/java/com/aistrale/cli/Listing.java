package com.aistrale.cli;

import com.aistrale.Paged;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The begin of a list that may be long.
 *
 * @param more whether the list goes on
 */
record Listing<T>(List<T> rows, boolean more) {

    static <T> Listing<T> of(Paged<T> list, int limit) {
        if (limit < 1) {
            throw new CliException("--limit is below 1: " + limit, "Give the number of rows.", Exit.USAGE);
        }
        var rows = new ArrayList<T>();
        var found = list.iterator();
        while (rows.size() < limit && found.hasNext()) {
            rows.add(found.next());
        }
        return new Listing<>(List.copyOf(rows), rows.size() == limit && found.hasNext());
    }

    /** The rows as the server gave them. */
    void printJson(Io io, Function<T, String> json) {
        printJson(io, rows, json);
        noteMore(io);
    }

    void noteMore(Io io) {
        if (more) {
            io.note("There are more: these are the newest " + rows.size() + " (--limit).");
        }
    }

    static <T> void printJson(Io io, List<T> rows, Function<T, String> json) {
        io.out().println("{\"data\":[" + rows.stream().map(json).collect(Collectors.joining(",")) + "]}");
    }
}
