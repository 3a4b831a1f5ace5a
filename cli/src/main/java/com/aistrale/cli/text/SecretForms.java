package com.aistrale.cli.text;

import java.util.regex.Pattern;

/**
 * What a credential looks like, by how it begins: ours, providers', and those that stand beside them in shells and programs. The forms are
 * those of contract/vectors/secrets.json, as every SDK has them.
 */
public final class SecretForms {
    private static final String OF_A_KIND =
            "ais_|whsec_|github_pat_|(?:gsk|hf|r8|fw|gh[oprsu])_|(?:c?sk|pplx|nvapi|xai|glpat)-" + "|xox[abeprs]-|AIza";

    /** So long that it is one, and no word that begins so. */
    private static final Pattern WHOLE = Pattern.compile("(?<![A-Za-z0-9])(?:"
            + "(?:ais_|(?:c?sk|pplx|nvapi|xai|glpat)-)[A-Za-z0-9_-]{16,}"
            + "|whsec_[A-Za-z0-9+/]{16,}={0,2}"
            + "|(?:gsk|hf|r8|fw|gh[oprsu])_[A-Za-z0-9]{16,}"
            + "|github_pat_[A-Za-z0-9_]{16,}"
            + "|xox[abeprs]-[A-Za-z0-9-]{16,}"
            + "|AIza[A-Za-z0-9_-]{30,}"
            + "|AQ\\.[A-Za-z0-9_-]{30,}"
            + "|A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"
            + "|eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]*"
            + "|-----BEGIN [A-Z ]*PRIVATE KEY-----"
            + "|(?<=(?i:bearer) )(?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{16,}={0,2})");

    /** Of an unmistakable kind, and perhaps not whole: where nothing is lost by taking it for one. */
    private static final Pattern BEGUN =
            Pattern.compile("(?<![A-Za-z0-9])(" + OF_A_KIND + ")[A-Za-z0-9_-]{6,}[A-Za-z0-9_+/=-]*");

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
