package com.aistrale.server.prompts;

/** Which version of a prompt is meant. */
public sealed interface VersionRef {
    /** By its number. */
    record Numbered(int version) implements VersionRef {}

    /** The one that the label is at; {@code latest} is the one with the highest number. */
    record Labelled(String label) implements VersionRef {}

    /** Neither is named: the label {@code production} if there is one, else {@code latest}. */
    record Usual() implements VersionRef {}

    /** The label that is always at the highest number. */
    String LATEST = "latest";

    /** The label that is taken when none is named. */
    String PRODUCTION = "production";

    /** A number or a label, as in a path. */
    static VersionRef of(String text) {
        boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits && text.length() < 10 ? new Numbered(Integer.parseInt(text)) : new Labelled(text);
    }
}
