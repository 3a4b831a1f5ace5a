package com.aistrale.server.kit.sql;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes all rows from a SQLite file to an empty PostgreSQL, in one transaction: all of them, or none. The tables are read
 * from the file, so one that a later schema adds is taken too.
 */
public final class Move {
    private static final int BATCH = 1000;

    /** Of the process that writes, and of no other. */
    private static final Set<String> LEFT = Set.of("flyway_schema_history", "probe", "node", "lease");

    /** All events have come in this transaction, in their order: who stood among them stands there still. */
    private static final String PLACES =
            "UPDATE event_reader SET transaction_id = CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)";

    private final Connection from;
    private final Connection to;

    private Move(Connection from, Connection to) {
        this.from = from;
        this.to = to;
    }

    /**
     * Moves. Nobody may write to the file meanwhile, which the caller sees to. Both schemas are brought up to date.
     *
     * @return the rows by table, in the order in which they were written
     * @throws SQLException in words that say what stands against it; then nothing was written
     */
    public static Map<String, Long> run(Path source, DatabaseUrl target) throws SQLException {
        Sqlite.open(source).close();
        Postgres.open(target).close();
        var driver = Postgres.of(target);
        try (var from = DriverManager.getConnection("jdbc:sqlite:" + source);
                var to = driver.connect(Map.of("socketTimeout", "0", "reWriteBatchedInserts", "true"))) {
            from.setAutoCommit(false); // one snapshot
            to.setAutoCommit(false);
            return new Move(from, to).all();
        }
    }

    private Map<String, Long> all() throws SQLException {
        var tables = tables();
        var columns = new LinkedHashMap<String, Map<String, Integer>>();
        for (var table : tables) {
            columns.put(table, columns(table));
        }
        execute(to, "LOCK TABLE " + String.join(", ", quoted(tables)) + " IN EXCLUSIVE MODE");
        for (var table : tables) {
            if (count(to, table) > 0) {
                throw new SQLException("the target is not empty: its table " + table
                        + " has rows. Give it a database that no server was started on");
            }
        }
        var moved = new LinkedHashMap<String, Long>();
        for (var table : tables) {
            copy(table, columns.getOrDefault(table, Map.of()));
            long there = count(from, table);
            long here = count(to, table);
            if (there != here) {
                throw new SQLException("of " + there + " rows of " + table + " " + here + " arrived");
            }
            moved.put(table, here);
        }
        execute(to, PLACES);
        to.commit();
        return moved;
    }

    /** Those that are referred to come before those that refer to them. */
    private List<String> tables() throws SQLException {
        var left = new ArrayList<String>();
        try (var statement = from.createStatement();
                var row = statement.executeQuery("SELECT name FROM sqlite_master WHERE type = 'table'"
                        + " AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name")) {
            while (row.next()) {
                if (!LEFT.contains(row.getString(1))) {
                    left.add(row.getString(1));
                }
            }
        }
        var references = new HashMap<String, Set<String>>();
        for (var table : left) {
            references.put(table, references(table));
        }
        var ordered = new ArrayList<String>();
        while (!left.isEmpty()) {
            var free = left.stream()
                    .filter(table -> ordered.containsAll(references.getOrDefault(table, Set.of())))
                    .toList();
            if (free.isEmpty()) {
                throw new SQLException("tables that refer to each other: " + left);
            }
            ordered.addAll(free);
            left.removeAll(free);
        }
        return ordered;
    }

