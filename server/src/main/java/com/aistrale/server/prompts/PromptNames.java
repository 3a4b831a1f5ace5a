package com.aistrale.server.prompts;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemException;
import java.util.regex.Pattern;

/** How prompts and labels may be called. */
public final class PromptNames {
    static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    public static final String NAME_RULE =
            "must be 1 to 100 letters, digits and . _ -, the first of them a letter or a digit";
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9._-]{0,100}");
    private static final Pattern LABEL = Pattern.compile("[a-z][a-z0-9._-]{0,39}");

    static final int LONGEST_LABEL = 40;
    public static final int LONGEST_NAME = 100;

    private PromptNames() {}

    /** So that what is looked for, compared and said back has an end. */
    public static void checkLength(String name, int most, Pointer at, Reading reading) {
        if (name.length() > most) {
            reading.mistake(at, "must be at most " + most + " characters, not " + name.length());
        }
    }

    /** Whether a name can have this in it. */
    static boolean isPart(String part) {
        return PART.matcher(part).matches();
    }

    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** @throws ProblemException {@code invalid_request} when no label of the caller's can be called so */
    static void checkLabel(String label) {
        if (label.equals(VersionRef.LATEST)) {
            throw Problem.invalid("", "the label `latest` is always at the highest version, and cannot be moved")
                    .exception();
        }
        if (!LABEL.matcher(label).matches()) {
            throw Problem.invalid(
                            "",
                            "the label must be 1 to 40 lower-case letters, digits and . _ -, the first of them a"
                                    + " letter")
                    .exception();
        }
    }
}
