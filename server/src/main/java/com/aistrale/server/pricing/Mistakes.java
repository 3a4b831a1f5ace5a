package com.aistrale.server.pricing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is wrong in a price file, collected until the whole file is read. */
final class Mistakes {
    private record Mistake(int line, String text) {}

    private final List<Mistake> found = new ArrayList<>();

    /** @param where the value's path, such as {@code models[3].id}; empty for the whole file */
    void add(int line, String where, String expected, String found) {
        var place = where.isEmpty() ? "the file" : where;
        this.found.add(
                new Mistake(line, "line " + line + ": " + place + ": expected " + expected + ", found " + found));
    }

    void throwFor(String file) {
        if (!found.isEmpty()) {
            throw in(file);
        }
    }

    /** Told in the order of the file's lines. */
    PriceFileException in(String file) {
        return PriceFileException.of(
                file,
                found.stream()
                        .sorted(Comparator.comparingInt(Mistake::line))
                        .map(Mistake::text)
                        .toList());
    }
}
