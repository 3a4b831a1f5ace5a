package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.kit.json.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a body as Handlebars does, as far as we take it: text, a backslash before two braces, variables, roles, comments,
 * and the tilde that strips white space. Everything else is a mistake, named with its place. One thread.
 */
final class BodyReader {
    /** What Handlebars or Dotprompt take for something else than a variable. */
    static final Set<String> RESERVED = Set.of(
            "history",
            "media",
            "section",
            "json",
            "role",
            "ifEquals",
            "unlessEquals",
            "if",
            "unless",
            "each",
            "with",
            "lookup",
            "log",
            "helperMissing",
            "blockHelperMissing",
            "true",
            "false",
            "null",
            "undefined",
            "this",
            "else");

    /** What Dotprompt puts in the place of its helpers, and would take for one in a text. */
    static final String MARKER = "<<<dotprompt:";

    private static final Set<String> ROLES = Set.of("system", "user", "model");
    private static final int MOST_MISTAKES = 50;
    private static final Pattern VARIABLE =
            Pattern.compile("\\{\\{(~?)(\\s*+)([A-Za-z_][A-Za-z0-9_]*+)(\\s*+)(?:(~)}}|}}(?!}))");
    private static final Pattern ROLE =
            Pattern.compile("\\{\\{(~?)\\s*+role\\s++(?:\"([^\"]*+)\"|'([^']*+)')\\s*+(?:(~)}}|}}(?!}))");
    /** What ends a comment that begins with dashes. */
    private static final Pattern DASHES = Pattern.compile("--~?}}");

    private static final Pattern BLANK_TO_LINE = Pattern.compile("(^|\\r?\\n)[^\\S\\n]*+$");
    private static final Pattern LINE_AFTER_BLANK = Pattern.compile("^[^\\S\\n]*+(\\n|$)");

    /** A token and what it asks of its neighbours; a comment has none. */
    private record Seen(@Nullable Token token, boolean stripBefore, boolean stripAfter) {
        boolean isComment() {
            return token == null;
        }
    }

    private final String source;
    private final int to;
    private final Reading reading;
    private final List<Seen> all = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    /** Whether a comment of dashes may still end; where none does, that is looked for once. */
    private boolean dashesFollow = true;

    private int mistakes;

    private BodyReader(String source, int to, Reading reading) {
        this.source = source;
        this.to = to;
        this.reading = reading;
    }

    /** The tokens of {@code source} between two offsets, never two texts in a row; mistakes go to the reading. */
    static List<Token> read(String source, int from, int to, Reading reading) {
        var reader = new BodyReader(source, to, reading);
        reader.scan(from);
        return reader.controlled();
    }

    private void scan(int from) {
        int marker = source.indexOf(MARKER, from);
        if (marker >= 0 && marker < to) {
            mistake(marker, "`" + MARKER + "` is Dotprompt's own mark, and no text");
        }
        int at = from;
        while (at < to) {
            int open = source.indexOf("{{", at);
            if (open < 0 || open >= to) {
                text.append(source, at, to);
                break;
            }
            int slashes = 0;
            while (open - slashes > at && source.charAt(open - slashes - 1) == '\\') {
                slashes++;
            }
            text.append(source, at, slashes == 0 ? open : open - 1);
            if (slashes == 1) {
                text.append("{{");
                at = open + 2;
            } else {
                at = expression(open);
            }
        }
        endText();
    }

    private void endText() {
        if (!text.isEmpty()) {
            all.add(new Seen(new Token.Text(text.toString()), false, false));
            text.setLength(0);
        }
    }

    private void add(@Nullable Token token, boolean stripBefore, boolean stripAfter) {
        endText();
        all.add(new Seen(token, stripBefore, stripAfter));
    }

    /** @return where it ends */
    private int expression(int open) {
        var variable = VARIABLE.matcher(source).region(open, to);
        if (variable.lookingAt() && !RESERVED.contains(variable.group(3))) {
            var name = variable.group(3);
            var inside = spaces(variable.group(2)) + name + spaces(variable.group(4));
            add(
                    new Token.Variable(name, "{{" + inside + "}}"),
                    !variable.group(1).isEmpty(),
                    variable.group(5) != null);
            return variable.end();
        }
        var role = ROLE.matcher(source).region(open, to);
        if (role.lookingAt()) {
            var name = role.group(2) == null ? role.group(3) : role.group(2);
            if (!ROLES.contains(name)) {
                mistake(open, "the role is `" + shortened(name) + "`, and must be system, user or model");
                name = "user";
            }
            add(new Token.Role(name), !role.group(1).isEmpty(), role.group(4) != null);
            return role.end();
        }
        boolean strip = source.startsWith("~", open + 2);
        int inside = open + (strip ? 3 : 2);
        if (source.startsWith("!--", inside)) {
            var ending = DASHES.matcher(source).region(inside + 1, to);
            if (dashesFollow && ending.find()) {
                add(null, strip, ending.group().contains("~"));
                return ending.end();
            }
            dashesFollow = false;
        } else if (source.startsWith("!", inside)) {
            int end = source.indexOf("}}", inside + 1);
            if (end >= 0 && end + 2 <= to) {
                add(null, strip, source.charAt(end - 1) == '~');
                return end + 2;
            }
        }
        mistake(open, refusal(open, inside));
        int end = source.indexOf("}}", inside);
        return end < 0 || end + 2 > to ? to : end + 2;
    }

