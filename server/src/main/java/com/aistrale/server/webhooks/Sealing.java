package com.aistrale.server.webhooks;

import com.aistrale.server.kit.crypto.Envelope;
import com.aistrale.server.kit.crypto.Envelope.CannotOpen;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Seals what a webhook keeps to itself: the secrets that sign, and the values of its headers. What was sealed opens for
 * that webhook alone, and a secret as a secret only. Thread-safe.
 */
public final class Sealing {
    private final Envelope envelope;

    public Sealing(Envelope envelope) {
        this.envelope = envelope;
    }

    /** @param secret in its text, {@code whsec_…} */
    public byte[] sealSecret(String workspaceId, String id, Secret secret) {
        return envelope.seal(secret, owner(workspaceId, id, "secret"));
    }

    /** The present secret, or the one before it: both are sealed alike. */
    public Secret openSecret(String workspaceId, String id, byte[] sealed) throws CannotOpen {
        return envelope.open(sealed, owner(workspaceId, id, "secret"));
    }

    /** @param headers by their names, in the order in which they are sent */
    public byte[] sealHeaders(String workspaceId, String id, Map<String, String> headers) {
        var json = Json.object();
        headers.forEach(json::put);
        return envelope.seal(Json.bytes(json), owner(workspaceId, id, "headers"));
    }

    /** As they were sealed, in their order. */
    public Map<String, String> openHeaders(String workspaceId, String id, byte[] sealed) throws CannotOpen {
        var headers = new LinkedHashMap<String, String>();
        Json.parse(envelope.openBytes(sealed, owner(workspaceId, id, "headers")))
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().stringValue()));
        return headers;
    }

    private static String owner(String workspaceId, String id, String what) {
        return workspaceId + "/webhooks/" + id + "/" + what;
    }
}
