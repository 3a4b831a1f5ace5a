package com.aistrale.server.telemetry;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.PostgresText;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.telemetry.InferenceRecord.Charge;
import com.aistrale.server.telemetry.InferenceRecord.Failure;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.PromptUse;
import com.aistrale.server.telemetry.InferenceRecord.Result;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.InferenceRecord.TraceContext;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The table {@code inference}: plain JDBC, as every call passes here. */
final class SqlInferenceStore {
    static final String COLUMNS = """
            id, workspace_id, status, created_at, completed_at, provider, model, requested_model, session_id, \
            api_key_id, client, streamed, finish_reason, input_tokens, output_tokens, cached_input_tokens, \
            cache_write_input_tokens, reasoning_tokens, cost_nano_usd, cost_source, latency_ms, \
            time_to_first_token_ms, attempts, error_code, error_message, error_upstream_status, metadata, \
            prompt_name, prompt_version, trace_id, parent_span_id\
            """;

    /** The whole row, whether or not the begun one was written. An inference ends once. */
    private static final String PUT = write("running");

    /** The whole row, of an inference that another node ended. */
    private static final String CORRECT = write("interrupted");

    private static final String INTERRUPT = """
            UPDATE inference SET status = 'interrupted', completed_at = :now, error_code = 'interrupted',
              error_message = 'The server ended while this inference ran; what the provider did is not known.'
            WHERE status = 'running' AND owner NOT IN (SELECT id FROM node)
            RETURNING workspace_id, id
            """;

    /** An inference by its whole key. */
    record Key(String workspaceId, String id) {}

    /** @param before the status of the rows that it writes over */
    private static String write(String before) {
        return """
            INSERT INTO inference (%s, owner)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (workspace_id, id) DO UPDATE SET
              status = excluded.status, completed_at = excluded.completed_at, provider = excluded.provider,
              model = excluded.model, finish_reason = excluded.finish_reason, input_tokens = excluded.input_tokens,
              output_tokens = excluded.output_tokens, cached_input_tokens = excluded.cached_input_tokens,
              cache_write_input_tokens = excluded.cache_write_input_tokens,
              reasoning_tokens = excluded.reasoning_tokens, cost_nano_usd = excluded.cost_nano_usd,
              cost_source = excluded.cost_source, latency_ms = excluded.latency_ms,
              time_to_first_token_ms = excluded.time_to_first_token_ms, attempts = excluded.attempts,
              error_code = excluded.error_code, error_message = excluded.error_message,
              error_upstream_status = excluded.error_upstream_status
            WHERE inference.status = '%s'
            """.formatted(COLUMNS, before);
    }

    /**
     * Writes a row of an inference that runs.
     *
     * @throws com.aistrale.server.kit.sql.Unchanged perhaps later: it has ended
     */
    void put(Tx tx, InferenceRecord record, String owner) throws SQLException {
        tx.changeOne(PUT, row -> fill(row, record, owner));
    }

    /** Writes a row of an inference that runs, now. @return false when it has ended */
    boolean putNow(Tx tx, InferenceRecord record, String owner) throws SQLException {
        var row = tx.prepare(PUT);
        fill(row, record, owner);
        return row.executeUpdate() == 1;
    }

    /** Writes the final row of an inference that another node ended. @return false when it had its own end already */
    boolean correct(Tx tx, InferenceRecord record, String owner) throws SQLException {
        var row = tx.prepare(CORRECT);
        fill(row, record, owner);
        return row.executeUpdate() == 1;
    }

