package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the server recorded of the workspace's inferences, and of the steps around them. Used by several threads at once; every method
 * throws an {@link AistraleException} where the server does not answer with what was asked for.
 */
public final class Telemetry {
    private static final String PATH = "/api/v1/telemetry";
    private static final String TRACES = "/api/v1/traces";
    private final Exchange exchange;

    Telemetry(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * The records that match, the newest first.
     *
     * @param query which; {@code TelemetryQuery.builder().build()} for all
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<InferenceRecord> list(TelemetryQuery query) {
        return new Paged<>(exchange, PATH, query.parameters(), InferenceRecord::read);
    }

    /**
     * Counts, times, tokens and costs of the records that match, in groups.
     *
     * @param query which; without a time those of the last 24 hours
     * @param groupBy at most two of {@code model}, {@code provider}, {@code prompt}, {@code session_id}, {@code api_key_id}, {@code client},
     *     {@code status} and {@code metadata.KEY}; none for one group of all
     * @return at most 1,000 groups, the largest first
     */
    public TelemetrySummary summary(TelemetryQuery query, String... groupBy) {
        return summary(query, null, groupBy);
    }

    /**
     * The same in steps of time.
     *
     * @param query which; without a time those of the last 24 hours
     * @param interval how long a step is: {@code 1m}, {@code 5m}, {@code 15m}, {@code 1h}, {@code 6h} or {@code 1d}; null for one step
     * @param groupBy as above
     * @return one group for each group and step that has something
     */
    public TelemetrySummary summary(TelemetryQuery query, @Nullable String interval, List<String> groupBy) {
        return summary(query, interval, groupBy.toArray(String[]::new));
    }

    private TelemetrySummary summary(TelemetryQuery query, @Nullable String interval, String... groupBy) {
        var parameters = new TreeMap<>(query.filters());
        if (groupBy.length > 0) {
            parameters.put("group_by", String.join(",", groupBy));
        }
        if (interval != null) {
            parameters.put("interval", interval);
        }
        var call = Call.get(Call.target(PATH + "/summary", parameters));
        return exchange.object(call, "summary", TelemetrySummary::read);
    }

    /**
     * All records that match, the newest first, as a file of any size: it is held in memory neither here nor there. Only admins may.
     *
     * @param query which; {@code TelemetryQuery.builder().build()} for all
     * @param format {@code jsonl}, a JSON object on each line, or {@code csv}
     * @return to be closed; it takes as long as it takes
     */
    public TelemetryExport export(TelemetryQuery query, String format) {
        var parameters = new TreeMap<>(query.filters());
        parameters.put("format", format);
        var call = Call.get(Call.target(PATH + "/export", parameters)).with("accept", "*/*");
        return TelemetryExport.open(exchange, call.within(AistraleBuilder.A_HUNDRED_YEARS));
    }

    /**
     * The records that match as their inferences end, from now on. A lost connection is made again, and goes on where it was.
     *
     * @param query which, without a time
     * @return to be closed; it does not end by itself
     */
    public TelemetryStream stream(TelemetryQuery query) {
        return TelemetryStream.open(exchange, Call.target(PATH + "/stream", query.filters()));
    }

    /**
     * Records steps around inferences. May be done again: a span of the same trace and id is taken once.
     *
     * @param spans at most 1,000
     * @return how many the server took
     */
    public long addSpans(List<Span> spans) {
        var body = Map.of("spans", spans.stream().map(Span::json).collect(Collectors.toList()));
        var call = Call.post(PATH + "/spans", body).asRepeatable();
        return exchange.object(call, "answer", fields -> fields.integer("accepted"));
    }

    /**
     * The traces, the newest first.
     *
     * @param query which, by time and conversation; the server refuses what else it says
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<Trace> traces(TelemetryQuery query) {
        return new Paged<>(exchange, TRACES, query.parameters(), Trace::read);
    }

    /**
     * One trace with what is in it. Of a large one that is a part of its spans: see {@link TraceDetail#nextCursor()}.
     *
     * @param id its trace id
     * @return spans in the order of their begin
     * @throws NotFoundException if there is none with this id
     */
    public TraceDetail trace(String id) {
        return trace(id, null);
    }

    /**
     * The same with the next spans.
     *
     * @param id its trace id
     * @param cursor the {@link TraceDetail#nextCursor()} of the page before, null for the first page
     * @return spans in the order of their begin
     * @throws NotFoundException if there is none with this id
     */
    public TraceDetail trace(String id, @Nullable String cursor) {
        var path = Call.path(TRACES, id);
        var target = cursor == null ? path : Call.target(path, Map.of("cursor", cursor));
        return exchange.object(Call.get(target), "trace", TraceDetail::read);
    }

    /**
     * Deletes for ever what was recorded of an end user: every inference with {@code metadata.user} of this value, with what was asked and
     * answered, and their spans. Only admins may.
     *
     * @param user the value of {@code metadata.user}
     * @return how much was deleted
     */
    public Deletion deleteUser(String user) {
        return exchange.object(Call.post(PATH + "/deletions", Map.of("user", user)), "deletion", Deletion::read);
    }

    /**
     * How much was deleted.
     *
     * @param inferences records
     * @param spans steps around them
     */
    public record Deletion(long inferences, long spans) {
        static Deletion read(Fields fields) {
            return new Deletion(fields.integer("deleted_inferences"), fields.integer("deleted_spans"));
        }
    }
}
