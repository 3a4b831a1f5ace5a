package com.aistrale.cli.text;

import java.util.regex.Pattern;

/**
 * How many columns of a terminal letters take, as terminals that know today's Unicode have it: two for those of East Asia and for emoji,
 * none for what only changes the letter before it. What a reader sees as one picture (a flag, a family, a thumb with a skin's
 * colour) is one, of two columns.
 */
public final class Columns {
    private static final int FIRST_THAT_IS_NOT_ONE = 0x300;
    private static final int JOINER = 0x200D;
    private static final int EMOJI_VARIANT = 0xFE0F;
    private static final String MORE = "…";
    private static final String NEVER_FIRST = "、。，．！？：；）」』】〉》〕｝”’…ー";

    private Columns() {}

    /** Of a text on one line, without control characters. */
    public static int of(String text) {
        var counter = new Counter();
        var columns = 0;
        for (var at = 0; at < text.length(); ) {
            var letter = text.codePointAt(at);
            columns += counter.add(letter);
            at += Character.charCount(letter);
        }
        return columns;
    }

    /** The text where it fits, else its begin and an ellipsis; what a reader sees as one letter stays whole. */
    public static String cut(String text, int columns) {
        if (of(text) <= columns) {
            return text;
        }
        var seen = Letters.ONE.matcher(text);
        var room = columns - 1;
        var end = 0;
        while (seen.find()) {
            room -= of(seen.group());
            if (room < 0) {
                break;
            }
            end = seen.end();
        }
        return text.substring(0, end) + MORE;
    }

    /** Whether a line may end between two letters without a space: beside those of scripts that have none. */
    public static boolean maySplit(int before, int letter) {
        return (isWide(before) || isWide(letter)) && NEVER_FIRST.indexOf(letter) < 0;
    }

    /** Counts letter by letter, as they come. */
    public static final class Counter {
        private int base;
        private int width;
        private boolean joined;
        private boolean halfFlag;

        /** How many columns more a text has with this letter at its end. */
        public int more(int letter) {
            if (letter < FIRST_THAT_IS_NOT_ONE) {
                return 1;
            }
            if (letter == EMOJI_VARIANT) {
                return width == 1 && Character.isEmoji(base) ? 1 : 0; // it makes a picture of the letter
            }
            if (isNothing(letter) || (isFlag(letter) && halfFlag)) {
                return 0;
            }
            if (isJoinedPicture(letter) || isSkinOfOne(letter)) {
                return width == 1 ? 1 : 0;
            }
            return isWide(letter) ? 2 : 1;
        }

        /** Whether this letter is part of what a reader sees as the letter before it. */
        public boolean belongs(int letter) {
            return letter >= FIRST_THAT_IS_NOT_ONE
                    && base != 0
                    && (isNothing(letter)
                            || isJoinedPicture(letter)
                            || isSkinOfOne(letter)
                            || (isFlag(letter) && halfFlag));
        }

        /** Adds a letter, and says how many columns more that makes. */
        public int add(int letter) {
            var more = more(letter);
            if (belongs(letter)) {
                width += more;
                halfFlag = false;
                joined = letter == JOINER || (joined && isNothing(letter));
            } else {
                base = letter;
                width = more;
                halfFlag = isFlag(letter);
                joined = false;
            }
            return more;
        }

        /** What comes next has nothing to do with what was before. */
        public void reset() {
            base = 0;
            width = 0;
            joined = false;
            halfFlag = false;
        }

        private boolean isJoinedPicture(int letter) {
            return joined && Character.isExtendedPictographic(letter) && Character.isExtendedPictographic(base);
        }

        private boolean isSkinOfOne(int letter) {
            return Character.isEmojiModifier(letter) && Character.isEmojiModifierBase(base);
        }
    }

    private static boolean isWide(int letter) {
        return letter >= WideLetters.FIRST && (WideLetters.has(letter) || isFlag(letter));
    }

    private static boolean isFlag(int letter) {
        return letter >= 0x1F1E6 && letter <= 0x1F1FF;
    }

    /** Whether it changes the letter before it, and has no place of its own. */
    private static boolean isNothing(int letter) {
        return switch (Character.getType(letter)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            case Character.FORMAT -> !SafeText.isSeen(letter);
            case Character.OTHER_LETTER -> isWithinSyllable(letter);
            default -> false;
        };
    }

    /** The vowels and the last consonants of Korean syllables, which stand in the block that the first consonant has begun. */
    private static boolean isWithinSyllable(int letter) {
        return (letter >= 0x1160 && letter <= 0x11FF) || (letter >= 0xD7B0 && letter <= 0xD7FF);
    }

    /** Loaded where something is cut only. */
    private static final class Letters {
        static final Pattern ONE = Pattern.compile("\\X");

        private Letters() {}
    }
}
