package com.aistrale.internal;

/** A TOML string on one line: {@code "…"} with escapes, or {@code '…'} without. */
public final class TomlString {
    private TomlString() {}

    /** The value; IllegalArgumentException says what was expected (and shows no part of the value but a wrong escape). */
    public static String read(String text) {
        var quote = text.isEmpty() ? ' ' : text.charAt(0);
        if (quote != '"' && quote != '\'') {
            throw new IllegalArgumentException("expected a string in quotes");
        }
        var value = new StringBuilder();
        var at = 1;
        while (at < text.length() && text.charAt(at) != quote) {
            if (quote == '"' && text.charAt(at) == '\\') {
                at = escape(text, at + 1, value);
            } else {
                value.append(text.charAt(at++));
            }
        }
        if (at >= text.length()) {
            throw new IllegalArgumentException("the string has no closing " + quote);
        }
        var rest = trim(text.substring(at + 1));
        if (!rest.isEmpty() && !rest.startsWith("#")) {
            throw new IllegalArgumentException("there is something after the string that is no # comment");
        }
        return value.toString();
    }

    /** The value as a TOML string, which {@link #read} gives back. IllegalArgumentException for control characters. */
    public static String write(String value) {
        var text = new StringBuilder("\"");
        for (var i = 0; i < value.length(); i++) {
            var c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\t' -> text.append("\\t");
                case '\r' -> text.append("\\r");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        text.append("\\u%04X".formatted((int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        return text.append('"').toString();
    }

    /** Without TOML's white space (spaces and tabs, nothing else) around it. */
    static String trim(String text) {
        var from = 0;
        var to = text.length();
        while (from < to && isBlank(text.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static int escape(String text, int at, StringBuilder value) {
        var c = at < text.length() ? text.charAt(at) : ' ';
        switch (c) {
            case '"', '\\' -> value.append(c);
            case 'n' -> value.append('\n');
            case 't' -> value.append('\t');
            case 'r' -> value.append('\r');
            case 'u' -> {
                value.append(unicode(text, at + 1));
                return at + 5;
            }
            default ->
                throw new IllegalArgumentException("unknown escape \\" + c
                        + ": there are \\\" \\\\ \\n \\t \\r \\uXXXX;" + " a string in single quotes has none");
        }
        return at + 1;
    }

    private static char unicode(String text, int from) {
        var digits = text.substring(from, Math.min(from + 4, text.length()));
        if (!digits.matches("[0-9A-Fa-f]{4}")) {
            throw new IllegalArgumentException("\\u takes four hexadecimal digits");
        }
        var c = (char) Integer.parseInt(digits, 16);
        if (Character.isSurrogate(c)) {
            throw new IllegalArgumentException("\\u" + digits + " is half a character: write the character itself");
        }
        return c;
    }
}
