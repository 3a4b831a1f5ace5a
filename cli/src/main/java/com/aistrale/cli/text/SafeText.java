package com.aistrale.cli.text;

/**
 * Text of others on a terminal: without what would steer it, and without what is not seen but shows the rest as something else. So go
 * control characters, those that turn the order of letters around, and invisible ones, in which something can be hidden: tags, fillers, and
 * variation selectors but for one behind a letter that is drawn in another way by it (as an emoji, as a letter, in Mongolian). Joiners stay:
 * emoji and scripts such as Persian are written with them. Spaces stay in all their widths, and so does the blank of Braille: they are seen
 * by the room that they take.
 */
public final class SafeText {
    private static final int NON_JOINER = 0x200C;
    private static final int JOINER = 0x200D;
    private static final int LINE_SEPARATOR = 0x2028;
    private static final int PARAGRAPH_SEPARATOR = 0x2029;

    private SafeText() {}

    /** Line ends and tabs stay. */
    public static String of(String text) {
        return new Pieces().next(text, text.length());
    }

    private static boolean isPlain(String text, int end) {
        for (var at = 0; at < end; at++) {
            var unit = text.charAt(at);
            if (unit >= 0x7F || (unit < ' ' && unit != '\n' && unit != '\t')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isHarmless(int letter, int before) {
        return switch (Character.getType(letter)) {
            case Character.CONTROL -> false;
            case Character.FORMAT -> isJoiner(letter) || isSeen(letter);
            case Character.UNASSIGNED -> !isKeptForUnseen(letter);
            case Character.NON_SPACING_MARK -> isSelector(letter) ? selects(letter, before) : !isUnseenMark(letter);
            case Character.OTHER_LETTER -> !isFiller(letter);
            default -> true;
        };
    }

    /** What Unicode keeps for more that is not seen. */
    private static boolean isKeptForUnseen(int letter) {
        return letter == 0x2065 || (letter >= 0xFFF0 && letter <= 0xFFF8) || (letter >= 0xE0000 && letter <= 0xE0FFF);
    }

    /** Letters that are blank: the fillers of Korean syllables. */
    private static boolean isFiller(int letter) {
        return letter == 0x115F || letter == 0x1160 || letter == 0x3164 || letter == 0xFFA0;
    }

    /** Marks that nothing is drawn for: the grapheme joiner, and two vowels of Khmer that are not written. */
    private static boolean isUnseenMark(int letter) {
        return letter == 0x34F || letter == 0x17B4 || letter == 0x17B5;
    }

    private static boolean isSelector(int letter) {
        return (letter >= 0xFE00 && letter <= 0xFE0F)
                || (letter >= 0xE0100 && letter <= 0xE01EF)
                || (letter >= 0x180B && letter <= 0x180D)
                || letter == 0x180F;
    }

    /** Whether a selector has a letter before it that a terminal draws in another way for it. Others carry hidden text: a byte each. */
    private static boolean selects(int selector, int before) {
        if (selector == 0xFE0E || selector == 0xFE0F) {
            return before > ' ' && !isSelector(before) && !Character.isSpaceChar(before) && !isJoiner(before);
        }
        return selector < 0xFE00 && before >= 0x1820 && before <= 0x18AF;
    }

    private static boolean isJoiner(int letter) {
        return letter == JOINER || letter == NON_JOINER;
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

    /**
     * A text that comes in pieces: half of a letter waits for its other half, as it is not known before what it is, and a selector may be
     * for the last letter of the piece before.
     */
    public static final class Pieces {
        private String half = "";
        /** The last letter that was shown; 0 before there is one. */
        private int before;

        /** What can be shown with this piece. */
        public String next(String piece) {
            var text = half + piece;
            var whole = text.length();
            if (whole > 0 && Character.isHighSurrogate(text.charAt(whole - 1))) {
                whole--;
            }
            half = text.substring(whole);
            return next(text, whole);
        }

        private String next(String text, int end) {
            if (!isPlain(text, end)) {
                return filtered(text.substring(0, end));
            }
            before = end > 0 ? text.charAt(end - 1) : before;
            return text.substring(0, end);
        }

        private String filtered(String text) {
            var safe = new StringBuilder(text.length());
            text.codePoints().forEach(letter -> {
                var shown = letter == LINE_SEPARATOR || letter == PARAGRAPH_SEPARATOR ? '\n' : letter;
                if (shown == '\n' || shown == '\t' || isHarmless(shown, before)) {
                    safe.appendCodePoint(shown);
                    before = shown;
                }
            });
            return safe.toString();
        }
    }
}
