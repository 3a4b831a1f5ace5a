package com.aistrale.server.webhooks.signing;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What stands in the header {@code webhook-signature}. */
public final class Signature {
    private static final String ALGORITHM = "HmacSHA256";

    private Signature() {}

    /**
     * One {@code v1,…} per key, in the keys' order, with a space between.
     *
     * @param id of the event, as {@code webhook-id} says it
     * @param timestamp of the attempt, as {@code webhook-timestamp} says it: whole seconds
     */
    public static String of(List<byte[]> keys, String id, Instant timestamp, byte[] body) {
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("nothing to sign with");
        }
        var head = (id + "." + timestamp.getEpochSecond() + ".").getBytes(StandardCharsets.UTF_8);
        var signatures = new StringBuilder();
        for (var key : keys) {
            signatures
                    .append(signatures.isEmpty() ? "v1," : " v1,")
                    .append(Base64.getEncoder().encodeToString(hmac(key, head, body)));
        }
        return signatures.toString();
    }

    private static byte[] hmac(byte[] key, byte[] head, byte[] body) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update(head);
            return mac.doFinal(body);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java has " + ALGORITHM, impossible);
        }
    }
}
