package com.aistrale.server.routing;

import com.aistrale.server.kit.sql.Tx;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The table {@code circuit_opening}. Of each circuit at most one row is open, whichever nodes see it so. */
final class SqlOpeningStore {
    /** @return whether it is new: no node has it open */
    boolean add(Tx tx, Opening opening, String owner) {
        return tx.handle()
                        .createUpdate("""
                                INSERT INTO circuit_opening (id, workspace_id, provider, model, reason, failure_percent,
                                  opened_at, retry_at, owner)
                                VALUES (:id, :workspace, :provider, :model, :reason, :percent, :opened, :retry, :owner)
                                ON CONFLICT DO NOTHING
                                """)
                        .bind("id", opening.id())
                        .bind("workspace", opening.place().workspaceId())
                        .bind("provider", opening.place().provider())
                        .bind("model", opening.place().model())
                        .bind("reason", opening.reason())
                        .bind("percent", opening.failurePercent())
                        .bind("opened", opening.openedAt().toEpochMilli())
                        .bind("retry", opening.retryAt().toEpochMilli())
                        .bind("owner", owner)
                        .execute()
                == 1;
    }

    /** It goes on, as its last witness says. */
    void goOn(Tx tx, Opening opening, String owner) {
        tx.handle()
                .createUpdate("""
                        UPDATE circuit_opening SET owner = :owner,
                          retry_at = CASE WHEN retry_at < :retry THEN :retry ELSE retry_at END
                        WHERE workspace_id = :workspace AND provider = :provider AND model = :model
                          AND closed_at IS NULL
                        """)
                .bind("retry", opening.retryAt().toEpochMilli())
                .bind("owner", owner)
                .bind("workspace", opening.place().workspaceId())
                .bind("provider", opening.place().provider())
                .bind("model", opening.place().model())
                .execute();
    }

    /** Ends what was open by then. @return since when it was; empty when another node was first */
    Optional<Instant> close(Tx tx, Place place, Instant at) {
        return tx.handle()
                .createQuery("""
                        UPDATE circuit_opening SET closed_at = :at
                        WHERE workspace_id = :workspace AND provider = :provider AND model = :model
                          AND closed_at IS NULL AND opened_at <= :at
                        RETURNING opened_at
                        """)
                .bind("at", at.toEpochMilli())
                .bind("workspace", place.workspaceId())
                .bind("provider", place.provider())
                .bind("model", place.model())
                .map((row, context) -> Instant.ofEpochMilli(row.getLong(1)))
                .findFirst();
    }

    /** Ends what this node was the last to see open. @return whether it was */
    boolean drop(Tx tx, Place place, Instant at, String owner) {
        return tx.handle()
                        .createUpdate("""
                        UPDATE circuit_opening SET closed_at = :at
                        WHERE workspace_id = :workspace AND provider = :provider AND model = :model
                          AND closed_at IS NULL AND owner = :owner
                        """)
                        .bind("at", at.toEpochMilli())
                        .bind("workspace", place.workspaceId())
                        .bind("provider", place.provider())
                        .bind("model", place.model())
                        .bind("owner", owner)
                        .execute()
                == 1;
    }

    /** Takes over what nodes hold open that are gone. @return what it is, and since when it is open */
    Map<Place, Instant> inherit(Tx tx, String owner) {
        var left = new LinkedHashMap<Place, Instant>();
        tx.handle()
                .createQuery("""
                        UPDATE circuit_opening SET owner = :owner
                        WHERE closed_at IS NULL AND owner NOT IN (SELECT id FROM node)
                        RETURNING workspace_id, provider, model, opened_at
                        """)
                .bind("owner", owner)
                .map((row, context) -> left.put(
                        new Place(row.getString(1), row.getString(2), row.getString(3)),
                        Instant.ofEpochMilli(row.getLong(4))))
                .list();
        return left;
    }

    /** @return how many rows that were closed before went, at most {@code most} */
    int deleteClosed(Tx tx, Instant before, int most) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM circuit_opening WHERE id IN
                          (SELECT id FROM circuit_opening WHERE closed_at < :before ORDER BY closed_at, id LIMIT :most)
                        """)
                .bind("before", before.toEpochMilli())
                .bind("most", most)
                .execute();
    }

    /** @return how many of a workspace's rows went, at most {@code most} */
    int deleteOf(Tx tx, String workspaceId, int most) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM circuit_opening WHERE id IN
                          (SELECT id FROM circuit_opening WHERE workspace_id = :workspace ORDER BY id LIMIT :most)
                        """)
                .bind("workspace", workspaceId)
                .bind("most", most)
                .execute();
    }
}
