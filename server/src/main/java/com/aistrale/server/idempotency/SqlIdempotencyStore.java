package com.aistrale.server.idempotency;

import com.aistrale.server.kit.sql.Tx;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tables {@code idempotency_key} and {@code cancellation}. Claims and answers are plain JDBC: every keyed call passes. */
final class SqlIdempotencyStore {
    static final String RUNNING = "running";
    static final String ANSWERED = "answered";
    static final String RELEASED = "released";

    /** It runs, and whoever sent it asked for its end by its key. */
    static final String CANCELLING = "cancelling";

    /** Nobody runs it, and for a while nobody is to: see {@link Claims#cancel}. */
    static final String CANCELLED = "cancelled";

    /** How often a key was run before its first run, for one that was cancelled before that. */
    private static final int NEVER = -1;

    private static final String INSERT = """
            INSERT INTO idempotency_key
              (workspace_id, route, key, fingerprint, state, owner, inference_id, run, created_at)
            VALUES (?, ?, ?, ?, 'running', ?, ?, 0, ?)
            ON CONFLICT (workspace_id, route, key) DO NOTHING
            """;

    private static final String FIND = """
            SELECT fingerprint, state, owner, inference_id, run, created_at,
              EXISTS (SELECT 1 FROM node WHERE node.id = idempotency_key.owner), headers, answer
            FROM idempotency_key WHERE workspace_id = ? AND route = ? AND key = ?
            """;

    /** Without the answer, which is long and not needed there. */
    private static final String STANDING = FIND.replace("headers, answer", "NULL, NULL");

    private static final String TAKE_OVER = """
            UPDATE idempotency_key SET fingerprint = ?, state = 'running', owner = ?, inference_id = ?, run = run + 1,
              created_at = ?, headers = NULL, answer = NULL
            WHERE workspace_id = ? AND route = ? AND key = ? AND inference_id = ? AND state = ?
            """;

    private static final String ANSWER = """
            UPDATE idempotency_key SET state = 'answered', headers = ?, answer = ?
            WHERE workspace_id = ? AND route = ? AND key = ? AND inference_id = ?
            """;

    private static final String RELEASE = """
            UPDATE idempotency_key SET state = CASE state WHEN 'cancelling' THEN 'cancelled' ELSE 'released' END
            WHERE workspace_id = ? AND route = ? AND key = ? AND inference_id = ?
            """;

    /** Also how often it was run: of a run that did not begin nothing was told. */
    private static final String GIVE_BACK = """
            UPDATE idempotency_key SET state = 'released', run = run - 1
            WHERE workspace_id = ? AND route = ? AND key = ? AND inference_id = ?
            """;

    private static final String FORGET = """
            DELETE FROM idempotency_key WHERE workspace_id = ? AND route = ? AND key = ? AND inference_id = ?
              AND state = 'running'
            """;

    /** Behind {@link #FORGET}, also in the order of the alphabet, in which statements are run: see {@link Tx#batchInOrder}. */
    private static final String REMEMBER_CANCELLED = """
            UPDATE idempotency_key SET state = 'cancelled'
            WHERE workspace_id = ? AND route = ? AND key = ? AND inference_id = ? AND state = 'cancelling'
            """;

    private static final String CANCEL = """
            UPDATE idempotency_key SET
              state = CASE WHEN state IN ('running', 'cancelling') THEN 'cancelling' ELSE 'cancelled' END, created_at = ?
            WHERE workspace_id = ? AND route = ? AND key = ?
              AND (state IN ('running', 'cancelling') OR (state <> 'answered' AND created_at >= ?))
            """;

    /** What a key meant so long ago that it is as good as new. */
    private static final String OUTDATED = """
            DELETE FROM idempotency_key
            WHERE workspace_id = ? AND route = ? AND key = ? AND created_at < ? AND state NOT IN ('running', 'cancelling')
            """;

    private static final String CANCEL_BEFORE = """
            INSERT INTO idempotency_key
              (workspace_id, route, key, fingerprint, state, owner, inference_id, run, created_at)
            VALUES (?, ?, ?, ?, 'cancelled', ?, ?, -1, ?)
            ON CONFLICT (workspace_id, route, key) DO NOTHING
            """;

