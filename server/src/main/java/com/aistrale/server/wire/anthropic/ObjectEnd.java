package com.aistrale.server.wire.anthropic;

/** Finds where a JSON object ends whose text comes in pieces. Whether it is valid within is not its affair. One thread. */
final class ObjectEnd {
    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean whole;

    /** Whether what comes, with what came, is no object: it begins with something else. */
    boolean isNone(String piece) {
        var begin = piece.stripLeading();
        return depth == 0 && !whole && !begin.isEmpty() && begin.charAt(0) != '{';
    }

    /** Reads on. @return how much of the piece is of the object */
    int read(String piece) {
        for (int i = 0; i < piece.length(); i++) {
            if (whole) {
                return i;
            }
            read(piece.charAt(i));
        }
        return piece.length();
    }

    private void read(char c) {
        if (inString) {
            inString = escaped || c != '"';
            escaped = !escaped && c == '\\';
            return;
        }
        switch (c) {
            case '"' -> inString = true;
            case '{', '[' -> depth++;
            case '}', ']' -> {
                depth--;
                whole = depth == 0;
            }
            default -> {}
        }
    }

    /** Whether all of it came. */
    boolean isWhole() {
        return whole;
    }
}
