package com.aistrale.server.kit.problem;

import java.util.Collection;
import java.util.Optional;

/** "Did you mean": the known name nearest to a wrong one. */
public final class Nearest {
    /** A longer word is no slip, and to compare it is dear. */
    private static final int LONGEST = 200;

    private Nearest() {}

    /** The nearest of {@code known}, or empty when nothing is near enough to be a slip of the finger. */
    public static Optional<String> to(String wrong, Collection<String> known) {
        if (wrong.length() > LONGEST) {
            return Optional.empty();
        }
        var said = simplified(wrong);
        String best = null;
        int least = Math.max(2, wrong.length() / 3) + 1;
        for (var candidate : known) {
            if (candidate.length() > 2 * LONGEST) {
                continue;
            }
            var meant = simplified(candidate);
            if (Math.abs(said.length() - meant.length()) >= least) {
                continue; // so many are missing, or too many
            }
            int distance = distance(said, meant);
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return Optional.ofNullable(best);
    }

    /** {@code "; did you mean `x`?"}, or nothing. */
    public static String hint(String wrong, Collection<String> known) {
        return to(wrong, known).map(name -> "; did you mean `" + name + "`?").orElse("");
    }

    private static String simplified(String name) {
        return name.toLowerCase(java.util.Locale.ROOT).replace("_", "").replace("-", "");
    }

    /** Levenshtein's distance, with a swap of neighbours counted once; the last three rows of its table are kept. */
    private static int distance(String a, String b) {
        var before = new int[b.length() + 1];
        var above = new int[b.length() + 1];
        var row = new int[b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    row[j] = i + j;
                    continue;
                }
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int least = Math.min(Math.min(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    least = Math.min(least, before[j - 2] + 1);
                }
                row[j] = least;
            }
            var oldest = before;
            before = above;
            above = row;
            row = oldest;
        }
        return above[b.length()];
    }
}
