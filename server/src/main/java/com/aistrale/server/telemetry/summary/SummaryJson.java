package com.aistrale.server.telemetry.summary;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.telemetry.RecordJson;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A summary on the wire. */
final class SummaryJson {
    private SummaryJson() {}

    static ObjectNode of(SummaryQuery query, SummaryTable.Lines lines) {
        var json = Json.object();
        json.put("since", Json.time(query.since()));
        json.put("until", Json.time(query.until()));
        var groups = json.putArray("groups");
        for (var line : lines.lines()) {
            line.cells()
                    .forEach((start, cell) ->
                            cell(groups, query.by(), line.group(), query.interval() == null ? null : start, cell));
        }
        json.put("truncated", lines.truncated());
        return json;
    }

    private static void cell(
            ArrayNode into, List<Dimension> by, SummaryTable.Group group, @Nullable Long start, Cell cell) {
        var json = into.addObject();
        var values = json.putObject("group");
        if (!by.isEmpty()) {
            values.put(by.getFirst().wireName(), group.first());
        }
        if (by.size() > 1) {
            values.put(by.get(1).wireName(), group.second());
        }
        json.put("bucket_start", start == null ? null : Json.time(Instant.ofEpochMilli(start)));
        json.put("count", cell.count());
        json.put("errors", cell.errors());
        percentiles(json.putObject("latency_ms"), cell.latency());
        percentiles(json.putObject("time_to_first_token_ms"), cell.timeToFirstToken());
        json.put("input_tokens", cell.inputTokens());
        json.put("output_tokens", cell.outputTokens());
        json.put("cost_usd", cell.costNanoUsd() == null ? null : RecordJson.usd(cell.costNanoUsd()));
        json.put("cost_unknown", cell.costUnknown());
    }

    private static void percentiles(ObjectNode json, Distribution distribution) {
        json.put("p50", distribution.percentile(50));
        json.put("p95", distribution.percentile(95));
        json.put("p99", distribution.percentile(99));
    }
}
