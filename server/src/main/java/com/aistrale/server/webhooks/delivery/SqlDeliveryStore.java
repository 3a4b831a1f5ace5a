package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.sql.Dialect;
import com.aistrale.server.kit.sql.Tx;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Deliveries and their attempts in their tables. Times are those of {@link DueClock}. */
final class SqlDeliveryStore {
    /** How long a delivery is a node's that claimed it. */
    static final long LEASE_MILLIS = 60_000;

    private static final String DUE = "coalesce(locked_until, next_attempt_at)";
    private static final String IS_RETRY = "(CASE WHEN attempt_count > 0 THEN 1 ELSE 0 END)";

    private static final String INSERT = """
            INSERT INTO webhook_delivery (id, workspace_id, webhook_id, event_id, event_type, status, attempt_count,
              schedule_from, next_attempt_at, locked_until, locked_by, created_at)
            VALUES (?, ?, ?, ?, ?, 'pending', 0, ?, ?, ?, ?, ?)
            ON CONFLICT (event_id, webhook_id) DO NOTHING
            """;

    /** Of a node that is not the one any more it changes nothing; of an event that was deleted it keeps no answer. */
    private static final String ADD_ATTEMPT = """
            INSERT INTO webhook_attempt (delivery_id, number, started_at, latency_ms, response_code, error, response_body)
            SELECT ?, ?, ?, ?, ?, ?, (SELECT ? FROM event e WHERE e.id = webhook_delivery.event_id)
            FROM webhook_delivery WHERE id = ? AND attempt_count = ? AND locked_by = ?
            ON CONFLICT (delivery_id, number) DO NOTHING
            """;

    /** Where another node may delete the event at the same time: one waits for the other. SQLite has one writer. */
    private static final String ADD_ATTEMPT_LOCKING =
            ADD_ATTEMPT.replace("webhook_delivery.event_id)", "webhook_delivery.event_id FOR KEY SHARE)");

    private static final String SETTLE = """
            UPDATE webhook_delivery SET status = ?, attempt_count = attempt_count + 1, next_attempt_at = ?,
              locked_until = NULL, locked_by = NULL, response_code = ?, error = ?, delivered_at = coalesce(?, delivered_at),
              ended_at = ?
            WHERE id = ? AND attempt_count = ? AND locked_by = ?
            """;

    /** The webhooks that have something pending, without a look at all of it: from one to the next in the index. */
    private static final String PENDING = """
            WITH RECURSIVE pending (webhook_id) AS (
              SELECT min(webhook_id) FROM webhook_delivery WHERE status = 'pending'
              UNION ALL
              SELECT (SELECT min(d.webhook_id) FROM webhook_delivery d
                      WHERE d.status = 'pending' AND d.webhook_id > pending.webhook_id)
              FROM pending WHERE pending.webhook_id IS NOT NULL)
            SELECT pending.webhook_id,
              (SELECT min(coalesce(d.locked_until, d.next_attempt_at)) FROM webhook_delivery d
               WHERE d.status = 'pending' AND d.webhook_id = pending.webhook_id
                 AND (CASE WHEN d.attempt_count > 0 THEN 1 ELSE 0 END) = 0),
              (SELECT min(coalesce(d.locked_until, d.next_attempt_at)) FROM webhook_delivery d
               WHERE d.status = 'pending' AND d.webhook_id = pending.webhook_id
                 AND (CASE WHEN d.attempt_count > 0 THEN 1 ELSE 0 END) = 1),
              CASE WHEN w.id IS NULL OR w.deleted_at IS NOT NULL THEN 'webhook_deleted'
                   WHEN w.enabled = 0 THEN 'webhook_disabled' END
            FROM pending LEFT JOIN webhook w ON w.id = pending.webhook_id
            WHERE pending.webhook_id IS NOT NULL
            """;

    /** One statement for both, so that nodes that write several lock them in one order. */
    private static final String FAILING = """
            UPDATE webhook SET failing_since = ?
            WHERE id = ? AND (CASE WHEN failing_since IS NULL THEN 0 ELSE 1 END) = ?
            """;

    private static final String COLUMNS =
            "id, webhook_id, event_id, event_type, status, attempt_count, next_attempt_at,"
                    + " response_code, error, created_at, delivered_at";

