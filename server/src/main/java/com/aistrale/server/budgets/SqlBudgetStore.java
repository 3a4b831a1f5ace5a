package com.aistrale.server.budgets;

import com.aistrale.server.budgets.Budget.Action;
import com.aistrale.server.budgets.KnownBudgets.Entry;
import com.aistrale.server.budgets.Standing.Crossing;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Dialect;
import com.aistrale.server.kit.sql.Tx;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Budgets, their sums and what is put aside of them, in their tables. What every inference passes is plain JDBC. */
final class SqlBudgetStore {
    private static final String COLUMNS = """
            id, workspace_id, name, scope, scope_name, scope_value, period, limit_nano_usd, thresholds, action, \
            created_at, updated_at\
            """;

    private static final String OPEN_SQLITE =
            "SELECT " + COLUMNS + " FROM budget WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id";

    /** Other nodes wait here, all in the order of the ids. Many ids come as an array, which SQLite has not. */
    private static final String OPEN_POSTGRESQL =
            "SELECT " + COLUMNS + " FROM budget WHERE id = ANY (?) ORDER BY id FOR UPDATE";

    private static final String PERIODS_SQLITE = """
            SELECT p.budget_id, p.period_start, p.spent_nano_usd, p.reserved_nano_usd, p.unpriced
            FROM json_each(?) w JOIN budget_period p ON p.budget_id = w.key AND p.period_start >= w.value
            """;

    /** Apart from the lock: what is read in the statement that waits for it may be older than what it waited for. */
    private static final String PERIODS_POSTGRESQL = """
            SELECT p.budget_id, p.period_start, p.spent_nano_usd, p.reserved_nano_usd, p.unpriced
            FROM unnest(?, ?) AS w (id, since)
            JOIN budget_period p ON p.budget_id = w.id AND p.period_start >= w.since
            """;

    private static final String RESERVATIONS_SQLITE = """
            SELECT inference_id, budget_id, period_start, nano_usd FROM budget_reservation
            WHERE inference_id IN (SELECT value FROM json_each(?))
            """;

    /** An array, which SQLite has not. */
    private static final String RESERVATIONS_POSTGRESQL = """
            SELECT inference_id, budget_id, period_start, nano_usd FROM budget_reservation WHERE inference_id = ANY (?)
            """;

    private static final String PUT_SUMS = """
            INSERT INTO budget_period (budget_id, period_start, spent_nano_usd, reserved_nano_usd, unpriced)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (budget_id, period_start) DO UPDATE SET spent_nano_usd = excluded.spent_nano_usd,
              reserved_nano_usd = excluded.reserved_nano_usd, unpriced = excluded.unpriced
            """;

    private static final String PUT_RESERVATION = """
            INSERT INTO budget_reservation (inference_id, budget_id, period_start, nano_usd, owner)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (inference_id, budget_id) DO UPDATE SET period_start = excluded.period_start,
              nano_usd = excluded.nano_usd, owner = excluded.owner
            """;

    private static final String DELETE_RESERVATION =
            "DELETE FROM budget_reservation WHERE inference_id = ? AND budget_id = ?";

    private static final String CROSS = """
            INSERT INTO budget_crossing (budget_id, period_start, threshold_percent, spent_nano_usd, crossed_at)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (budget_id, period_start, threshold_percent) DO NOTHING
            """;

    private static final String ORPHANS = """
            SELECT inference_id, budget_id, period_start, nano_usd FROM budget_reservation
            WHERE owner NOT IN (SELECT id FROM node)
            """;

    /** Takes the rows of these budgets for this transaction. */
    List<Budget> open(Tx tx, Collection<String> ids) throws SQLException {
        var query = tx.apart(tx.dialect() == Dialect.POSTGRESQL ? OPEN_POSTGRESQL : OPEN_SQLITE);
        texts(tx, query, 1, ids);
        var all = new ArrayList<Budget>();
        try (var rows = query.executeQuery()) {
            while (rows.next()) {
                all.add(budget(rows));
            }
        }
        return all;
    }

