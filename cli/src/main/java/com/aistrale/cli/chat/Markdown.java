package com.aistrale.cli.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * Markdown as a terminal shows it, while it comes. Letter by letter, so that it looks the same however it was cut in pieces. A line's
 * beginning is held back until it is clear what it begins, and a table until it is whole.
 */
final class Markdown implements Answer {
    private static final int WIDEST_RULE = 60;
    private final Paper paper;
    private final StringBuilder head = new StringBuilder();
    private final List<String> table = new ArrayList<>();
    private Inline inline;
    private Place place = Place.BEGINNING;
    private String fence = "";
    private boolean fenceIsQuoted;
    private boolean quoted;
    private char highSurrogate;

    private enum Place {
        BEGINNING,
        WITHIN_TEXT,
        WITHIN_CODE
    }

    /** @param width how many columns the terminal has now */
    Markdown(IntSupplier width) {
        paper = new Paper(width);
        inline = new Inline(paper::put, Style.PLAIN);
    }

    @Override
    public String more(String piece) {
        for (var i = 0; i < piece.length(); i++) {
            var unit = piece.charAt(i);
            if (Character.isHighSurrogate(unit)) {
                highSurrogate = unit; // its other half may come with the next piece
            } else if (Character.isLowSurrogate(unit)) {
                letter(Character.toCodePoint(highSurrogate, unit));
            } else {
                letter(unit);
            }
        }
        return paper.take();
    }

    @Override
    public String end() {
        if (place == Place.BEGINNING) {
            endHead();
        } else {
            inline.end();
        }
        showTable();
        paper.end();
        place = Place.BEGINNING;
        return paper.take();
    }

    private void letter(int letter) {
        switch (place) {
            case BEGINNING -> {
                if (letter == '\n') {
                    endHead();
                    endLine();
                } else {
                    head.appendCodePoint(letter);
                    decide();
                }
            }
            case WITHIN_TEXT -> {
                if (letter == '\n') {
                    endLine();
                } else {
                    inline.put(letter);
                }
            }
            case WITHIN_CODE -> {
                if (letter == '\n') {
                    endLine();
                } else {
                    paper.verbatim(letter, Style.CODE);
                }
            }
        }
    }

    private void endLine() {
        inline.end();
        if (table.isEmpty()) {
            paper.newLine();
        }
        inline = new Inline(paper::put, Style.PLAIN);
        place = Place.BEGINNING;
        quoted = false;
    }

    private void endFence() {
        fence = "";
        fenceIsQuoted = false;
    }

    /** Whether the beginning of a line says already what the line is. */
    private void decide() {
        var text = head.toString().stripLeading();
        if (text.isEmpty()) {
            return;
        }
        if (fenceIsQuoted && !quoted && text.charAt(0) != '>') {
            endFence(); // a quotation ends, and the code in it
        }
        if (!fence.isEmpty() && (quoted || !fenceIsQuoted)) {
            if (!isOnly(text.stripTrailing(), fence.charAt(0))) {
                code();
            }
            return;
        }
        switch (text.charAt(0)) {
            case '|' -> {} // all of the line is needed
            case '>' -> quote(text);
            case '#' -> heading(text);
            case '`', '~' -> fence(text);
            case '-', '*', '+', '_' -> bullet(text);
            default -> numbered(text);
        }
    }

    /** The line ends before it was clear what it is. */
    private void endHead() {
        var text = head.toString().strip();
        if (text.isEmpty()) {
            showTable();
            head.setLength(0);
        } else if (!fence.isEmpty()) {
            if (text.length() >= fence.length()) {
                paper.verbatim(fence, Style.DIM);
                endFence();
                head.setLength(0);
            } else {
                code();
            }
        } else if (text.charAt(0) == '|') {
            table.add(text);
            head.setLength(0);
        } else if (isFence(text)) {
            showTable();
            fence = text.substring(0, marks(text));
            fenceIsQuoted = quoted;
            paper.verbatim(text, Style.DIM);
            head.setLength(0);
        } else if (isRule(text)) {
            showTable();
            paper.verbatim("─".repeat(Math.min(WIDEST_RULE, paper.width())), Style.DIM);
            head.setLength(0);
        } else {
            text("", "", Style.PLAIN);
        }
    }

