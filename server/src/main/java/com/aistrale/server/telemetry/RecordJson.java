package com.aistrale.server.telemetry;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.telemetry.InferenceRecord.Attempt;
import com.aistrale.server.telemetry.InferenceRecord.Charge;
import com.aistrale.server.telemetry.InferenceRecord.Failure;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.Result;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Records on the wire, and the parts of them that the table keeps as JSON. */
public final class RecordJson {
    private RecordJson() {}

    public static ObjectNode of(InferenceRecord record) {
        var origin = record.origin();
        var result = record.result();
        var json = Json.object();
        json.put("id", record.id());
        json.put("status", record.status().wireName());
        json.put("created_at", Json.time(record.createdAt()));
        json.put("completed_at", record.completedAt() == null ? null : Json.time(record.completedAt()));
        json.put("provider", record.provider());
        json.put("model", record.model());
        json.put("requested_model", origin.requestedModel());
        json.set("prompt", prompt(origin));
        json.put("session_id", origin.sessionId());
        json.put("trace_id", origin.trace() == null ? null : origin.trace().traceId());
        json.put(
                "parent_span_id", origin.trace() == null ? null : origin.trace().parentSpanId());
        json.put("api_key_id", origin.apiKeyId());
        json.put("client", origin.client());
        json.put("streamed", origin.streamed());
        putResult(json, result);
        var failure = result == null ? null : result.failure();
        if (failure == null) {
            json.putNull("error");
        } else {
            json.set("error", failure(failure));
        }
        json.set("metadata", metadata(origin.metadata()));
        return json;
    }

    private static ObjectNode failure(Failure failure) {
        return Json.object()
                .put("code", failure.code())
                .put("message", failure.message())
                .put("provider", failure.provider())
                .put("upstream_status", failure.upstreamStatus());
    }

    /** Which version of which prompt was rendered; null without one. */
    public static @Nullable ObjectNode prompt(Origin origin) {
        var prompt = origin.prompt();
        return prompt == null ? null : Json.object().put("name", prompt.name()).put("version", prompt.version());
    }

    /** The fields that records and answers share. */
    public static void putResult(ObjectNode json, @Nullable Result result) {
        json.put("finish_reason", result == null ? null : result.finishReason());
        json.set("usage", usage(result == null ? null : result.usage()));
        putCharge(json, result == null ? Charge.UNKNOWN : result.charge());
        json.put("latency_ms", result == null ? null : result.latencyMs());
        json.put("time_to_first_token_ms", result == null ? null : result.timeToFirstTokenMs());
        json.set("attempts", attempts(result == null ? List.of() : result.attempts()));
    }

    private static void putCharge(ObjectNode json, Charge charge) {
        json.put("cost_usd", charge.nanoUsd() == null ? null : usd(charge.nanoUsd()));
        json.put("cost_source", charge.source());
    }

    /** Exact to a nano-dollar, without trailing zeros. (JSON may say 1E-9, which is the same number.) */
    public static BigDecimal usd(long nanoUsd) {
        var exact = BigDecimal.valueOf(nanoUsd, 9).stripTrailingZeros();
        return exact.scale() < 0 ? exact.setScale(0) : exact;
    }

    public static @Nullable ObjectNode usage(@Nullable Usage usage) {
        if (usage == null) {
            return null;
        }
        return Json.object()
                .put("input_tokens", usage.inputTokens())
                .put("output_tokens", usage.outputTokens())
                .put("cached_input_tokens", usage.cachedInputTokens())
                .put("cache_write_input_tokens", usage.cacheWriteInputTokens())
                .put("reasoning_tokens", usage.reasoningTokens())
                .put("total_tokens", usage.totalTokens());
    }

    public static ArrayNode attempts(List<Attempt> attempts) {
        var json = Json.array();
        for (var attempt : attempts) {
            json.addObject()
                    .put("provider", attempt.provider())
                    .put("model", attempt.model())
                    .put("outcome", attempt.outcome())
                    .put("latency_ms", attempt.latencyMs())
                    .put("token_id", attempt.tokenId())
                    .put("upstream_status", attempt.upstreamStatus());
        }
        return json;
    }

    static List<Attempt> attempts(String json) {
        var all = new ArrayList<Attempt>();
        for (var attempt : Json.parse(json)) {
            all.add(new Attempt(
                    attempt.get("provider").stringValue(),
                    attempt.get("model").stringValue(),
                    attempt.get("outcome").stringValue(),
                    attempt.get("latency_ms").longValue(),
                    attempt.path("token_id").stringValue(null),
                    attempt.path("upstream_status").isInt()
                            ? attempt.get("upstream_status").intValue()
                            : null));
        }
        return all;
    }

    public static ObjectNode metadata(Map<String, String> metadata) {
        var json = Json.object();
        metadata.forEach(json::put);
        return json;
    }

    /** The data of {@code inference.completed} and {@code inference.failed}. */
    static ObjectNode event(InferenceRecord record) {
        Origin origin = record.origin();
        var result = record.result();
        var json = Json.object();
        json.put("inference_id", record.id());
        json.put("session_id", origin.sessionId());
        json.put("provider", record.provider());
        json.put("model", record.model());
        json.set("prompt", prompt(origin));
        json.put("finish_reason", result == null ? null : result.finishReason());
        json.set("usage", usage(result == null ? null : result.usage()));
        putCharge(json, result == null ? Charge.UNKNOWN : result.charge());
        json.put("latency_ms", result == null ? null : result.latencyMs());
        json.set("metadata", metadata(origin.metadata()));
        if (result != null && result.failure() != null) {
            var failure = result.failure();
            json.set("error", failure(failure));
            json.set("attempts", attempts(result.attempts()));
        }
        return json;
    }
}
