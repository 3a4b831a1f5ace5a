package com.aistrale.server.prompts;

import tools.jackson.databind.JsonNode;

/** Characters that JSON can escape, and that no text in UTF-8, or no database, can hold. */
final class Characters {
    static final String WRONG = "has U+0000 or half of a surrogate pair in it, which no text can hold";

    private Characters() {}

    /** Whether every string within, names of fields too, is text. */
    static boolean areFine(JsonNode node) {
        if (node.isString()) {
            return areFine(node.stringValue());
        }
        for (var field : node.propertyNames()) {
            if (!areFine(field)) {
                return false;
            }
        }
        for (var child : node) {
            if (!areFine(child)) {
                return false;
            }
        }
        return true;
    }

    private static boolean areFine(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isLowSurrogate(c)) {
                return false;
            }
            if (Character.isHighSurrogate(c)) {
                i++;
                if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return false;
                }
            }
        }
        return true;
    }
}