    private static final String CLAIMED = "id, webhook_id, event_id, attempt_count, schedule_from";

    /** A new delivery. */
    record Fresh(String id, Receiver receiver, String eventId, String eventType) {}

    /**
     * A webhook with pending deliveries, and when the first of them are due: those never tried, and the others.
     *
     * @param unwanted why they are not to be sent; null: they are
     */
    record Pending(
            String webhookId,
            @Nullable Long live,
            @Nullable Long retry,
            @Nullable DeliveryError unwanted) {
        /** When something is due. */
        long next() {
            return Math.min(live == null ? Long.MAX_VALUE : live, retry == null ? Long.MAX_VALUE : retry);
        }
    }

    /** A delivery that was claimed. */
    record Claimed(String id, String webhookId, String eventId, int attempts, int scheduleFrom) {}

    /** PostgreSQL's clock, in milliseconds. */
    static long now(Tx tx) {
        return tx.handle()
                .createQuery("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)")
                .mapTo(Long.class)
                .one();
    }

    /**
     * @param owner who sends it at once; null: who comes first
     * @param scheduleFrom how many attempts count as made, less than none: 0, or fewer for one that is tried less often
     */
    void insert(Tx tx, Fresh fresh, int scheduleFrom, @Nullable String owner, long now) throws SQLException {
        tx.batch(INSERT, row -> {
            row.setString(1, fresh.id());
            row.setString(2, fresh.receiver().workspaceId());
            row.setString(3, fresh.receiver().id());
            row.setString(4, fresh.eventId());
            row.setString(5, fresh.eventType());
            row.setInt(6, scheduleFrom);
            row.setLong(7, now);
            setLong(row, 8, owner == null ? null : Long.valueOf(now + LEASE_MILLIS));
            row.setString(9, owner);
            row.setLong(10, now);
        });
    }

    List<Pending> pending(Tx tx) {
        return tx.handle()
                .createQuery(PENDING)
                .map((row, context) -> new Pending(
                        row.getString(1), longOrNull(row, 2), longOrNull(row, 3), unwanted(row.getString(4))))
                .list();
    }