    private static void fill(PreparedStatement row, InferenceRecord record, String owner) throws SQLException {
        var origin = record.origin();
        var result = record.result();
        var charge = result == null ? Charge.UNKNOWN : result.charge();
        var failure = result == null ? null : result.failure();
        row.setString(1, record.id());
        row.setString(2, origin.workspaceId());
        row.setString(3, record.status().wireName());
        row.setLong(4, record.createdAt().toEpochMilli());
        set(row, 5, record.completedAt() == null ? null : record.completedAt().toEpochMilli());
        row.setString(6, record.provider());
        text(row, 7, record.model());
        text(row, 8, origin.requestedModel());
        text(row, 9, origin.sessionId());
        row.setString(10, origin.apiKeyId());
        text(row, 11, origin.client());
        row.setInt(12, origin.streamed() ? 1 : 0);
        text(row, 13, result == null ? null : result.finishReason());
        setUsage(row, 14, result == null ? null : result.usage());
        set(row, 19, charge.nanoUsd());
        row.setString(20, charge.source());
        set(row, 21, result == null ? null : result.latencyMs());
        set(row, 22, result == null ? null : result.timeToFirstTokenMs());
        row.setString(23, result == null ? "[]" : Json.text(RecordJson.attempts(result.attempts())));
        text(row, 24, failure == null ? null : failure.code());
        text(row, 25, failure == null ? null : failure.message());
        set(row, 26, failure == null || failure.upstreamStatus() == null ? null : (long) failure.upstreamStatus());
        row.setString(27, MetadataText.of(origin.metadata()));
        var prompt = origin.prompt();
        text(row, 28, prompt == null ? null : prompt.name());
        set(row, 29, prompt == null ? null : (long) prompt.version());
        var trace = origin.trace();
        text(row, 30, trace == null ? null : trace.traceId());
        text(row, 31, trace == null ? null : trace.parentSpanId());
        row.setString(32, owner);
    }

    private static void setUsage(PreparedStatement row, int first, @Nullable Usage usage) throws SQLException {
        set(row, first, usage == null ? null : usage.inputTokens());
        set(row, first + 1, usage == null ? null : usage.outputTokens());
        set(row, first + 2, usage == null ? null : usage.cachedInputTokens());
        set(row, first + 3, usage == null ? null : usage.cacheWriteInputTokens());
        set(row, first + 4, usage == null ? null : usage.reasoningTokens());
    }

    private static void set(PreparedStatement row, int column, @Nullable Long value) throws SQLException {
        if (value == null) {
            row.setNull(column, Types.BIGINT);
        } else {
            row.setLong(column, value);
        }
    }

    private static void text(PreparedStatement row, int column, @Nullable String value) throws SQLException {
        row.setString(column, PostgresText.storable(value));
    }

    /** Names what nodes that are gone began and did not end. */
    List<Key> interrupt(Tx tx, Instant now) {
        return tx.handle()
                .createQuery(INTERRUPT)
                .bind("now", now.toEpochMilli())
                .map((row, context) -> new Key(row.getString(1), row.getString(2)))
                .list();
    }

    static InferenceRecord record(ResultSet row) throws SQLException {
        var status = Status.valueOf(row.getString(3).toUpperCase(Locale.ROOT));
        var completed = number(row, 5);
        var provider = row.getString(6);
        var origin = new Origin(
                row.getString(2),
                row.getString(10),
                row.getString(11),
                row.getString(8),
                row.getString(9),
                row.getInt(12) == 1,
                MetadataText.read(row.getString(27)),
                row.getString(28) == null ? null : new PromptUse(row.getString(28), row.getInt(29)),
                row.getString(30) == null ? null : new TraceContext(row.getString(30), row.getString(31)));
        return new InferenceRecord(
                row.getString(1),
                status,
                Instant.ofEpochMilli(row.getLong(4)),
                completed == null ? null : Instant.ofEpochMilli(completed),
                origin,
                provider,
                row.getString(7),
                status == Status.RUNNING ? null : result(row, provider));
    }

    private static Result result(ResultSet row, String provider) throws SQLException {
        var code = row.getString(24);
        var upstream = number(row, 26);
        return new Result(
                row.getString(13),
                usage(row),
                new Charge(number(row, 19), row.getString(20)),
                number(row, 21),
                number(row, 22),
                RecordJson.attempts(row.getString(23)),
                code == null
                        ? null
                        : new Failure(
                                code, row.getString(25), provider, upstream == null ? null : upstream.intValue()));
    }

    private static @Nullable Usage usage(ResultSet row) throws SQLException {
        var input = number(row, 14);
        var output = number(row, 15);
        return input == null && output == null
                ? null
                : new Usage(input, output, number(row, 16), number(row, 17), number(row, 18));
    }

    private static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
