package com.aistrale.cli.text;

import java.util.regex.Pattern;

/**
 * What a credential looks like, by how it begins: ours, providers', and those that stand beside them in shells and programs. The forms are
 * those of contract/vectors/secrets.json, as every SDK has them: behind what one begins with stand 16 characters at least, 30 behind
 * {@code AIza} and {@code AQ.}, 10 in each part of a JWT.
 */
public final class SecretForms {
    private static final String OF_A_KIND =
            "ais_|whsec_|github_pat_|(?:gsk|hf|r8|fw|gh[oprsu])_|(?:c?sk|pplx|nvapi|xai|glpat)-" + "|xox[abeprs]-|AIza";

    /** No letter or digit stands before one, but those of an escape in JSON. */
    private static final String BEFORE = "(?:(?<![A-Za-z0-9])|(?<=\\\\[bfnrt])|(?<=\\\\u[0-9A-Fa-f]{4}))";

    private static final String PRIVATE_KEY = "[A-Z ]*PRIVATE KEY(?: BLOCK)?-----";

    /** So long that it is one, and no word that begins so. */
    private static final Pattern WHOLE = Pattern.compile(BEFORE + "(?:"
            + "(?:ais_|(?:c?sk|pplx|nvapi|xai|glpat)-)[A-Za-z0-9_-]{16,}"
            + "|whsec_[A-Za-z0-9+/]{16,}={0,2}"
            + "|(?:gsk|hf|r8|fw|gh[oprsu])_[A-Za-z0-9]{16,}"
            + "|github_pat_[A-Za-z0-9_]{16,}"
            + "|xox[abeprs]-[A-Za-z0-9-]{16,}"
            + "|AIza[A-Za-z0-9_-]{30,}"
            + "|AQ\\.[A-Za-z0-9_-]{30,}"
            + "|A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"
            + "|eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]*"
            + "|(?<=(?i:bearer) )(?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{16,}={0,2}"
            // with all that is in it; of one that is cut off its first line, and the long ones behind it
            + "|-----BEGIN " + PRIVATE_KEY + "(?:[^\"]*?-----END " + PRIVATE_KEY
            + "|(?:[A-Za-z0-9+/=]{16,})?(?:(?:[ \\t\\r\\n]|\\\\++[nr])++[A-Za-z0-9+/=]{16,}+)*+))");

    /**
     * Of an unmistakable kind, and perhaps not whole: 6 characters are enough. For what is said of mistakes, where a word that is hidden is no
     * loss and the beginning of a key is one.
     */
    private static final Pattern BEGUN =
            Pattern.compile(BEFORE + "(" + OF_A_KIND + ")[A-Za-z0-9_-]{6,}[A-Za-z0-9_+/=-]*");

    private SecretForms() {}

    /** Whether a text has a credential in it. */
    public static boolean isIn(String text) {
        return WHOLE.matcher(text).find();
    }

    /** Whether a text begins as a credential does. */
    public static boolean begins(String text) {
        return BEGUN.matcher(text).lookingAt() || WHOLE.matcher(text).lookingAt();
    }

    /** Whether there is something like one in a text that has no use for words that look so. */
    public static boolean mayBeIn(String text) {
        return BEGUN.matcher(text).find() || WHOLE.matcher(text).find();
    }

    /** A text with dots in place of what is like a credential; what kind it is is still seen. */
    public static String hidden(String text) {
        return WHOLE.matcher(BEGUN.matcher(text).replaceAll("$1•••")).replaceAll("•••");
    }
}
