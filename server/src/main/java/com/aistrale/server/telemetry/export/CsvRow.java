package com.aistrale.server.telemetry.export;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.RecordJson;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record as a row of CSV (RFC 4180): lines end in CRLF, a cell with a comma, a quote or a line's end stands in quotes.
 *
 * <p>CSV is for spreadsheets, which run a cell that begins like a formula; and clients, models and error messages are of
 * other people's making. So a text that begins with {@code = + - @}, a tab or a line's end gets an apostrophe before it,
 * as OWASP advises. Numbers and times are never touched; JSONL is the export that is exact to the letter.
 */
final class CsvRow {
    private static final List<String> COLUMNS = List.of(
            "id",
            "status",
            "created_at",
            "completed_at",
            "provider",
            "model",
            "requested_model",
            "prompt_name",
            "prompt_version",
            "session_id",
            "trace_id",
            "parent_span_id",
            "api_key_id",
            "client",
            "streamed",
            "finish_reason",
            "input_tokens",
            "output_tokens",
            "cached_input_tokens",
            "cache_write_input_tokens",
            "reasoning_tokens",
            "total_tokens",
            "cost_usd",
            "cost_source",
            "latency_ms",
            "time_to_first_token_ms",
            "error_code",
            "error_message",
            "error_upstream_status",
            "attempts",
            "metadata");

    static final String HEADER = String.join(",", COLUMNS) + "\r\n";

    private static final String FORMULA = "=+-@\t\r\n";

    private final StringBuilder row = new StringBuilder(400);
    private int cells;

    private CsvRow() {}

    static String of(InferenceRecord record) {
        var origin = record.origin();
        var prompt = origin.prompt();
        var trace = origin.trace();
        return new CsvRow()
                .text(record.id())
                .text(record.status().wireName())
                .plain(Json.time(record.createdAt()))
                .plain(record.completedAt() == null ? null : Json.time(record.completedAt()))
                .text(record.provider())
                .text(record.model())
                .text(origin.requestedModel())
                .text(prompt == null ? null : prompt.name())
                .plain(prompt == null ? null : prompt.version())
                .text(origin.sessionId())
                .text(trace == null ? null : trace.traceId())
                .text(trace == null ? null : trace.parentSpanId())
                .text(origin.apiKeyId())
                .text(origin.client())
                .plain(origin.streamed())
                .result(record.result())
                .text(Json.text(RecordJson.metadata(origin.metadata())))
                .end();
    }

    private CsvRow result(InferenceRecord.@Nullable Result result) {
        if (result == null) {
            for (int i = 0; i < 15; i++) {
                plain(null);
            }
            return this;
        }
        var usage = result.usage();
        var failure = result.failure();
        return text(result.finishReason())
                .plain(usage == null ? null : usage.inputTokens())
                .plain(usage == null ? null : usage.outputTokens())
                .plain(usage == null ? null : usage.cachedInputTokens())
                .plain(usage == null ? null : usage.cacheWriteInputTokens())
                .plain(usage == null ? null : usage.reasoningTokens())
                .plain(usage == null ? null : usage.totalTokens())
                .plain(
                        result.charge().nanoUsd() == null
                                ? null
                                : RecordJson.usd(result.charge().nanoUsd()).toPlainString())
                .text(result.charge().source())
                .plain(result.latencyMs())
                .plain(result.timeToFirstTokenMs())
                .text(failure == null ? null : failure.code())
                .text(failure == null ? null : failure.message())
                .plain(failure == null ? null : failure.upstreamStatus())
                .text(Json.text(RecordJson.attempts(result.attempts())));
    }

    /** What others may have written. */
    private CsvRow text(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return plain(text);
        }
        var safe = FORMULA.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        boolean quoted =
                safe.indexOf(',') >= 0 || safe.indexOf('"') >= 0 || safe.indexOf('\n') >= 0 || safe.indexOf('\r') >= 0;
        return plain(quoted ? '"' + safe.replace("\"", "\"\"") + '"' : safe);
    }

    /** What cannot hold a comma. */
    private CsvRow plain(@Nullable Object value) {
        if (cells++ > 0) {
            row.append(',');
        }
        if (value != null) {
            row.append(value);
        }
        return this;
    }

    private String end() {
        if (cells != COLUMNS.size()) {
            throw new IllegalStateException(cells + " cells under " + COLUMNS.size() + " columns");
        }
        return row.append("\r\n").toString();
    }
}