    /** Of each of these budgets the periods that began then or later. */
    Map<String, Map<Instant, Sums>> periods(Tx tx, Map<String, Instant> since) throws SQLException {
        boolean arrays = tx.dialect() == Dialect.POSTGRESQL;
        var query = tx.apart(arrays ? PERIODS_POSTGRESQL : PERIODS_SQLITE);
        if (arrays) {
            var ids = List.copyOf(since.keySet());
            texts(tx, query, 1, ids);
            var times = ids.stream().map(id -> millis(since, id)).toArray(Long[]::new);
            query.setArray(2, query.getConnection().createArrayOf("bigint", times));
        } else {
            var json = Json.object();
            since.keySet().forEach(id -> json.put(id, millis(since, id)));
            query.setString(1, Json.text(json));
        }
        var all = new HashMap<String, Map<Instant, Sums>>();
        try (var rows = query.executeQuery()) {
            while (rows.next()) {
                all.computeIfAbsent(rows.getString(1), first -> new HashMap<>())
                        .put(
                                Instant.ofEpochMilli(rows.getLong(2)),
                                new Sums(rows.getLong(3), rows.getLong(4), rows.getLong(5)));
            }
        }
        return all;
    }

    private static Long millis(Map<String, Instant> since, String id) {
        var time = since.get(id);
        return time == null ? 0L : time.toEpochMilli();
    }

    /** What these inferences have put aside. */
    List<Reservation> reservations(Tx tx, Collection<String> inferences) throws SQLException {
        var query = tx.apart(tx.dialect() == Dialect.POSTGRESQL ? RESERVATIONS_POSTGRESQL : RESERVATIONS_SQLITE);
        texts(tx, query, 1, inferences);
        var all = new ArrayList<Reservation>();
        try (var rows = query.executeQuery()) {
            while (rows.next()) {
                all.add(reservation(rows));
            }
        }
        return all;
    }

    private static void texts(Tx tx, PreparedStatement query, int at, Collection<String> texts) throws SQLException {
        if (tx.dialect() == Dialect.POSTGRESQL) {
            query.setArray(at, query.getConnection().createArrayOf("text", texts.toArray()));
        } else {
            var json = Json.array();
            texts.forEach(json::add);
            query.setString(at, Json.text(json));
        }
    }

    private static Reservation reservation(ResultSet row) throws SQLException {
        return new Reservation(
                row.getString(1), row.getString(2), Instant.ofEpochMilli(row.getLong(3)), row.getLong(4));
    }

    void put(Tx tx, String budgetId, Instant period, Sums sums) throws SQLException {
        tx.batch(PUT_SUMS, row -> {
            row.setString(1, budgetId);
            row.setLong(2, period.toEpochMilli());
            row.setLong(3, sums.spent());
            row.setLong(4, sums.reserved());
            row.setLong(5, sums.unpriced());
        });
    }

    void put(Tx tx, Reservation reservation, String owner) throws SQLException {
        tx.batch(PUT_RESERVATION, row -> {
            row.setString(1, reservation.inferenceId());
            row.setString(2, reservation.budgetId());
            row.setLong(3, reservation.periodStart().toEpochMilli());
            row.setLong(4, reservation.nanoUsd());
            row.setString(5, owner);
        });
    }

    void delete(Tx tx, Reservation.Key key) throws SQLException {
        tx.batch(DELETE_RESERVATION, row -> {
            row.setString(1, key.inferenceId());
            row.setString(2, key.budgetId());
        });
    }

    /** @return false when that was noted before */
    boolean cross(Tx tx, String budgetId, Instant period, Crossing crossing) throws SQLException {
        var row = tx.apart(CROSS);
        row.setString(1, budgetId);
        row.setLong(2, period.toEpochMilli());
        row.setInt(3, crossing.percent());
        row.setLong(4, crossing.spentNanoUsd());
        row.setLong(5, crossing.at().toEpochMilli());
        return row.executeUpdate() == 1;
    }

    /** What nodes that are gone have put aside. */
    List<Reservation> orphans(Tx tx) {
        return tx.handle()
                .createQuery(ORPHANS)
                .map((row, context) -> reservation(row))
                .list();
    }

    List<Entry> entries(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery("SELECT " + COLUMNS + " FROM budget WHERE workspace_id = :workspace ORDER BY id")
                .bind("workspace", workspaceId)
                .map((row, context) -> Entry.of(budget(row)))
                .list();
    }

