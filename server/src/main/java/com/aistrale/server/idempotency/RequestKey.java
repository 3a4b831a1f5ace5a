package com.aistrale.server.idempotency;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/**
 * A request as its sender names it: by an Idempotency-Key, within a workspace and for one route.
 *
 * @param fingerprint SHA-256 of its body, by which another request under the same name is told
 */
public record RequestKey(String workspaceId, String route, String key, byte[] fingerprint) {
    /** The request with this body. */
    public static RequestKey of(String workspaceId, String route, String key, byte[] body) {
        try {
            return new RequestKey(
                    workspaceId,
                    route,
                    key,
                    MessageDigest.getInstance("SHA-256").digest(body));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    boolean hasBody(byte[] otherFingerprint) {
        return MessageDigest.isEqual(fingerprint, otherFingerprint);
    }

    /** Whose a sealed answer is. */
    String owner() {
        return workspaceId + "\n" + route + "\n" + key;
    }

    /** For one order among all. */
    String order() {
        return owner();
    }
}
