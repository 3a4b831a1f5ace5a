package com.aistrale.server.tokens;

/** What a provider's token looks like: visible ASCII, so that it can stand in a header. */
final class TokenText {
    private TokenText() {}

    static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= 0x21 && c <= 0x7E);
    }
}