    int count(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM budget WHERE workspace_id = :workspace")
                .bind("workspace", workspaceId)
                .mapTo(Integer.class)
                .one();
    }

    void add(Tx tx, Budget budget) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO budget (id, workspace_id, name, scope, scope_name, scope_value, period,
                          limit_nano_usd, thresholds, action, created_at, updated_at)
                        VALUES (:id, :workspace, :name, :scope, :scopeName, :scopeValue, :period,
                          :limit, :thresholds, :action, :created, :updated)
                        """)
                .bind("id", budget.id())
                .bind("workspace", budget.workspaceId())
                .bind("name", budget.name())
                .bind("scope", BudgetJson.type(budget.scope()))
                .bind("scopeName", scopeName(budget.scope()))
                .bind("scopeValue", scopeValue(budget.scope()))
                .bind("period", budget.period().wireName())
                .bind("limit", budget.limitNanoUsd())
                .bind("thresholds", Json.text(BudgetJson.thresholds(budget.thresholds())))
                .bind("action", budget.action().wireName())
                .bind("created", budget.createdAt().toEpochMilli())
                .bind("updated", budget.updatedAt().toEpochMilli())
                .execute();
    }

    /** Writes what can be changed. */
    void update(Tx tx, Budget budget) {
        tx.handle()
                .createUpdate("""
                        UPDATE budget SET name = :name, limit_nano_usd = :limit, thresholds = :thresholds,
                          action = :action, updated_at = :updated
                        WHERE id = :id
                        """)
                .bind("name", budget.name())
                .bind("limit", budget.limitNanoUsd())
                .bind("thresholds", Json.text(BudgetJson.thresholds(budget.thresholds())))
                .bind("action", budget.action().wireName())
                .bind("updated", budget.updatedAt().toEpochMilli())
                .bind("id", budget.id())
                .execute();
    }

    /** The budget with all that was counted. @return how many rows */
    int delete(Tx tx, String id) {
        int rows = 0;
        for (var table : List.of("budget_reservation", "budget_crossing", "budget_period")) {
            rows += tx.handle()
                    .createUpdate("DELETE FROM " + table + " WHERE budget_id = :id")
                    .bind("id", id)
                    .execute();
        }
        return rows
                + tx.handle()
                        .createUpdate("DELETE FROM budget WHERE id = :id")
                        .bind("id", id)
                        .execute();
    }

    Optional<Budget> budget(Tx tx, String workspaceId, String id) {
        return tx.handle()
                .createQuery("SELECT " + COLUMNS + " FROM budget WHERE workspace_id = :workspace AND id = :id")
                .bind("workspace", workspaceId)
                .bind("id", id)
                .map((row, context) -> budget(row))
                .findFirst();
    }

    /** Newest first, those below {@code below}. */
    List<Budget> budgets(Tx tx, String workspaceId, @Nullable String below, int limit) {
        var query = tx.handle()
                .createQuery("SELECT " + COLUMNS + " FROM budget WHERE workspace_id = :workspace"
                        + (below == null ? "" : " AND id < :below") + " ORDER BY id DESC LIMIT :limit")
                .bind("workspace", workspaceId)
                .bind("limit", limit);
        if (below != null) {
            query.bind("below", below);
        }
        return query.map((row, context) -> budget(row)).list();
    }

    /** At most {@code most} periods of this kind that began before {@code start}, with their crossings. @return how many */
    int deletePeriods(Tx tx, Period period, Instant start, int most) {
        record Old(String budgetId, long start) {}
        var old = tx.handle()
                .createQuery("""
                        SELECT p.budget_id, p.period_start FROM budget b JOIN budget_period p ON p.budget_id = b.id
                        WHERE b.period = :period AND p.period_start < :start AND p.reserved_nano_usd = 0 LIMIT :most
                        """)
                .bind("period", period.wireName())
                .bind("start", start.toEpochMilli())
                .bind("most", most)
                .map((row, context) -> new Old(row.getString(1), row.getLong(2)))
                .list();
        for (var table : List.of("budget_crossing", "budget_period")) {
            if (!old.isEmpty()) {
                var delete = tx.handle()
                        .prepareBatch("DELETE FROM " + table + " WHERE budget_id = :id AND period_start = :start");
                old.forEach(each -> delete.bind("id", each.budgetId())
                        .bind("start", each.start())
                        .add());
                delete.execute();
            }
        }
        return old.size();
    }

    /** A period of a budget. */
    record Latest(Instant start, Sums sums) {}

    /** The latest period of each of these budgets that has one, by the budget's id. */
    Map<String, Latest> latest(Tx tx, Collection<String> ids) {
        var all = new HashMap<String, Latest>();
        if (!ids.isEmpty()) {
            tx.handle()
                    .createQuery("""
                            SELECT budget_id, period_start, spent_nano_usd, reserved_nano_usd, unpriced
                            FROM budget_period p
                            WHERE budget_id IN (<ids>)
                              AND period_start = (SELECT max(period_start) FROM budget_period WHERE budget_id = p.budget_id)
                            """)
                    .bindList("ids", List.copyOf(ids))
                    .map((row, context) -> all.put(
                            row.getString(1),
                            new Latest(
                                    Instant.ofEpochMilli(row.getLong(2)),
                                    new Sums(row.getLong(3), row.getLong(4), row.getLong(5)))))
                    .list();
        }
        return all;
    }

    /** What was reached in a period, the lowest threshold first. */
    List<Crossing> crossings(Tx tx, String budgetId, Instant period) {
        return tx.handle()
                .createQuery("""
                        SELECT threshold_percent, crossed_at, spent_nano_usd FROM budget_crossing
                        WHERE budget_id = :id AND period_start = :period ORDER BY threshold_percent
                        """)
                .bind("id", budgetId)
                .bind("period", period.toEpochMilli())
                .map((row, context) ->
                        new Crossing(row.getInt(1), Instant.ofEpochMilli(row.getLong(2)), row.getLong(3)))
                .list();
    }

    void uncross(Tx tx, String budgetId, Instant period, int percent) {
        tx.handle()
                .createUpdate("""
                        DELETE FROM budget_crossing
                        WHERE budget_id = :id AND period_start = :period AND threshold_percent = :percent
                        """)
                .bind("id", budgetId)
                .bind("period", period.toEpochMilli())
                .bind("percent", percent)
                .execute();
    }

    private static Budget budget(ResultSet row) throws SQLException {
        var thresholds = new ArrayList<Integer>();
        Json.parse(row.getString(9)).forEach(percent -> thresholds.add(percent.intValue()));
        return new Budget(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                scope(row.getString(4), row.getString(5), row.getString(6)),
                Period.valueOf(row.getString(7).toUpperCase(Locale.ROOT)),
                row.getLong(8),
                thresholds,
                Action.valueOf(row.getString(10).toUpperCase(Locale.ROOT)),
                Instant.ofEpochMilli(row.getLong(11)),
                Instant.ofEpochMilli(row.getLong(12)));
    }

    private static Scope scope(String type, @Nullable String name, @Nullable String value) {
        return switch (type) {
            case BudgetJson.WORKSPACE -> new Scope.Workspace();
            case BudgetJson.API_KEY -> new Scope.ApiKey(String.valueOf(name));
            case BudgetJson.PROVIDER -> new Scope.Provider(String.valueOf(name));
            case BudgetJson.MODEL -> new Scope.Model(String.valueOf(name), String.valueOf(value));
            case BudgetJson.METADATA -> new Scope.Metadata(String.valueOf(name), String.valueOf(value));
            default -> throw new IllegalStateException("no scope is called " + type);
        };
    }

    private static @Nullable String scopeName(Scope scope) {
        return switch (scope) {
            case Scope.Workspace workspace -> null;
            case Scope.ApiKey key -> key.apiKeyId();
            case Scope.Provider provider -> provider.provider();
            case Scope.Model model -> model.provider();
            case Scope.Metadata metadata -> metadata.key();
        };
    }

    private static @Nullable String scopeValue(Scope scope) {
        return switch (scope) {
            case Scope.Workspace workspace -> null;
            case Scope.ApiKey key -> null;
            case Scope.Provider provider -> null;
            case Scope.Model model -> model.model();
            case Scope.Metadata metadata -> metadata.value();
        };
    }
}
