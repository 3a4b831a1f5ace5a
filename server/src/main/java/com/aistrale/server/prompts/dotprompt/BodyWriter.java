package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.prompts.Template;
import com.aistrale.server.prompts.Template.Segment;

/** Writes a template so that Handlebars, which knows more marks than our templates do, reads the same. */
final class BodyWriter {
    private BodyWriter() {}

    static String write(Template template) {
        var out = new StringBuilder();
        var segments = template.segments();
        for (int i = 0; i < segments.size(); i++) {
            switch (segments.get(i)) {
                case Segment.Literal literal -> literal(literal.text(), out);
                case Segment.Variable variable -> {
                    beforeVariable(out);
                    boolean brace = i + 1 < segments.size()
                            && segments.get(i + 1) instanceof Segment.Literal next
                            && next.text().startsWith("}");
                    // A brace right behind would be read with the closing ones: a blank between, which the tilde takes.
                    var source = variable.source();
                    out.append(source, 2, source.length() - 2).append(brace ? "~}} " : "}}");
                }
            }
        }
        return out.toString();
    }

    private static void beforeVariable(StringBuilder out) {
        int end = out.length();
        int slashes = slashesBefore(out, end);
        if (slashes > 0) {
            out.append("\\{{"); // one more, as the last one before an expression is taken for an escape
        } else if (end > 0 && out.charAt(end - 1) == '{') {
            out.append(" {{~");
        } else {
            out.append("{{");
        }
    }

    /** Two braces get a backslash. A backslash before them is kept from being taken for one by an empty comment. */
    private static void literal(String text, StringBuilder out) {
        int at = 0;
        for (int open = text.indexOf("{{"); open >= 0; open = text.indexOf("{{", at)) {
            out.append(text, at, open);
            if (slashesBefore(text, open) > 0) {
                out.append("\\{{!}}");
            }
            out.append("\\{{");
            at = open + 2;
        }
        out.append(text, at, text.length());
    }

    private static int slashesBefore(CharSequence text, int end) {
        int count = 0;
        while (count < end && text.charAt(end - 1 - count) == '\\') {
            count++;
        }
        return count;
    }
}