    /** A row. @param ownerLives whether its node is among those that live */
    @SuppressWarnings("ArrayRecordComponent")
    record Row(
            byte[] fingerprint,
            String state,
            String owner,
            String inferenceId,
            int run,
            Instant createdAt,
            boolean ownerLives,
            @Nullable String headers,
            byte @Nullable [] answer) {
        boolean runs() {
            return state.equals(RUNNING) || state.equals(CANCELLING);
        }

        /** Whether somebody asked that it is not run. */
        boolean isCancelled() {
            return state.equals(CANCELLING) || state.equals(CANCELLED);
        }

        /** Whether there is an inference of it, or was. */
        boolean wasRun() {
            return run != NEVER;
        }
    }

    /** A claim to be. */
    record New(RequestKey key, String owner, String inferenceId, Instant createdAt) {}

    /** Claims what nobody has, in one round trip. @return for each whether it is so now */
    boolean[] insert(Tx tx, List<New> claims) throws SQLException {
        var insert = tx.apart(INSERT);
        for (var claim : claims) {
            key(insert, 1, claim.key());
            insert.setBytes(4, claim.key().fingerprint());
            insert.setString(5, claim.owner());
            insert.setString(6, claim.inferenceId());
            insert.setLong(7, claim.createdAt().toEpochMilli());
            insert.addBatch();
        }
        var counts = insert.executeBatch();
        var won = new boolean[counts.length];
        for (int i = 0; i < counts.length; i++) {
            won[i] = counts[i] == 1;
        }
        return won;
    }

    /** The row without its answer. */
    @Nullable
    Row standing(Tx tx, RequestKey key) throws SQLException {
        return row(tx, STANDING, key);
    }

    @Nullable
    Row find(Tx tx, RequestKey key) throws SQLException {
        return row(tx, FIND, key);
    }

    private static @Nullable Row row(Tx tx, String sql, RequestKey key) throws SQLException {
        var select = tx.apart(sql);
        key(select, 1, key);
        try (var row = select.executeQuery()) {
            return row.next()
                    ? new Row(
                            row.getBytes(1),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            row.getInt(5),
                            Instant.ofEpochMilli(row.getLong(6)),
                            row.getBoolean(7),
                            row.getString(8),
                            row.getBytes(9))
                    : null;
        }
    }

    /** Takes a row over that is as it was seen. @return false when it is not any more */
    boolean takeOver(Tx tx, New claim, Row seen) throws SQLException {
        var update = tx.apart(TAKE_OVER);
        update.setBytes(1, claim.key().fingerprint());
        update.setString(2, claim.owner());
        update.setString(3, claim.inferenceId());
        update.setLong(4, claim.createdAt().toEpochMilli());
        key(update, 5, claim.key());
        update.setString(8, seen.inferenceId());
        update.setString(9, seen.state());
        return update.executeUpdate() == 1;
    }

    /** Behind the claims of the transaction: a node that claims waits for no answer, so no two wait for each other. */
    void answer(Tx tx, RequestKey key, String inferenceId, String headers, byte[] sealed) throws SQLException {
        tx.batchInOrder(ANSWER, key.order(), row -> {
            row.setString(1, headers);
            row.setBytes(2, sealed);
            key(row, 3, key);
            row.setString(6, inferenceId);
        });
    }

    void release(Tx tx, RequestKey key, String inferenceId) throws SQLException {
        owned(tx, RELEASE, key, inferenceId);
    }

    void forget(Tx tx, RequestKey key, String inferenceId) throws SQLException {
        owned(tx, FORGET, key, inferenceId);
        owned(tx, REMEMBER_CANCELLED, key, inferenceId);
    }

    /**
     * Notes that a request is not to be run, whether it is there yet or not.
     *
     * @param none what it says where it has no inference: an id that none has
     * @param keptSince what was before is as if it had not been
     * @return where it stands now
     */
    Row cancel(Tx tx, New none, Instant keptSince) throws SQLException {
        while (true) {
            var update = tx.apart(CANCEL);
            update.setLong(1, none.createdAt().toEpochMilli());
            key(update, 2, none.key());
            update.setLong(5, keptSince.toEpochMilli());
            if (update.executeUpdate() == 0) {
                var outdated = tx.apart(OUTDATED);
                key(outdated, 1, none.key());
                outdated.setLong(4, keptSince.toEpochMilli());
                outdated.executeUpdate();
                var insert = tx.apart(CANCEL_BEFORE);
                key(insert, 1, none.key());
                insert.setBytes(4, none.key().fingerprint());
                insert.setString(5, none.owner());
                insert.setString(6, none.inferenceId());
                insert.setLong(7, none.createdAt().toEpochMilli());
                insert.executeUpdate();
            }
            var row = standing(tx, none.key());
            if (row != null && (row.isCancelled() || row.state().equals(ANSWERED))) {
                return row;
            }
            // it was claimed, or given up, in between
        }
    }

