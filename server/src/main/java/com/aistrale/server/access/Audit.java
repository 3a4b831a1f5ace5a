package com.aistrale.server.access;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Tx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Who changed what: rows written in the transaction of the change. Thread-safe. */
public final class Audit {
    private static final String PREFIX = "aud_";

    /** A row. */
    record Entry(
            String id,
            Instant at,
            String apiKeyId,
            @Nullable String client,
            String action,
            String targetType,
            String targetId,
            String detail) {}

    /**
     * Which rows; each null takes all.
     *
     * @param since inclusive
     * @param until exclusive
     * @param before only rows with a lower id: where the page before ended
     */
    record Filter(
            @Nullable String action,
            @Nullable String targetType,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable String before) {}

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
        store.add(tx, ids.next(PREFIX, now), now, caller, action, targetType, targetId, Json.text(detail));
    }

    /** {@code {field: {before, after}}} for the fields whose values differ. */
    public static ObjectNode difference(ObjectNode before, ObjectNode after) {
        var difference = Json.object();
        for (var field : after.propertyNames()) {
            if (!after.get(field).equals(before.path(field))) {
                var change = difference.putObject(field);
                change.set("before", before.get(field));
                change.set("after", after.get(field));
            }
        }
        return difference;
    }

    /** Newest first. */
    List<Entry> list(Tx tx, String workspaceId, Filter filter, int limit) {
        var from = filter.since() == null ? null : Ids.floor(PREFIX, filter.since());
        var below = filter.until() == null ? null : Ids.floor(PREFIX, filter.until());
        if (filter.before() != null && (below == null || filter.before().compareTo(below) < 0)) {
            below = filter.before();
        }
        return store.list(tx, workspaceId, filter.action(), filter.targetType(), from, below, limit);
    }

    /** @return how many rows of the workspace were deleted, at most {@code most} */
    int deleteBatch(Tx tx, String workspaceId, int most) {
        return store.deleteBatch(tx, workspaceId, most);
    }
}
