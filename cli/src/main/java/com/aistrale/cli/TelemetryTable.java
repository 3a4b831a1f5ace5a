package com.aistrale.cli;

import com.aistrale.InferenceRecord;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Records as a table with their sums below. */
record TelemetryTable(Io io) {
    static Records<InferenceRecord> records() {
        return Records.of(InferenceRecord::toJson)
                .text("TIME", "created_at", InferenceRecord::createdAt)
                .text("ID", "id", InferenceRecord::id)
                .text("STATUS", "status", InferenceRecord::status)
                .shown("MODEL", TelemetryTable::model)
                .named("provider", InferenceRecord::provider)
                .named("model", record -> record.model() == null ? record.requestedModel() : record.model())
                .number("IN", "input_tokens", TelemetryTable::input)
                .number("OUT", "output_tokens", TelemetryTable::output)
                .number("COST", record -> cost(record.costUsd()), "cost_usd", InferenceRecord::costUsd)
                .number("LATENCY", record -> latency(record.latencyMs()), "latency_ms", InferenceRecord::latencyMs)
                .named("time_to_first_token_ms", InferenceRecord::timeToFirstTokenMs)
                .named("finish_reason", InferenceRecord::finishReason)
                .named("prompt", TelemetryTable::prompt)
                .named("session_id", InferenceRecord::sessionId)
                .named("trace_id", InferenceRecord::traceId)
                .named("api_key_id", InferenceRecord::apiKeyId)
                .named("client", InferenceRecord::client)
                .named("error_code", TelemetryTable::errorCode)
                .named("metadata", InferenceRecord::metadata)
                .total(TelemetryTable::total);
    }

    void print(List<InferenceRecord> rows) {
        records().table(rows).print(io);
        io.out().println(total(rows));
        io.out().flush();
    }

    private static @Nullable String prompt(InferenceRecord record) {
        var prompt = record.prompt();
        return prompt == null ? null : prompt.name() + "@" + prompt.version();
    }

    private static @Nullable String errorCode(InferenceRecord record) {
        var error = record.error();
        return error == null ? null : error.code();
    }

    /** One record as it comes, before anybody knows how wide the others are. */
    static String line(InferenceRecord record) {
        return String.format(
                Locale.ROOT,
                "%s  %-11s  %-32s  %6s in  %6s out  %10s  %9s  %s",
                Times.local(record.createdAt()),
                Io.line(record.status()),
                Io.line(model(record)),
                tokens(input(record)),
                tokens(output(record)),
                cost(record.costUsd()),
                latency(record.latencyMs()),
                Io.line(record.id()));
    }

    private static String model(InferenceRecord record) {
        var model = record.model() == null ? record.requestedModel() : record.model();
        if (record.provider() == null) {
            return model == null ? "-" : model;
        }
        return model == null ? record.provider() : record.provider() + "/" + model;
    }

    private static String total(List<InferenceRecord> records) {
        var costs = records.stream()
                .map(InferenceRecord::costUsd)
                .filter(Objects::nonNull)
                .toList();
        var sum = costs.stream().map(Objects::requireNonNull).reduce(BigDecimal.ZERO, BigDecimal::add);
        var unknown = records.size() - costs.size();
        var cost = costs.isEmpty()
                ? "cost unknown"
                : cost(sum) + (unknown == 0 ? "" : " (cost of " + unknown + " unknown)");
        return String.format(
                Locale.ROOT,
                "Total: %,d %s, %s input tokens, %s output tokens, %s",
                records.size(),
                records.size() == 1 ? "inference" : "inferences",
                sum(records, TelemetryTable::input),
                sum(records, TelemetryTable::output),
                cost);
    }

    /** The sum of what is known, "-" where nothing is. */
    private static String sum(List<InferenceRecord> records, Function<InferenceRecord, @Nullable Long> tokens) {
        var known = records.stream().map(tokens).filter(Objects::nonNull).toList();
        return known.isEmpty()
                ? "-"
                : String.format(
                        Locale.ROOT,
                        "%,d",
                        known.stream().mapToLong(Long::longValue).sum());
    }

    private static @Nullable Long input(InferenceRecord record) {
        var usage = record.usage();
        return usage == null ? null : usage.inputTokens();
    }

    private static @Nullable Long output(InferenceRecord record) {
        var usage = record.usage();
        return usage == null ? null : usage.outputTokens();
    }

    static String tokens(@Nullable Long tokens) {
        return tokens == null ? "-" : tokens.toString();
    }

    /** Every digit that is known, and at least cents. */
    static String cost(@Nullable BigDecimal usd) {
        if (usd == null) {
            return "-";
        }
        var shortest = usd.stripTrailingZeros();
        return "$" + (shortest.scale() < 2 ? usd.setScale(2) : shortest).toPlainString();
    }

    static String latency(@Nullable Long millis) {
        if (millis == null) {
            return "-";
        }
        return millis < 10_000 ? millis + " ms" : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
}
