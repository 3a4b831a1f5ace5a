package com.aistrale.emulator.openai;

import java.nio.charset.StandardCharsets;

/** Tells pictures by their first bytes. */
public final class Pictures {
    private Pictures() {}

    /** Whether these bytes begin as a PNG, JPEG, GIF or WebP does. */
    public static boolean isOne(byte[] bytes) {
        return !type(bytes).isEmpty();
    }

    /** The media type that the first bytes tell; empty if they tell none. */
    public static String type(byte[] bytes) {
        String start = new String(bytes, 0, Math.min(12, bytes.length), StandardCharsets.ISO_8859_1);
        if (start.startsWith("\u0089PNG\r\n")) {
            return "image/png";
        }
        if (start.startsWith("\u00ff\u00d8\u00ff")) {
            return "image/jpeg";
        }
        if (start.startsWith("GIF8")) {
            return "image/gif";
        }
        return start.startsWith("RIFF") && start.endsWith("WEBP") ? "image/webp" : "";
    }
}