    /** Our templates have spaces inside the braces and no other blanks. */
    private static String spaces(String blanks) {
        return blanks.chars().allMatch(c -> c == ' ') ? blanks : "";
    }

    private void mistake(int offset, String detail) {
        if (++mistakes <= MOST_MISTAKES) {
            reading.mistake("", Place.of(source, offset) + ": " + detail);
        }
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    /** Why it is not taken, by its name. */
    private String refusal(int open, int inside) {
        int end = source.indexOf("}}", inside);
        if (end < 0 || end + 2 > to) {
            return "`{{` opens an expression that does not end; write `\\{{` for two braces";
        }
        var shown = "`" + shortened(source.substring(open, end + 2)) + "`";
        int first = Blank.start(source, inside, end);
        var word = source.substring(first, end);
        char c = first < end ? source.charAt(first) : ' ';
        var kind = switch (c) {
            case '{' -> source.startsWith("{{{{", open) ? "a raw block" : "an expression in three braces";
            case '#' -> "a block";
            case '/' -> "the end of a block";
            case '^' -> "the other branch of a block";
            case '>' -> "a partial";
            case '&' -> "an unescaped expression";
            case '!' -> "a comment that does not end";
            case '@' -> "a data variable";
            case ' ' -> "an empty expression";
            default -> kind(word, end);
        };
        return shown + " is " + kind + ". Of Handlebars only {{variable}}, {{role \"…\"}} and comments are taken; write"
                + " `\\{{` for two braces";
    }

    private String kind(String word, int end) {
        var name = word.strip().split("[\\s~]", 2)[0];
        if (VARIABLE.matcher("{{" + name + "}}").matches() && !RESERVED.contains(name)) {
            if (source.startsWith("}}}", end) && name.length() == word.strip().length()) {
                return "closed by three braces; write {{" + name + "~}} } for a brace after it";
            }
            return "a call of the helper `" + shortened(name) + "`";
        }
        if (RESERVED.contains(name)) {
            return switch (name) {
                case "true", "false", "null", "undefined", "this" -> "`" + name + "`, which is no variable";
                case "else" -> "the other branch of a block";
                default -> "a call of the helper `" + name + "`";
            };
        }
        return name.contains(".") || name.contains("/") ? "a path" : "no variable";
    }

    /** White space as Handlebars controls it: tildes strip all of it, a comment alone on its line takes the line. */
    private List<Token> controlled() {
        var texts = new ArrayList<@Nullable String>();
        for (var seen : all) {
            texts.add(seen.token() instanceof Token.Text plain ? plain.text() : null);
        }
        for (int i = 0; i < all.size(); i++) {
            var seen = all.get(i);
            var before = i == 0 ? null : texts.get(i - 1);
            var after = i + 1 == all.size() ? null : texts.get(i + 1);
            boolean alone = seen.isComment() && blankBefore(i) && blankAfter(i);
            if (after != null && seen.stripAfter()) {
                after = Blank.stripLeading(after);
            } else if (after != null && alone) {
                after = after.replaceFirst("^[ \\t]*+(\\r?\\n)?+", "");
            }
            if (before != null && seen.stripBefore()) {
                before = Blank.stripTrailing(before);
            } else if (before != null && alone) {
                before = withoutTrailingTabs(before);
            }
            if (i > 0) {
                texts.set(i - 1, before);
            }
            if (i + 1 < all.size()) {
                texts.set(i + 1, after);
            }
        }
        var tokens = new ArrayList<Token>();
        var together = new StringBuilder(); // texts with nothing but comments between them
        for (int i = 0; i < all.size(); i++) {
            var token = all.get(i).token();
            var plain = texts.get(i);
            if (plain != null) {
                together.append(plain);
            } else if (token != null) {
                endText(together, tokens);
                tokens.add(token);
            }
        }
        endText(together, tokens);
        return tokens;
    }

    private static void endText(StringBuilder text, List<Token> tokens) {
        if (!text.isEmpty()) {
            tokens.add(new Token.Text(text.toString()));
            text.setLength(0);
        }
    }

    private static String withoutTrailingTabs(String text) {
        int end = text.length();
        while (end > 0 && (text.charAt(end - 1) == ' ' || text.charAt(end - 1) == '\t')) {
            end--;
        }
        return text.substring(0, end);
    }

    /** Whether nothing but blanks stands before it in its line. */
    private boolean blankBefore(int index) {
        if (index == 0) {
            return true;
        }
        if (!(all.get(index - 1).token() instanceof Token.Text before)) {
            return false;
        }
        var line = before.text().substring(Math.max(0, before.text().lastIndexOf('\n')));
        return (index == 1 || line.startsWith("\n"))
                && BLANK_TO_LINE.matcher(line).find();
    }

    /** Whether nothing but blanks stands behind it in its line. */
    private boolean blankAfter(int index) {
        if (index + 1 == all.size()) {
            return true;
        }
        if (!(all.get(index + 1).token() instanceof Token.Text after)) {
            return false;
        }
        int end = after.text().indexOf('\n');
        return (index + 2 == all.size() || end >= 0)
                && LINE_AFTER_BLANK
                        .matcher(end < 0 ? after.text() : after.text().substring(0, end + 1))
                        .find();
    }
}
