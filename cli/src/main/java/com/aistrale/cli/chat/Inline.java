package com.aistrale.cli.chat;

/**
 * What stands within a line: <b>bold</b>, <i>italic</i>, struck out, code. A mark is held back with what follows it until it is clear whether
 * it is one: when its other half comes, or the line's end.
 */
final class Inline {
    private static final String MARKS = "*_`~\\";
    private static final String ESCAPABLE = "\\*_`~#[]|>-";
    private static final int LONGEST = 2000;

    /** Where the letters go. */
    interface Sink {
        void put(int letter, int style);
    }

    private final Sink sink;
    private final int style;
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder word = new StringBuilder();
    private int before = ' ';

    Inline(Sink sink, int style) {
        this.sink = sink;
        this.style = style;
    }

    static void all(String text, Sink sink, int style) {
        var inline = new Inline(sink, style);
        text.codePoints().forEach(inline::put);
        inline.end();
    }

    void put(int letter) {
        if (!held.isEmpty()) {
            held.appendCodePoint(letter);
            resolve(letter);
        } else if (isMark(letter)) {
            held.appendCodePoint(letter);
        } else {
            emit(letter, style);
        }
    }

    /** The line ends. */
    void end() {
        while (!held.isEmpty()) {
            held.append('\n');
            resolve('\n');
            if (!held.isEmpty()) {
                held.setLength(held.length() - 1);
                literally();
            }
        }
        before = ' ';
        word.setLength(0);
    }

    private boolean isMark(int letter) {
        var inAddress = word.indexOf("://") > 0 && letter != '`';
        return MARKS.indexOf(letter) >= 0 && !inAddress;
    }

    private void resolve(int letter) {
        switch (held.charAt(0)) {
            case '\\' -> escaped(letter);
            case '`' -> code(letter);
            default -> emphasis(letter);
        }
        if (held.length() > LONGEST) {
            literally();
        }
    }

    private void escaped(int letter) {
        held.setLength(0);
        if (letter != '\n' && ESCAPABLE.indexOf(letter) >= 0) {
            emit(letter, style);
        } else {
            emit('\\', style);
            again(letter);
        }
    }

    private void code(int letter) {
        var marks = run(0);
        if (letter == '`' || marks == held.length()) {
            return;
        }
        var end = held.length() - Character.charCount(letter);
        var closing = runBefore(end, '`');
        if (closing != marks || end - closing < marks) {
            return;
        }
        var text = held.substring(marks, end - closing);
        if (text.length() > 2 && text.startsWith(" ") && text.endsWith(" ")) {
            text = text.substring(1, text.length() - 1);
        }
        held.setLength(0);
        text.codePoints().forEach(each -> emit(each, style | Style.CODE));
        again(letter);
    }

    private void emphasis(int letter) {
        var mark = held.charAt(0);
        var marks = run(0);
        if (letter == mark) {
            return;
        }
        var end = held.length() - Character.charCount(letter);
        if (end == marks) {
            if (!opens(mark, marks, letter)) {
                literally();
            }
            return;
        }
        var closing = runBefore(end, mark);
        if (closing == 0 || end - closing <= marks || !closes(mark, marks, closing, end - closing, letter)) {
            return;
        }
        var text = held.substring(marks, end - marks);
        if (mark == '_' && marks == 2 && text.matches("[a-z0-9_]+")) {
            literally(); // a name like __init__
            return;
        }
        held.setLength(0);
        var inner = new Inline(this::emit, style | look(mark, marks));
        inner.before = before;
        text.codePoints().forEach(inner::put);
        inner.end();
        again(letter);
    }

    private static int look(char mark, int marks) {
        if (mark == '~') {
            return Style.STRUCK;
        }
        return switch (marks) {
            case 1 -> Style.ITALIC;
            case 2 -> Style.BOLD;
            default -> Style.BOLD | Style.ITALIC;
        };
    }

    private boolean opens(char mark, int marks, int next) {
        var room = mark == '~' ? marks == 2 : marks <= 3;
        var withinWord = isLetter(before) && (mark == '_' || marks == 1);
        return room && !Character.isWhitespace(next) && !withinWord;
    }

    private boolean closes(char mark, int marks, int closing, int start, int next) {
        var fits = marks == 1 ? closing != 2 : closing >= marks;
        var inner = held.codePointBefore(start);
        var withinWord = isLetter(next) && (mark == '_' || marks == 1);
        return fits && !Character.isWhitespace(inner) && inner != '\\' && !withinWord && !withinCode(marks, start);
    }

    private boolean withinCode(int from, int to) {
        return held.substring(from, to).chars().filter(each -> each == '`').count() % 2 != 0;
    }

    /** The first marks are letters as any others; what follows them is looked at anew. */
    private void literally() {
        var marks = held.charAt(0) == '\\' ? 1 : run(0);
        var rest = held.substring(marks);
        var mark = held.charAt(0);
        held.setLength(0);
        for (var i = 0; i < marks; i++) {
            emit(mark, style);
        }
        rest.codePoints().forEach(this::put);
    }

    private void again(int letter) {
        if (letter != '\n') {
            put(letter);
        }
    }

    private void emit(int letter, int wanted) {
        if (letter == '\n') {
            return; // the line's end is not of the line
        }
        before = letter;
        if (Character.isWhitespace(letter)) {
            word.setLength(0);
        } else {
            word.appendCodePoint(letter);
        }
        sink.put(letter, wanted);
    }

    /** How many letters from here on are the same. */
    private int run(int from) {
        var end = from;
        while (end < held.length() && held.charAt(end) == held.charAt(from)) {
            end++;
        }
        return end - from;
    }

    private int runBefore(int end, char mark) {
        var start = end;
        while (start > 0 && held.charAt(start - 1) == mark) {
            start--;
        }
        return end - start;
    }

    /** Of a script that has spaces between its words. */
    private static boolean isLetter(int letter) {
        return Character.isLetterOrDigit(letter) && letter < 0x2E80;
    }
}
