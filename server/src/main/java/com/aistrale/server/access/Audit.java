package com.aistrale.server.access;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Tx;
import java.time.InstantSource;
import tools.jackson.databind.node.ObjectNode;

/** Who changed what: rows written in the transaction of the change. Thread-safe. */
public final class Audit {
    private final SqlAuditStore store = new SqlAuditStore();
    private final Ids ids;
    private final InstantSource clock;

    public Audit(Ids ids, InstantSource clock) {
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Appends in the transaction of the change.
     *
     * @param action such as {@code api_key.created}
     * @param targetType such as {@code api_key}
     * @param detail what is worth knowing of it; no secret, no content
     */
    public void append(Tx tx, Caller caller, String action, String targetType, String targetId, ObjectNode detail) {
        var now = clock.instant();
        store.add(tx, ids.next("aud_", now), now, caller, action, targetType, targetId, Json.text(detail));
    }
}
