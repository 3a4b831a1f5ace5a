package com.aistrale.cli.chat;

/** How a piece of text looks: a sum of these. */
final class Style {
    static final int PLAIN = 0;
    static final int BOLD = 1;
    static final int DIM = 2;
    static final int ITALIC = 4;
    static final int STRUCK = 8;
    static final int CODE = 16;
    static final int HEADING = 32;
    static final int TROUBLE = 64;

    private Style() {}

    /** What makes a terminal write so from now on, whatever came before. */
    static String escape(int style) {
        var codes = new StringBuilder("\u001B[0");
        if ((style & (BOLD | HEADING)) != 0) {
            codes.append(";1");
        }
        if ((style & DIM) != 0) {
            codes.append(";2");
        }
        if ((style & ITALIC) != 0) {
            codes.append(";3");
        }
        if ((style & STRUCK) != 0) {
            codes.append(";9");
        }
        if ((style & HEADING) != 0) {
            codes.append(";35");
        } else if ((style & TROUBLE) != 0) {
            codes.append(";33");
        } else if ((style & CODE) != 0) {
            codes.append(";36");
        }
        return codes.append('m').toString();
    }
}
