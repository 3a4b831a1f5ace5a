package com.aistrale.internal;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The nearest of the right words to a mistyped one. */
public final class Nearest {
    private Nearest() {}

    /** Empty where every word is further away than half of its letters. */
    public static Optional<String> to(String mistyped, Collection<String> words) {
        return words.stream()
                .min(Comparator.comparingInt(word -> distance(mistyped, word)))
                .filter(word -> distance(mistyped, word) <= Math.max(1, word.length() / 2));
    }

    /** Letters to insert, delete or replace (Levenshtein). */
    static int distance(String a, String b) {
        var above = new int[b.length() + 1];
        for (var j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (var i = 1; i <= a.length(); i++) {
            var row = new int[b.length() + 1];
            row[0] = i;
            for (var j = 1; j <= b.length(); j++) {
                var replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[b.length()];
    }
}
