package com.aistrale.emulator.answer;

import java.util.ArrayList;
import java.util.List;

/** The emulator's token counter: four characters (Unicode code points) are a token, a part of four is a whole one. */
public final class Tokens {
    /** What each message adds to its text. */
    public static final int PER_MESSAGE = 4;

    /** What an image counts. */
    public static final int PER_IMAGE = 85;

    private Tokens() {}

    public static int count(String text) {
        return (text.codePointCount(0, text.length()) + 3) / 4;
    }

    /** The first so many tokens of a text. */
    public static String first(String text, int tokens) {
        long points = 4L * tokens;
        return text.codePointCount(0, text.length()) <= points
                ? text
                : text.substring(0, text.offsetByCodePoints(0, (int) points));
    }

    /** The text in the pieces in which it is streamed: a word and the white space after it. */
    public static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int i = 1; i < text.length(); i++) {
            if (Character.isWhitespace(text.charAt(i - 1)) && !Character.isWhitespace(text.charAt(i))) {
                pieces.add(text.substring(from, i));
                from = i;
            }
        }
        if (from < text.length()) {
            pieces.add(text.substring(from));
        }
        return pieces;
    }

    /** The text in pieces of so many characters, none of which splits a character in two. */
    public static List<String> pieces(String text, int size) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int to = text.offsetByCodePoints(from, Math.min(size, text.codePointCount(from, text.length())));
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }
}