    private Set<String> references(String table) throws SQLException {
        var found = new HashSet<String>();
        try (var statement = from.prepareStatement("SELECT \"table\" FROM pragma_foreign_key_list(?)")) {
            statement.setString(1, table);
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(row.getString(1));
                }
            }
        }
        found.remove(table);
        return found;
    }

    /** The source's columns with their types in the target. */
    private Map<String, Integer> columns(String table) throws SQLException {
        var there = new HashMap<String, Integer>();
        try (var row = to.getMetaData().getColumns(null, to.getSchema(), table, null)) {
            while (row.next()) {
                there.put(row.getString("COLUMN_NAME"), row.getInt("DATA_TYPE"));
            }
        }
        var columns = new LinkedHashMap<String, Integer>();
        try (var statement = from.prepareStatement("SELECT name FROM pragma_table_info(?)")) {
            statement.setString(1, table);
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    var type = there.get(row.getString(1));
                    if (type == null) {
                        throw new SQLException("the target has no column " + table + "." + row.getString(1));
                    }
                    columns.put(row.getString(1), type);
                }
            }
        }
        return columns;
    }

    private void copy(String table, Map<String, Integer> columns) throws SQLException {
        var names = quoted(columns.keySet());
        var marks = String.join(", ", Collections.nCopies(names.size(), "?"));
        var types = List.copyOf(columns.values());
        try (var read = from.createStatement();
                var rows = read.executeQuery(
                        "SELECT " + String.join(", ", names) + " FROM " + quoted(table) + order(table));
                var write = to.prepareStatement("INSERT INTO " + quoted(table) + " (" + String.join(", ", names)
                        + ") VALUES (" + marks + ")")) {
            int waiting = 0;
            while (rows.next()) {
                for (int i = 0; i < types.size(); i++) {
                    set(write, i + 1, rows.getObject(i + 1), types.get(i));
                }
                write.addBatch();
                if (++waiting == BATCH) {
                    write.executeBatch();
                    waiting = 0;
                }
            }
            if (waiting > 0) {
                write.executeBatch();
            }
        }
        for (var column : columns.keySet()) {
            goOn(table, column);
        }
    }

    /** Numbers that the database gives are given on behind those that it gave, also where their rows were deleted. */
    private void goOn(String table, String column) throws SQLException {
        try (var ask = to.prepareStatement("SELECT pg_get_serial_sequence(?, ?)")) {
            ask.setString(1, quoted(table));
            ask.setString(2, column);
            try (var row = ask.executeQuery()) {
                if (!row.next() || row.getString(1) == null) {
                    return;
                }
                long given = given(table);
                execute(
                        to,
                        "SELECT setval('" + row.getString(1) + "', greatest(coalesce(max(" + quoted(column) + "), 1), "
                                + given + "), count(*) > 0 OR " + given + " > 0) FROM " + quoted(table));
            }
        }
    }

    /** The highest number that the source gave; 0 where it never gave one. */
    private long given(String table) throws SQLException {
        try (var statement = from.prepareStatement("SELECT seq FROM sqlite_sequence WHERE name = ?")) {
            statement.setString(1, table);
            try (var row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /** In the order of the key, which is that of time. */
    private String order(String table) throws SQLException {
        var key = new ArrayList<String>();
        try (var statement = from.prepareStatement("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk")) {
            statement.setString(1, table);
            try (var row = statement.executeQuery()) {
                while (row.next()) {
                    key.add(row.getString(1));
                }
            }
        }
        return key.isEmpty() ? "" : " ORDER BY " + String.join(", ", quoted(key));
    }

    private static void set(PreparedStatement write, int column, @Nullable Object value, int type) throws SQLException {
        switch (value) {
            case null -> write.setNull(column, type);
            case byte[] bytes -> write.setBytes(column, bytes);
            case Number number
            when type == Types.DOUBLE || type == Types.REAL -> write.setDouble(column, number.doubleValue());
            case Number number when type != Types.VARCHAR -> write.setLong(column, number.longValue());
            default -> write.setString(column, PostgresText.storable(value.toString()));
        }
    }

    private static long count(Connection connection, String table) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM " + quoted(table))) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> quoted(Iterable<String> names) {
        var all = new ArrayList<String>();
        names.forEach(name -> all.add(quoted(name)));
        return all;
    }

    private static String quoted(String name) {
        return '"' + name + '"';
    }
}
