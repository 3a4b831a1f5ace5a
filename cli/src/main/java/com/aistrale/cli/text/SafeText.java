package com.aistrale.cli.text;

/**
 * Text of others on a terminal: without what would steer it, and without what is not seen but shows the rest as something else. So go
 * control characters, those that turn the order of letters around, and invisible ones such as tags, in which something can be hidden. Joiners
 * stay: emoji and scripts such as Persian are written with them.
 */
public final class SafeText {
    private static final int NON_JOINER = 0x200C;
    private static final int JOINER = 0x200D;
    private static final int LINE_SEPARATOR = 0x2028;
    private static final int PARAGRAPH_SEPARATOR = 0x2029;

    private SafeText() {}

    /** Line ends and tabs stay. */
    public static String of(String text) {
        for (var at = 0; at < text.length(); at++) {
            var unit = text.charAt(at);
            if (unit >= 0x7F || (unit < ' ' && unit != '\n' && unit != '\t')) {
                return filtered(text);
            }
        }
        return text;
    }

    private static String filtered(String text) {
        var safe = new StringBuilder(text.length());
        text.codePoints().forEach(letter -> {
            if (letter == LINE_SEPARATOR || letter == PARAGRAPH_SEPARATOR) {
                safe.append('\n');
            } else if (letter == '\n' || letter == '\t' || isHarmless(letter)) {
                safe.appendCodePoint(letter);
            }
        });
        return safe.toString();
    }

    private static boolean isHarmless(int letter) {
        return switch (Character.getType(letter)) {
            case Character.CONTROL -> false;
            case Character.FORMAT -> letter == JOINER || letter == NON_JOINER || isSeen(letter);
            case Character.UNASSIGNED -> letter < 0xE0000 || letter > 0xE0FFF; // kept for more that is not seen
            default -> true;
        };
    }

    /** Format characters that have a shape of their own: signs before Arabic and Syriac numbers, and those that arrange hieroglyphs. */
    static boolean isSeen(int letter) {
        return (letter >= 0x600 && letter <= 0x605)
                || letter == 0x6DD
                || letter == 0x70F
                || letter == 0x890
                || letter == 0x891
                || letter == 0x8E2
                || letter == 0x110BD
                || letter == 0x110CD
                || (letter >= 0x13430 && letter <= 0x1343F);
    }

    /** A text that comes in pieces: half of a letter waits for its other half, as it is not known before what it is. */
    public static final class Pieces {
        private String half = "";

        /** What can be shown with this piece. */
        public String next(String piece) {
            var text = half + piece;
            var whole = text.length();
            if (whole > 0 && Character.isHighSurrogate(text.charAt(whole - 1))) {
                whole--;
            }
            half = text.substring(whole);
            return of(text.substring(0, whole));
        }
    }
}
