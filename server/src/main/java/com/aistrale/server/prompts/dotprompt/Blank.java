package com.aistrale.server.prompts.dotprompt;

/** White space as Dotprompt's own implementation sees it, which is JavaScript's. */
final class Blank {
    private Blank() {}

    static boolean is(char c) {
        return (c >= '\t' && c <= '\r')
                || c == ' '
                || c == '\u00a0'
                || c == '\u1680'
                || (c >= '\u2000' && c <= '\u200a')
                || c == '\u2028'
                || c == '\u2029'
                || c == '\u202f'
                || c == '\u205f'
                || c == '\u3000'
                || c == '\ufeff';
    }

    static boolean isAll(String text) {
        return start(text, 0, text.length()) == text.length();
    }

    /** Where the first character that is not blank stands; {@code to} when all are. */
    static int start(String text, int from, int to) {
        int at = from;
        while (at < to && is(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Where what is not blank ends. */
    static int end(String text, int from, int to) {
        int at = to;
        while (at > from && is(text.charAt(at - 1))) {
            at--;
        }
        return at;
    }

    static String stripLeading(String text) {
        return text.substring(start(text, 0, text.length()));
    }

    static String stripTrailing(String text) {
        return text.substring(0, end(text, 0, text.length()));
    }

    static boolean begins(String text) {
        return !text.isEmpty() && is(text.charAt(0));
    }

    static boolean ends(String text) {
        return !text.isEmpty() && is(text.charAt(text.length() - 1));
    }
}
