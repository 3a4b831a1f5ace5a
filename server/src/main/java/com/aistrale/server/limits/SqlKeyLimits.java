package com.aistrale.server.limits;

import com.aistrale.server.kit.sql.Dialect;
import com.aistrale.server.kit.sql.Tx;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The levels of limited keys in their table, as the units of one transaction see and change them: locked in the order of
 * the keys and read at once, written once.
 */
final class SqlKeyLimits implements Tx.Shared {
    private static final String SELECT = """
            SELECT api_key_id, counted_at, requests_limit, requests_out, tokens_limit, tokens_out FROM key_limit\
            """;
    private static final String ONE = SELECT + " WHERE api_key_id = ?";

    /** PostgreSQL: several nodes count at the same time, and a round trip for each key would be dear. */
    private static final String LOCKED = SELECT + " WHERE api_key_id = ANY (?) ORDER BY api_key_id FOR UPDATE";

    private static final String INSERT = """
            INSERT INTO key_limit (api_key_id, counted_at, requests_limit, requests_out, tokens_limit, tokens_out)
            VALUES (?, 0, 0, 0, 0, 0)
            ON CONFLICT (api_key_id) DO NOTHING
            """;
    private static final String UPDATE = """
            UPDATE key_limit
            SET counted_at = ?, requests_limit = ?, requests_out = ?, tokens_limit = ?, tokens_out = ?
            WHERE api_key_id = ?
            """;

    /** What is announced and not read yet. */
    private final TreeSet<String> wanted = new TreeSet<>();

    private final TreeMap<String, Level> levels = new TreeMap<>();
    private final Set<String> absent = new HashSet<>();
    private final TreeSet<String> changed = new TreeSet<>();

    static SqlKeyLimits of(Tx tx) {
        return tx.shared(SqlKeyLimits.class, SqlKeyLimits::new);
    }

    /** That this key's level will be needed. */
    void want(String apiKeyId) {
        if (!levels.containsKey(apiKeyId) && !absent.contains(apiKeyId)) {
            wanted.add(apiKeyId);
        }
    }

    @Override
    public void announced(Tx tx) throws SQLException {
        if (wanted.isEmpty()) {
            return;
        }
        absent.addAll(wanted);
        if (tx.dialect() == Dialect.POSTGRESQL) {
            var select = tx.apart(LOCKED);
            select.setArray(1, select.getConnection().createArrayOf("text", wanted.toArray()));
            read(select);
        } else { // one process with one writer: nothing to lock, and no round trips
            for (var id : wanted) {
                var select = tx.apart(ONE);
                select.setString(1, id);
                read(select);
            }
        }
        wanted.clear();
    }

    private void read(PreparedStatement select) throws SQLException {
        try (var rows = select.executeQuery()) {
            while (rows.next()) {
                var id = rows.getString(1);
                levels.put(id, level(rows));
                absent.remove(id);
            }
        }
    }

    private static Level level(ResultSet row) throws SQLException {
        return new Level(
                row.getLong(2), new Bucket(row.getLong(3), row.getLong(4)), new Bucket(row.getLong(5), row.getLong(6)));
    }

    /** The key's level; null when it never had one. */
    @Nullable
    Level find(Tx tx, String apiKeyId) throws SQLException {
        want(apiKeyId);
        announced(tx);
        return levels.get(apiKeyId);
    }

    /** The key's level, which is made where it never had one. */
    Level get(Tx tx, String apiKeyId) throws SQLException {
        var level = find(tx, apiKeyId);
        if (level == null) { // inserted, so that other nodes wait for it, or know it by now
            var insert = tx.apart(INSERT);
            insert.setString(1, apiKeyId);
            insert.executeUpdate();
            absent.remove(apiKeyId);
            level = find(tx, apiKeyId);
        }
        return level == null ? Level.UNUSED : level;
    }

    /** Of a key whose level was asked for. */
    void put(String apiKeyId, Level level) {
        levels.put(apiKeyId, level);
        changed.add(apiKeyId);
    }

    @Override
    public void flush(Tx tx) throws SQLException {
        for (var id : changed) {
            var level = levels.getOrDefault(id, Level.UNUSED);
            tx.batch(UPDATE, update -> {
                update.setLong(1, level.at());
                update.setLong(2, level.requests().limit());
                update.setLong(3, level.requests().out());
                update.setLong(4, level.tokens().limit());
                update.setLong(5, level.tokens().out());
                update.setString(6, id);
            });
        }
        changed.clear();
    }

    /** The level as it is committed. */
    static Optional<Level> committed(Tx tx, String apiKeyId) throws SQLException {
        var select = tx.prepare(ONE);
        select.setString(1, apiKeyId);
        try (var rows = select.executeQuery()) {
            return rows.next() ? Optional.of(level(rows)) : Optional.empty();
        }
    }

    /** @return how many rows of the workspace's keys were deleted, at most {@code most} */
    static int deleteBatch(Tx tx, String workspaceId, int most) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM key_limit WHERE api_key_id IN
                          (SELECT api_key_id FROM key_limit JOIN api_key ON id = api_key_id
                           WHERE workspace_id = :workspace ORDER BY api_key_id LIMIT :most)
                        """)
                .bind("workspace", workspaceId)
                .bind("most", most)
                .execute();
    }
}