    private static void owned(Tx tx, String sql, RequestKey key, String inferenceId) throws SQLException {
        tx.batchInOrder(sql, key.order(), row -> {
            key(row, 1, key);
            row.setString(4, inferenceId);
        });
    }

    /** At once, in the transaction in which it was claimed. */
    void giveBack(Tx tx, RequestKey key, String inferenceId, boolean isFirst) throws SQLException {
        var row = tx.apart(isFirst ? FORGET : GIVE_BACK);
        key(row, 1, key);
        row.setString(4, inferenceId);
        row.executeUpdate();
    }

    /** The claim of an inference of which only the id is known, if it has one. */
    void releaseRunning(Tx tx, String inferenceId) throws SQLException {
        tx.batchInOrder(
                "UPDATE idempotency_key SET state = 'released'"
                        + " WHERE inference_id = ? AND state IN ('running', 'cancelling')",
                inferenceId,
                row -> row.setString(1, inferenceId));
    }

    private static void key(PreparedStatement statement, int first, RequestKey key) throws SQLException {
        statement.setString(first, key.workspaceId());
        statement.setString(first + 1, key.route());
        statement.setString(first + 2, key.key());
    }

    /** Of inferences that began before {@code inferenceId}. @return how many */
    int deleteBelow(Tx tx, String inferenceId, int most) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM idempotency_key WHERE inference_id IN (
                          SELECT inference_id FROM idempotency_key WHERE inference_id < :id
                          ORDER BY inference_id LIMIT :most)
                        """)
                .bind("id", inferenceId)
                .bind("most", most)
                .execute();
    }

    /** @return how many */
    int deleteOfWorkspace(Tx tx, String workspaceId, int most) {
        int asked = tx.handle()
                .createUpdate("DELETE FROM cancellation WHERE workspace_id = :workspace")
                .bind("workspace", workspaceId)
                .execute();
        return asked
                + tx.handle()
                        .createUpdate("""
                                DELETE FROM idempotency_key WHERE inference_id IN (
                                  SELECT inference_id FROM idempotency_key WHERE workspace_id = :workspace LIMIT :most)
                                """)
                        .bind("workspace", workspaceId)
                        .bind("most", most)
                        .execute();
    }

    /** Asks the node that runs it to end an inference, once. */
    void ask(Tx tx, String workspaceId, String inferenceId, Instant now) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO cancellation (inference_id, workspace_id, owner, asked_at)
                        SELECT id, workspace_id, owner, :now FROM inference
                        WHERE workspace_id = :workspace AND id = :id AND status = 'running'
                        ON CONFLICT (inference_id) DO NOTHING
                        """)
                .bind("now", now.toEpochMilli())
                .bind("workspace", workspaceId)
                .bind("id", inferenceId)
                .execute();
    }

    /** The inferences of a node that somebody asked to end. */
    List<String> asked(Tx tx, String owner) {
        return tx.handle()
                .createQuery("SELECT inference_id FROM cancellation WHERE owner = :owner")
                .bind("owner", owner)
                .map((row, context) -> row.getString(1))
                .list();
    }

    void deleteAsked(Tx tx, Collection<String> inferenceIds) {
        tx.handle()
                .createUpdate("DELETE FROM cancellation WHERE inference_id IN (<ids>)")
                .bindList("ids", inferenceIds)
                .execute();
    }

    /** What a node has been asked to end, and has ended otherwise. */
    void deleteAskedOfEnded(Tx tx, String owner) {
        tx.handle().createUpdate("""
                        DELETE FROM cancellation WHERE owner = :owner AND NOT EXISTS (
                          SELECT 1 FROM inference
                          WHERE inference.id = cancellation.inference_id AND inference.status = 'running')
                        """).bind("owner", owner).execute();
    }

    int deleteAskedBefore(Tx tx, Instant time) {
        return tx.handle()
                .createUpdate("DELETE FROM cancellation WHERE asked_at < :time")
                .bind("time", time.toEpochMilli())
                .execute();
    }
}
