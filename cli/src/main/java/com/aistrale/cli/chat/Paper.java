package com.aistrale.cli.chat;

import com.aistrale.cli.text.Columns;
import java.util.function.IntSupplier;

/**
 * Lines of styled text, broken between words where the terminal ends. What was given out is never touched again, so nothing flickers: a
 * word is given out when it is whole, a line's end when something follows it.
 */
final class Paper {
    private static final int TAB = 4;
    private final IntSupplier width;
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder word = new StringBuilder();
    private final Columns.Counter counter = new Columns.Counter();
    private int wordColumns;
    private int wordStyle;
    private int style;
    private int shown;
    private int last;
    private int column;
    private int gap;
    private int linesToEnd;
    private boolean begun;
    private String margin = "";
    private int marginColumns;

    /** @param width how many columns the terminal has now */
    Paper(IntSupplier width) {
        this.width = width;
    }

    /** What is to be printed since this was asked the last time. */
    String take() {
        var taken = out.toString();
        out.setLength(0);
        return taken;
    }

    /** One letter of a text that may be broken between its words. */
    void put(int letter, int wanted) {
        if (letter == ' ' || letter == '\t') {
            endWord();
            counter.reset();
            gap += letter == ' ' ? 1 : TAB;
            return;
        }
        var fits = marginColumns + wordColumns + counter.more(letter) <= width.getAsInt();
        if (!word.isEmpty() && !counter.belongs(letter) && (Columns.maySplit(last, letter) || !fits)) {
            endWord();
        }
        add(letter, wanted);
    }

    /** Letters that belong together, such as a line of code: the terminal breaks it where it must. */
    void verbatim(int letter, int wanted) {
        endWord();
        open(wanted);
        out.append(" ".repeat(gap));
        gap = 0;
        out.appendCodePoint(letter);
        column += counter.add(letter);
    }

    void verbatim(String text, int wanted) {
        text.codePoints().forEach(letter -> verbatim(letter, wanted));
    }

    void newLine() {
        endWord();
        counter.reset();
        gap = 0;
        column = 0;
        margin = "";
        marginColumns = 0;
        linesToEnd++;
    }

    /** What stands before the rest of the line, where that is broken. */
    void margin(String before) {
        margin = before;
        marginColumns = Columns.of(before);
        if (marginColumns > width.getAsInt() / 2) {
            margin = "";
            marginColumns = 0;
        }
    }

    String margin() {
        return margin;
    }

    /** All that was held back; line ends behind the last letter are left out. */
    void end() {
        endWord();
        if (shown != Style.PLAIN) {
            out.append(Style.escape(Style.PLAIN));
            shown = Style.PLAIN;
        }
    }

    int width() {
        return width.getAsInt();
    }

    private void add(int letter, int wanted) {
        if (word.isEmpty()) {
            wordStyle = wanted;
        } else if (wanted != style) {
            word.append(Style.escape(wanted));
        }
        style = wanted;
        word.appendCodePoint(letter);
        wordColumns += counter.add(letter);
        last = letter;
    }

    private void endWord() {
        if (word.isEmpty()) {
            return;
        }
        if (column > marginColumns && column + gap + wordColumns > width.getAsInt()) {
            linesToEnd++;
            column = 0;
            gap = 0;
            open(Style.PLAIN);
            if (!margin.isEmpty()) {
                open(Style.DIM);
                out.append(margin);
            }
            column = marginColumns;
        }
        open(wordStyle);
        out.append(" ".repeat(gap)).append(word);
        column += gap + wordColumns;
        shown = style;
        gap = 0;
        word.setLength(0);
        wordColumns = 0;
    }

    /** Makes the terminal ready for a letter: where it shall stand, and how it shall look. */
    private void open(int wanted) {
        if (linesToEnd > 0 && begun) {
            if (shown != Style.PLAIN) {
                out.append(Style.escape(Style.PLAIN));
                shown = Style.PLAIN;
            }
            out.append("\n".repeat(linesToEnd));
        }
        linesToEnd = 0;
        begun = true;
        if (shown != wanted) {
            out.append(Style.escape(wanted));
            shown = wanted;
        }
    }
}