    private void code() {
        paper.verbatim(take(), Style.CODE);
        place = Place.WITHIN_CODE;
    }

    private void quote(String text) {
        if (text.length() < 2) {
            return;
        }
        showTable();
        var bar = indent() + "│ ";
        paper.verbatim(bar, Style.DIM);
        paper.margin(paper.margin() + bar);
        head.setLength(0);
        head.append(text.substring(text.charAt(1) == ' ' ? 2 : 1));
        quoted = true;
        decide();
    }

    private void heading(String text) {
        var marks = marks(text);
        if (marks == text.length()) {
            return;
        }
        if (marks <= 6 && text.charAt(marks) == ' ') {
            text(text.substring(0, marks + 1), "", Style.HEADING);
        } else {
            text("", "", Style.PLAIN);
        }
    }

    private void fence(String text) {
        var marks = marks(text);
        if (marks < text.length() && !isFence(text)) {
            text("", "", Style.PLAIN);
        }
    }

    private void bullet(String text) {
        if (isRuleSoFar(text)) {
            return;
        }
        if (text.length() > 1 && text.charAt(1) == ' ' && text.charAt(0) != '_') {
            text(text.substring(0, 2), "• ", Style.PLAIN);
        } else {
            text("", "", Style.PLAIN);
        }
    }

    private void numbered(String text) {
        if (text.matches("\\d{1,9}[.)]?")) {
            return;
        }
        var end = text.indexOf(' ') + 1;
        if (text.matches("\\d{1,9}[.)] .*")) {
            text(text.substring(0, end), text.substring(0, end), Style.PLAIN);
        } else {
            text("", "", Style.PLAIN);
        }
    }

    /** Begins a line of text: instead of its mark stands another one, and what does not fit stands below what follows. */
    private void text(String mark, String instead, int style) {
        showTable();
        var indent = indent();
        var rest = head.substring(indent.length() + mark.length());
        head.setLength(0);
        paper.verbatim(indent + instead, instead.isEmpty() ? Style.PLAIN : Style.DIM);
        paper.margin(paper.margin() + indent + " ".repeat(instead.length()));
        inline = new Inline(paper::put, style);
        place = Place.WITHIN_TEXT;
        rest.codePoints().forEach(inline::put);
    }

    private String indent() {
        var text = head.toString();
        return text.substring(0, text.length() - text.stripLeading().length());
    }

    private String take() {
        var taken = head.toString();
        head.setLength(0);
        return taken;
    }

    private void showTable() {
        if (!table.isEmpty()) {
            MarkdownTable.show(table, paper);
            table.clear();
        }
    }

    private static int marks(String text) {
        var end = 0;
        while (end < text.length() && text.charAt(end) == text.charAt(0)) {
            end++;
        }
        return end;
    }

    private static boolean isOnly(String text, char mark) {
        return marks(text) == text.length() && text.charAt(0) == mark;
    }

    private static boolean isFence(String text) {
        var mark = text.charAt(0);
        return (mark == '`' || mark == '~') && marks(text) >= 3 && text.indexOf('`', marks(text)) < 0;
    }

    /** As far as it goes it may become a line of marks. */
    private static boolean isRuleSoFar(String text) {
        return text.charAt(0) != '+' && text.replace(" ", "").chars().allMatch(each -> each == text.charAt(0));
    }

    private static boolean isRule(String text) {
        return "-*_".indexOf(text.charAt(0)) >= 0
                && isRuleSoFar(text)
                && text.replace(" ", "").length() >= 3;
    }
}
