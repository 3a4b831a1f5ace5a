package com.aistrale.server.kit.problem;

import java.util.Collection;
import java.util.Optional;

/** "Did you mean": the known name nearest to a wrong one. */
public final class Nearest {
    private Nearest() {}

    /** The nearest of {@code known}, or empty when nothing is near enough to be a slip of the finger. */
    public static Optional<String> to(String wrong, Collection<String> known) {
        String best = null;
        int least = Math.max(2, wrong.length() / 3) + 1;
        for (var candidate : known) {
            int distance = distance(simplified(wrong), simplified(candidate));
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

    /** Levenshtein's distance, with a swap of neighbours counted once. */
    private static int distance(String a, String b) {
        var rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    rows[i][j] = i + j;
                    continue;
                }
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int least = Math.min(Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1), rows[i - 1][j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    least = Math.min(least, rows[i - 2][j - 2] + 1);
                }
                rows[i][j] = least;
            }
        }
        return rows[a.length()][b.length()];
    }
}
