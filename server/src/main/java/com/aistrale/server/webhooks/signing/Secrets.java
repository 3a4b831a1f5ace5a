package com.aistrale.server.webhooks.signing;

import com.aistrale.server.kit.crypto.Secret;
import java.security.SecureRandom;
import java.util.Base64;

/** Webhook secrets: {@code whsec_} and 24 to 64 bytes in padded base64. */
public final class Secrets {
    private static final String PREFIX = "whsec_";
    private static final int FEWEST = 24;
    private static final int MOST = 64;
    private static final int MADE = 32;

    /** Leads to a good secret, so that who gets an error need not look for one. */
    private static final String HOW = "; `echo whsec_$(openssl rand -base64 32)` makes a good one, and so does the"
            + " server when none is given.";

    private Secrets() {}

    public static Secret make(SecureRandom random) {
        var bytes = new byte[MADE];
        random.nextBytes(bytes);
        return new Secret(PREFIX + Base64.getEncoder().encodeToString(bytes));
    }

    /** Reads a secret that was given from outside. */
    public static Secret parse(String text) throws SecretRefused {
        if (!text.startsWith(PREFIX)) {
            throw new SecretRefused("A webhook secret begins with `" + PREFIX + "`" + HOW);
        }
        var spelled = text.substring(PREFIX.length());
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(spelled);
        } catch (IllegalArgumentException notBase64) {
            throw new SecretRefused("Behind `" + PREFIX
                    + "` a webhook secret is base64 (A-Z, a-z, 0-9, + and /), which this is not" + HOW);
        }
        if (bytes.length < FEWEST || bytes.length > MOST) {
            throw new SecretRefused("A webhook secret has " + FEWEST + " to " + MOST + " bytes in base64, this one "
                    + bytes.length + HOW);
        }
        // Some receivers' decoders are lenient and some are not: only what all of them read alike is taken.
        if (!Base64.getEncoder().encodeToString(bytes).equals(spelled)) {
            throw new SecretRefused(
                    "The base64 of this webhook secret is cut off or lacks its padding (`=` at its end)" + HOW);
        }
        return new Secret(text);
    }

    /** The key that the secret spells. */
    public static byte[] bytes(Secret secret) {
        var text = secret.reveal();
        return Base64.getDecoder().decode(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text);
    }
}
