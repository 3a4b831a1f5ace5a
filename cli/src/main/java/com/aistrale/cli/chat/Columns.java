package com.aistrale.cli.chat;

import org.jline.utils.WCWidth;

/** How many columns of a terminal letters take. */
final class Columns {
    private static final int JOINER = 0x200D;
    private static final int EMOJI_VARIANT = 0xFE0F;
    private static final String NEVER_FIRST = "、。，．！？：；）」』】〉》〕｝”’…ー";

    private Columns() {}

    static int of(int letter) {
        if (letter == EMOJI_VARIANT) {
            return 1; // it makes the letter before it wide, as most terminals see it
        }
        return Math.max(0, WCWidth.wcwidth(letter));
    }

    static int of(String text) {
        return text.codePoints().map(Columns::of).sum();
    }

    /** Whether a line may end between two letters without a space: beside those of scripts that have none. */
    static boolean maySplit(int before, int letter) {
        return (isWide(before) || isWide(letter)) && !joins(before, letter) && NEVER_FIRST.indexOf(letter) < 0;
    }

    private static boolean joins(int before, int letter) {
        return before == JOINER
                || WCWidth.wcwidth(letter) <= 0
                || isSkinTone(letter)
                || (isFlag(before) && isFlag(letter));
    }

    private static boolean isWide(int letter) {
        return WCWidth.wcwidth(letter) > 1 || isFlag(letter);
    }

    private static boolean isSkinTone(int letter) {
        return letter >= 0x1F3FB && letter <= 0x1F3FF;
    }

    private static boolean isFlag(int letter) {
        return letter >= 0x1F1E6 && letter <= 0x1F1FF;
    }
}
