package com.aistrale.emulator.gemini;

import java.util.Base64;
import java.util.Optional;

/** Bytes in JSON: both alphabets of Base64, with or without padding, as the service reads them. */
final class Base64Text {
    private Base64Text() {}

    /** The bytes; empty if the text is not Base64, or is empty. */
    static Optional<byte[]> decode(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            String standard = text.replace('-', '+').replace('_', '/').replace("=", "");
            return Optional.of(Base64.getDecoder().decode(standard));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
