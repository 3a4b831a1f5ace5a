package com.aistrale.cli;

import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is shown of one kind of record, said once: the columns of a table that people read, and the named values that programs do. A
 * column is in both unless it is made for one of them.
 */
final class Records<T> {
    /**
     * @param head what stands above it in a table; null where it is for programs only
     * @param name what a program calls it, in snake_case; null where it is for people only
     */
    private record Column<T>(
            @Nullable String head,
            boolean right,
            Function<T, String> cell,
            @Nullable String name,
            Function<T, @Nullable Object> value) {}

    private final @Nullable Function<T, String> json;
    private final List<Column<T>> columns = new ArrayList<>();
    private @Nullable Function<List<T>, String> total;

    private Records(@Nullable Function<T, String> json) {
        this.json = json;
    }

    /** @param json a record as the server gave it */
    static <T> Records<T> of(Function<T, String> json) {
        return new Records<>(json);
    }

    /** Of records that are made here: their named values are their JSON. */
    static <T> Records<T> own() {
        return new Records<>(null);
    }

    Records<T> text(String head, String name, Function<T, @Nullable Object> value) {
        return add(head, false, row -> shown(value.apply(row)), name, value);
    }

    /** @param cell how people read it */
    Records<T> text(String head, Function<T, String> cell, String name, Function<T, @Nullable Object> value) {
        return add(head, false, cell, name, value);
    }

    /** Aligned to the right. */
    Records<T> number(String head, String name, Function<T, @Nullable Object> value) {
        return add(head, true, row -> shown(value.apply(row)), name, value);
    }

    /** @param cell how people read it, with its unit */
    Records<T> number(String head, Function<T, String> cell, String name, Function<T, @Nullable Object> value) {
        return add(head, true, cell, name, value);
    }

    /** For people only. */
    Records<T> shown(String head, Function<T, String> cell) {
        return add(head, false, cell, null, row -> null);
    }

    /** For programs only. */
    Records<T> named(String name, Function<T, @Nullable Object> value) {
        return add(null, false, row -> "", name, value);
    }

    /** A line below the table, of all that is in it. */
    Records<T> total(Function<List<T>, String> line) {
        total = line;
        return this;
    }

    private Records<T> add(
            @Nullable String head,
            boolean right,
            Function<T, String> cell,
            @Nullable String name,
            Function<T, @Nullable Object> value) {
        columns.add(new Column<>(head, right, cell, name, value));
        return this;
    }

    String json(T row) {
        return json == null ? object(row) : json.apply(row);
    }

    Table table(List<T> rows) {
        var shown = columns.stream().filter(column -> column.head() != null).toList();
        var right = new ArrayList<Integer>();
        for (var i = 0; i < shown.size(); i++) {
            if (shown.get(i).right()) {
                right.add(i);
            }
        }
        var table = new Table(
                shown.stream().map(column -> String.valueOf(column.head())).toList(), right.toArray(Integer[]::new));
        rows.forEach(row ->
                table.row(shown.stream().map(column -> column.cell().apply(row)).toArray(String[]::new)));
        return table;
    }

    @Nullable
    String totalOf(List<T> rows) {
        return total == null ? null : total.apply(rows);
    }

    List<String> names() {
        return columns.stream()
                .map(Column::name)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    /** The values as programs read them, by {@link #names()}; empty where one is not known. */
    List<String> values(T row) {
        return columns.stream()
                .filter(column -> column.name() != null)
                .map(column -> plain(column.value().apply(row)))
                .toList();
    }

    private String object(T row) {
        var object = new LinkedHashMap<String, @Nullable Object>();
        for (var column : columns) {
            if (column.name() != null) {
                object.put(column.name(), typed(column.value().apply(row)));
            }
        }
        return Json.write(object);
    }

    private static @Nullable Object typed(@Nullable Object value) {
        return value instanceof Instant time ? time.toString() : value;
    }

    private static String shown(@Nullable Object value) {
        return switch (value) {
            case null -> "-";
            case Instant time -> Times.local(time);
            case List<?> list ->
                list.isEmpty() ? "-" : list.stream().map(String::valueOf).collect(Collectors.joining(", "));
            case Object other -> other.toString();
        };
    }

    private static String plain(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case BigDecimal number ->
                number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
            case List<?> list -> list.stream().map(String::valueOf).collect(Collectors.joining(","));
            case Map<?, ?> map -> map.isEmpty() ? "" : Json.write(map);
            case Object other -> other.toString(); // an Instant is RFC 3339 in UTC
        };
    }
}
