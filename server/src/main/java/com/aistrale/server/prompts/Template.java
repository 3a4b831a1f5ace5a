package com.aistrale.server.prompts;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/**
 * Text with places for values: {@code {{name}}}, spaces inside the braces allowed, name {@code [A-Za-z_][A-Za-z0-9_]*}.
 * Every other character stands for itself, other braces too. {@code contract/vectors/render/} says the same in cases.
 * Immutable.
 */
public final class Template {
    /** A piece of a template. */
    public sealed interface Segment {
        /** Text that stands for itself; never empty, and never two in a row. */
        record Literal(String text) implements Segment {}

        /** Where the value of a variable goes. @param source as it stands in the text, with its braces and spaces */
        record Variable(String name, String source) implements Segment {}
    }

    private final List<Segment> segments;

    private Template(List<Segment> segments) {
        this.segments = List.copyOf(segments);
    }

    /** Every text is a template. Takes time in proportion to the text. */
    public static Template parse(String text) {
        var segments = new ArrayList<Segment>();
        int literal = 0; // where the text not yet taken begins
        int open = text.indexOf("{{");
        while (open >= 0) {
            int from = spaces(text, open + 2);
            int to = name(text, from);
            int close = spaces(text, to);
            if (to > from && text.startsWith("}}", close)) {
                if (open > literal) {
                    segments.add(new Segment.Literal(text.substring(literal, open)));
                }
                segments.add(new Segment.Variable(text.substring(from, to), text.substring(open, close + 2)));
                literal = close + 2;
                open = text.indexOf("{{", literal);
            } else {
                open = text.indexOf("{{", Math.max(open + 1, close - 1)); // what was passed over holds no brace
            }
        }
        if (literal < text.length()) {
            segments.add(new Segment.Literal(text.substring(literal)));
        }
        return new Template(segments);
    }

    private static int spaces(String text, int at) {
        int end = at;
        while (end < text.length() && text.charAt(end) == ' ') {
            end++;
        }
        return end;
    }

    /** Where the name that begins here ends; {@code at} when none does. */
    private static int name(String text, int at) {
        int end = at;
        while (end < text.length() && isNamePart(text.charAt(end), end == at)) {
            end++;
        }
        return end;
    }

    private static boolean isNamePart(char c, boolean first) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
    }

    /** Whether a variable can be called so. */
    static boolean isName(String name) {
        return !name.isEmpty() && name(name, 0) == name.length();
    }

    public List<Segment> segments() {
        return segments;
    }

    /** The variables' names, each once, in the order in which they first appear. */
    public SequencedSet<String> variables() {
        var names = new LinkedHashSet<String>();
        for (var segment : segments) {
            if (segment instanceof Segment.Variable variable) {
                names.add(variable.name());
            }
        }
        return names;
    }

    /** How many characters {@link #render} gives. */
    long length(Map<String, String> values) {
        long length = 0;
        for (var segment : segments) {
            length += text(segment, values).length();
        }
        return length;
    }

    /** The text with each value in its place, as it is: braces in a value mean nothing. A missing value is empty. */
    public String render(Map<String, String> values) {
        var text = new StringBuilder();
        for (var segment : segments) {
            text.append(text(segment, values));
        }
        return text.toString();
    }

    private static String text(Segment segment, Map<String, String> values) {
        return switch (segment) {
            case Segment.Literal literal -> literal.text();
            case Segment.Variable variable -> values.getOrDefault(variable.name(), "");
        };
    }
}
