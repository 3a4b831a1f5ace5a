package com.aistrale.server.telemetry.summary;

import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.MetadataText;
import com.aistrale.server.telemetry.SqlFilter;
import com.aistrale.server.telemetry.TelemetryFilter;
import com.aistrale.server.telemetry.summary.Dimension.Field;
import com.aistrale.server.telemetry.summary.Dimension.MetadataKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the few columns that a summary needs, page by page by the key. Sorting and counting are done in the server: so one
 * statement serves both databases, a key of the metadata needs no function for JSON, and no read is long.
 */
final class SqlSummaryStore {
    /** The highest id of a page, and whether the page was full. */
    record Read(@Nullable String last, boolean more) {}

    /** The rows after {@code after}, in the order of their ids. */
    Read page(
            Tx tx,
            String workspaceId,
            TelemetryFilter filter,
            List<Dimension> by,
            @Nullable String after,
            int limit,
            Consumer<Row> rows) {
        var where = SqlFilter.of(workspaceId, filter).above(after);
        var select = tx.handle().createQuery("""
                        SELECT id, created_at, status, latency_ms, time_to_first_token_ms, input_tokens, output_tokens,
                          cost_nano_usd, %s, %s
                        FROM inference WHERE %s ORDER BY id LIMIT :limit\
                        """.formatted(column(by, 0), column(by, 1), where.where()));
        return where.bindTo(select).bind("limit", limit).scanResultSet((results, context) -> {
            var result = results.get();
            String last = null;
            int count = 0;
            while (result.next()) {
                last = result.getString(1);
                count++;
                rows.accept(row(result, by));
            }
            return new Read(last, count == limit);
        });
    }

    private static String column(List<Dimension> by, int index) {
        return index >= by.size()
                ? "NULL"
                : switch (by.get(index)) {
                    case Field field ->
                        switch (field) {
                            case MODEL -> "model";
                            case PROVIDER -> "provider";
                            case PROMPT -> "prompt_name";
                            case SESSION_ID -> "session_id";
                            case API_KEY_ID -> "api_key_id";
                            case CLIENT -> "client";
                            case STATUS -> "status";
                        };
                    case MetadataKey key -> "metadata";
                };
    }

    private static Row row(ResultSet row, List<Dimension> by) throws SQLException {
        return new Row(
                value(row, by, 0),
                value(row, by, 1),
                row.getLong(2),
                Status.valueOf(row.getString(3).toUpperCase(Locale.ROOT)),
                number(row, 4),
                number(row, 5),
                row.getLong(6),
                row.getLong(7),
                number(row, 8));
    }

    private static @Nullable String value(ResultSet row, List<Dimension> by, int index) throws SQLException {
        if (index >= by.size()) {
            return null;
        }
        var value = row.getString(9 + index);
        return by.get(index) instanceof MetadataKey key
                ? MetadataText.read(value).get(key.key())
                : value;
    }

    private static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