    private static @Nullable DeliveryError unwanted(@Nullable String word) {
        return word == null ? null : DeliveryError.valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** What is due later than a schedule can have it, as a clock that was ahead had it, is due now. */
    int correct(Tx tx, long now, long latest) {
        return tx.handle()
                .createUpdate("UPDATE webhook_delivery SET next_attempt_at = :now"
                        + " WHERE status = 'pending' AND next_attempt_at > :latest")
                .bind("now", now)
                .bind("latest", latest)
                .execute();
    }

    /** Whether there is something to {@link #correct}. */
    boolean isIncorrect(Tx tx, long latest) {
        return tx.handle()
                .createQuery(
                        "SELECT 1 FROM webhook_delivery WHERE status = 'pending' AND next_attempt_at > :latest LIMIT 1")
                .bind("latest", latest)
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
    }

    /** Claims what is due of a webhook, the longest due first. Rows that another node has in hand are passed over. */
    List<Claimed> claim(Tx tx, String webhookId, boolean retries, String owner, long now, int most) {
        return tx.handle()
                .createQuery("WITH due AS MATERIALIZED (SELECT id FROM webhook_delivery WHERE webhook_id = :webhook"
                        + " AND status = 'pending' AND " + IS_RETRY + " = :retries AND " + DUE + " <= :now ORDER BY "
                        + DUE
                        + " LIMIT :most" + skipLocked(tx) + ") UPDATE webhook_delivery SET locked_until = :until,"
                        + " locked_by = :owner WHERE id IN (SELECT id FROM due) RETURNING " + CLAIMED)
                .bind("until", now + LEASE_MILLIS)
                .bind("owner", owner)
                .bind("webhook", webhookId)
                .bind("retries", retries ? 1 : 0)
                .bind("now", now)
                .bind("most", most)
                .map((row, context) -> claimed(row))
                .list();
    }

    /** SQLite has one writer, and no word for it. */
    private static String skipLocked(Tx tx) {
        return tx.dialect() == Dialect.POSTGRESQL ? " FOR UPDATE SKIP LOCKED" : "";
    }

    private static Claimed claimed(ResultSet row) throws SQLException {
        return new Claimed(row.getString(1), row.getString(2), row.getString(3), row.getInt(4), row.getInt(5));
    }

    /** Ends what is pending of a webhook and in nobody's hands. @return how many */
    int end(Tx tx, String webhookId, DeliveryError reason, long now, int most) {
        return tx.handle()
                .createUpdate("UPDATE webhook_delivery SET status = 'failed', error = :error, next_attempt_at = NULL,"
                        + " locked_until = NULL, locked_by = NULL, ended_at = :now WHERE id IN (SELECT id FROM"
                        + " webhook_delivery WHERE webhook_id = :webhook AND status = 'pending' AND (locked_until IS NULL"
                        + " OR locked_until <= :now) LIMIT :most" + skipLocked(tx) + ")")
                .bind("error", reason.wireName())
                .bind("now", now)
                .bind("webhook", webhookId)
                .bind("most", most)
                .execute();
    }

    /** Ends a delivery that this node claimed, without an attempt. */
    void end(Tx tx, String id, String owner, DeliveryError reason, long now) throws SQLException {
        tx.batch(
                "UPDATE webhook_delivery SET status = 'failed', error = ?, next_attempt_at = NULL, locked_until = NULL,"
                        + " locked_by = NULL, ended_at = ? WHERE id = ? AND locked_by = ?",
                row -> {
                    row.setString(1, reason.wireName());
                    row.setLong(2, now);
                    row.setString(3, id);
                    row.setString(4, owner);
                });
    }

    /**
     * Notes an attempt, unless the delivery has become another node's.
     *
     * @param next when it is tried again; null when it is not
     */
    void settle(Tx tx, Job job, Outcome outcome, @Nullable Long next, String owner, long now) throws SQLException {
        var error = outcome.error() == null ? null : outcome.error().wireName();
        tx.batch(tx.dialect() == Dialect.POSTGRESQL ? ADD_ATTEMPT_LOCKING : ADD_ATTEMPT, row -> {
            row.setString(1, job.id());
            row.setInt(2, job.attempts() + 1);
            row.setLong(3, outcome.startedAt());
            row.setLong(4, outcome.latencyMs());
            setInt(row, 5, outcome.code());
            row.setString(6, error);
            row.setString(7, outcome.body());
            row.setString(8, job.id());
            row.setInt(9, job.attempts());
            row.setString(10, owner);
        });
        boolean delivered = outcome.isDelivered();
        tx.batch(SETTLE, row -> {
            row.setString(1, delivered ? "delivered" : next == null ? "failed" : "pending");
            setLong(row, 2, next);
            setInt(row, 3, outcome.code());
            row.setString(4, error);
            setLong(row, 5, delivered ? Long.valueOf(now) : null);
            setLong(row, 6, next == null ? Long.valueOf(now) : null);
            row.setString(7, job.id());
            row.setInt(8, job.attempts());
            row.setString(9, owner);
        });
    }

    /** What nodes that are gone had in hand is due again. */
    void release(Tx tx) {
        tx.handle()
                .execute("UPDATE webhook_delivery SET locked_until = NULL, locked_by = NULL"
                        + " WHERE locked_by IS NOT NULL AND locked_by NOT IN (SELECT id FROM node)");
    }

    /** Tells that attempts fail since then, unless that is known; or, null, that they do not. */
    void failing(Tx tx, String webhookId, @Nullable Long since) throws SQLException {
        tx.batchInOrder(FAILING, webhookId, row -> {
            setLong(row, 1, since);
            row.setString(2, webhookId);
            row.setInt(3, since == null ? 1 : 0);
        });
    }

    /**
     * Disables a webhook.
     *
     * @param url where the attempt went: one that goes elsewhere by now is another
     * @param failingSinceAtMost it is, if it fails since then or longer; null: whatever it does
     * @return its name, URL and failing_since where this did it
     */
    Optional<Disabled> disable(
            Tx tx, String webhookId, String url, String reason, @Nullable Long failingSinceAtMost, long now) {
        return tx.handle()
                .createQuery("""
                        UPDATE webhook SET enabled = 0, disabled_reason = :reason, updated_at = :now
                        WHERE id = :id AND url = :url AND enabled = 1 AND deleted_at IS NULL
                          AND coalesce(failing_since, :now) <= :since
                        RETURNING name, url, failing_since
                        """)
                .bind("reason", reason)
                .bind("now", now)
                .bind("id", webhookId)
                .bind("url", url)
                .bind("since", failingSinceAtMost == null ? Long.MAX_VALUE : failingSinceAtMost)
                .map((row, context) -> new Disabled(row.getString(1), row.getString(2), longOrNull(row, 3)))
                .findFirst();
    }

    /** A webhook that was just disabled. */
    record Disabled(
            @Nullable String name, String url, @Nullable Long failingSince) {}

    /** Deletes deliveries that ended before then, with their attempts. @return how many */
    int deleteEnded(Tx tx, long before, int most) {
        var ids = tx.handle()
                .createQuery("SELECT id FROM webhook_delivery WHERE ended_at < :before ORDER BY ended_at LIMIT :most")
                .bind("before", before)
                .bind("most", most)
                .mapTo(String.class)
                .list();
        if (!ids.isEmpty()) {
            tx.handle()
                    .createUpdate("DELETE FROM webhook_attempt WHERE delivery_id IN (<ids>)")
                    .bindList("ids", ids)
                    .execute();
            tx.handle()
                    .createUpdate("DELETE FROM webhook_delivery WHERE id IN (<ids>)")
                    .bindList("ids", ids)
                    .execute();
        }
        return ids.size();
    }

    /** Secrets that sign no more. */
    void deleteOldSecrets(Tx tx, long now) {
        tx.handle()
                .createUpdate("UPDATE webhook SET previous_secret = NULL, previous_expires_at = NULL"
                        + " WHERE previous_expires_at <= :now")
                .bind("now", now)
                .execute();
    }

    /** Deleted webhooks of which no delivery is left. */
    void deleteForgotten(Tx tx) {
        tx.handle()
                .execute("DELETE FROM webhook WHERE deleted_at IS NOT NULL"
                        + " AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = webhook.id)");
    }

    /** What receivers answered may repeat what they were told. */
    void forgetAnswers(Tx tx, List<String> eventIds) {
        tx.handle()
                .createUpdate("UPDATE webhook_attempt SET response_body = NULL WHERE delivery_id IN"
                        + " (SELECT id FROM webhook_delivery WHERE event_id IN (<ids>))")
                .bindList("ids", eventIds)
                .execute();
    }

    // What is read and asked for by people.

    /** What a webhook is to its deliveries, also when it is deleted. */
    record Known(boolean enabled, boolean deleted, boolean includeContent) {}

    Optional<Known> webhook(Tx tx, String workspaceId, String id) {
        return tx.handle()
                .createQuery(
                        "SELECT enabled, CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END, include_content FROM webhook"
                                + " WHERE id = :id AND workspace_id = :workspace")
                .bind("id", id)
                .bind("workspace", workspaceId)
                .map((row, context) -> new Known(row.getInt(1) == 1, row.getInt(2) == 1, row.getInt(3) == 1))
                .findFirst();
    }

    Optional<Delivery> byId(Tx tx, String workspaceId, String id) {
        return tx.handle()
                .createQuery("SELECT " + COLUMNS + " FROM webhook_delivery"
                        + " WHERE id = :id AND workspace_id = :workspace")
                .bind("id", id)
                .bind("workspace", workspaceId)
                .map((row, context) -> delivery(row))
                .findFirst();
    }

    List<Attempt> attempts(Tx tx, String deliveryId) {
        return tx.handle()
                .createQuery("SELECT number, started_at, latency_ms, response_code, error, response_body"
                        + " FROM webhook_attempt WHERE delivery_id = :id ORDER BY number")
                .bind("id", deliveryId)
                .map((row, context) -> new Attempt(
                        row.getInt(1),
                        row.getLong(2),
                        row.getLong(3),
                        intOrNull(row, 4),
                        row.getString(5),
                        row.getString(6)))
                .list();
    }

    /** Newest first. */
    List<Delivery> ofWebhook(Tx tx, String webhookId, DeliveryFilter filter, @Nullable String before, int limit) {
        var conditions = new ArrayList<String>();
        if (filter.status() != null) {
            conditions.add(" AND status = :status");
        }
        if (filter.eventType() != null) {
            conditions.add(" AND event_type = :type");
        }
        if (filter.from() != null) {
            conditions.add(" AND id >= :from");
        }
        if (filter.to() != null) {
            conditions.add(" AND id < :to");
        }
        if (before != null) {
            conditions.add(" AND id < :before");
        }
        var query = tx.handle()
                .createQuery("SELECT " + COLUMNS + " FROM webhook_delivery WHERE webhook_id = :webhook"
                        + String.join("", conditions) + " ORDER BY id DESC LIMIT :limit")
                .bind("webhook", webhookId)
                .bind("limit", limit);
        bind(query, "status", filter.status());
        bind(query, "type", filter.eventType());
        bind(query, "from", filter.from());
        bind(query, "to", filter.to());
        bind(query, "before", before);
        return query.map((row, context) -> delivery(row)).list();
    }

    private static void bind(org.jdbi.v3.core.statement.Query query, String name, @Nullable String value) {
        if (value != null) {
            query.bind(name, value);
        }
    }

    /** A test has one attempt again, any other a schedule. @return false when it is in a node's hands just now */
    boolean again(Tx tx, String id, long now) {
        return tx.handle()
                        .createUpdate("""
                                UPDATE webhook_delivery SET status = 'pending', next_attempt_at = :now, locked_until = NULL,
                                  locked_by = NULL, ended_at = NULL,
                                  schedule_from = CASE WHEN schedule_from < 0 THEN attempt_count - :tries ELSE attempt_count END
                                WHERE id = :id AND (locked_until IS NULL OR locked_until <= :now)
                                """)
                        .bind("now", now)
                        .bind("id", id)
                        .bind("tries", Schedule.ATTEMPTS - 1)
                        .execute()
                == 1;
    }

    /** The failed ones that came to be since then, but tests. @param from the lowest id of them @return the ids, in order */
    List<String> recover(Tx tx, String webhookId, String from, long now, int most) {
        var ids = tx.handle()
                .createQuery(
                        "SELECT id FROM webhook_delivery WHERE webhook_id = :webhook AND status = 'failed'"
                                + " AND id >= :from AND schedule_from >= 0 AND coalesce(error, '') <> 'event_deleted' ORDER BY id LIMIT :most")
                .bind("webhook", webhookId)
                .bind("from", from)
                .bind("most", most)
                .mapTo(String.class)
                .list();
        if (!ids.isEmpty()) {
            tx.handle()
                    .createUpdate(
                            "UPDATE webhook_delivery SET status = 'pending', next_attempt_at = :now, ended_at = NULL,"
                                    + " schedule_from = attempt_count WHERE status = 'failed' AND id IN (<ids>)")
                    .bind("now", now)
                    .bindList("ids", ids)
                    .execute();
        }
        return ids;
    }

    /** How many are pending, and when the oldest came to be. */
    Backlogged backlogged(Tx tx) {
        return tx.handle()
                .createQuery("SELECT count(*), min(created_at) FROM webhook_delivery WHERE status = 'pending'")
                .map((row, context) -> new Backlogged(row.getLong(1), longOrNull(row, 2)))
                .one();
    }

    /** What waits. */
    record Backlogged(long count, @Nullable Long oldest) {}

    private static Delivery delivery(ResultSet row) throws SQLException {
        return new Delivery(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getInt(6),
                longOrNull(row, 7),
                intOrNull(row, 8),
                row.getString(9),
                row.getLong(10),
                longOrNull(row, 11));
    }

    private static @Nullable Long longOrNull(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : Long.valueOf(value);
    }

    private static @Nullable Integer intOrNull(ResultSet row, int column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : Integer.valueOf(value);
    }

    private static void setLong(PreparedStatement row, int at, @Nullable Long value) throws SQLException {
        if (value == null) {
            row.setNull(at, Types.BIGINT);
        } else {
            row.setLong(at, value);
        }
    }

    private static void setInt(PreparedStatement row, int at, @Nullable Integer value) throws SQLException {
        if (value == null) {
            row.setNull(at, Types.INTEGER);
        } else {
            row.setInt(at, value);
        }
    }
}
