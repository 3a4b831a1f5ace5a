package com.aistrale.cli.chat;

import org.jline.terminal.Terminal;

/** What is shown: notes that look unlike answers, and answers as they come. */
final class Screen {
    private static final int USUAL = 80;
    private static final int LEAST = 10;
    private final Terminal terminal;
    private final boolean colours;
    private final boolean markdown;
    private volatile int columns;

    /** @param markdown whether answers are shown as what they mean, not as they were written */
    Screen(Terminal terminal, boolean colours, boolean markdown) {
        this.terminal = terminal;
        this.colours = colours;
        this.markdown = markdown;
        measure();
    }

    Answer answer() {
        return markdown ? new Markdown(() -> columns) : new PlainAnswer();
    }

    boolean colours() {
        return colours;
    }

    /** The window may have another size by now. */
    void measure() {
        var now = terminal.getSize().getColumns();
        columns = now > 0 ? Math.max(LEAST, now) : USUAL;
    }

    void print(String text) {
        if (!text.isEmpty()) {
            terminal.writer().print(text);
            terminal.flush();
        }
    }

    void line() {
        print("\n");
    }

    /** Something beside the conversation. */
    void note(String text) {
        paragraph(text, Style.DIM);
    }

    /** Something that the reader asked for. */
    void say(String text) {
        paragraph(text, Style.PLAIN);
    }

    /** Something that went wrong, and what to do. */
    void trouble(String what, String advice) {
        paragraph(what, Style.TROUBLE);
        if (!advice.isEmpty()) {
            paragraph(advice, Style.PLAIN);
        }
    }

    void clear() {
        if (colours) {
            print("\u001B[H\u001B[2J\u001B[3J");
        }
    }

    private void paragraph(String text, int style) {
        measure();
        var paper = new Paper(() -> columns);
        text.codePoints().forEach(letter -> {
            if (letter == '\n') {
                paper.newLine();
            } else {
                paper.put(letter, colours ? style : Style.PLAIN);
            }
        });
        paper.end();
        print(paper.take() + "\n");
    }
}
