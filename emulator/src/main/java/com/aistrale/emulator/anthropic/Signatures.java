package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.journal.Fingerprint;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Signs what the model thought, and knows its own signatures again. */
final class Signatures {
    private static final String SIGNED = "emulator-signature:";
    private static final String REDACTED = "emulator-redacted:";

    private Signatures() {}

    /** A signature over the text that is shown; it is empty where the thinking is withheld. */
    static String sign(String shown, String thought) {
        return encode(SIGNED + Fingerprint.of(shown) + ":" + Fingerprint.of(thought));
    }

    static boolean isFor(String shown, String signature) {
        return decode(signature).startsWith(SIGNED + Fingerprint.of(shown) + ":");
    }

    static String redacted(String thought) {
        return encode(REDACTED + Fingerprint.of(thought));
    }

    static boolean isRedacted(String data) {
        return decode(data).startsWith(REDACTED);
    }

    private static String encode(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decode(String text) {
        try {
            return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notBase64) {
            return "";
        }
    }
}
