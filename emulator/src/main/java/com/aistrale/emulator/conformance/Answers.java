package com.aistrale.emulator.conformance;

import java.math.BigDecimal;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Whole answers as the contract has them, with what a scenario says about them put over. */
final class Answers {
    /** The id of every scripted inference that has no other. */
    static final String INFERENCE = "inf_06e0q2w3r8s4t5v6w7x8y9z0a1";

    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    private Answers() {}

    /** A whole answer of {@code POST /inferences}: "Hello there", unless the overrides say something else. */
    static ObjectNode inference(JsonNode overrides) {
        String text = overrides.path("text").isString() ? overrides.path("text").stringValue() : "Hello there";
        ObjectNode whole = MAKE.objectNode().put("id", INFERENCE).put("text", text);
        whole.putObject("message").put("role", "assistant").put("content", text);
        whole.putArray("tool_calls");
        whole.put("model", "gpt-4o").put("provider", "openai").put("finish_reason", "stop");
        whole.putObject("usage")
                .put("input_tokens", 9)
                .put("output_tokens", 2)
                .put("cached_input_tokens", 0)
                .putNull("cache_write_input_tokens")
                .put("reasoning_tokens", 0)
                .put("total_tokens", 11);
        whole.put("cost_usd", new BigDecimal("0.0000425")).put("cost_source", "reported");
        whole.put("latency_ms", 412).putNull("time_to_first_token_ms");
        whole.putArray("attempts")
                .addObject()
                .put("provider", "openai")
                .put("model", "gpt-4o")
                .put("outcome", "completed")
                .put("latency_ms", 412)
                .putNull("token_id")
                .put("upstream_status", 200);
        whole.putNull("prompt").putNull("session_id").put("created_at", "2026-11-25T08:30:00.000Z");
        if (overrides.isObject()) {
            JsonNode calls = overrides.path("tool_calls");
            if (!calls.isEmpty() && !overrides.has("message")) {
                ObjectNode message = (ObjectNode) whole.get("message");
                message.set("tool_calls", calls);
                if (text.isEmpty()) {
                    message.putNull("content");
                }
            }
            whole.setAll((ObjectNode) overrides);
        }
        return whole;
    }

    /** The events of a whole stream: a delta for each text, then the whole answer. */
    static ArrayNode stream(JsonNode said) {
        ArrayNode events = MAKE.arrayNode();
        StringBuilder text = new StringBuilder();
        for (JsonNode piece : said.path("texts")) {
            text.append(piece.stringValue());
            ObjectNode event = events.addObject().put("event", "delta").put("id", String.valueOf(events.size()));
            event.putObject("data").put("text", piece.stringValue());
        }
        ObjectNode whole = inference(MAKE.objectNode().put("text", text.toString()));
        whole.put("time_to_first_token_ms", 100);
        if (said.path("inference").isObject()) {
            whole.setAll((ObjectNode) said.path("inference"));
        }
        ObjectNode last = events.addObject().put("event", "completed").put("id", String.valueOf(events.size()));
        last.set("data", whole);
        return events;
    }

    /** The whole record of an inference that its caller ended. */
    static ObjectNode cancelled(String id) {
        ObjectNode whole = MAKE.objectNode().put("id", id).put("status", "cancelled");
        whole.put("created_at", "2026-11-25T08:30:00.000Z").put("completed_at", "2026-11-25T08:30:00.412Z");
        whole.put("provider", "openai")
                .put("model", "gpt-4o")
                .putNull("requested_model")
                .putNull("prompt");
        whole.putNull("session_id").putNull("trace_id").putNull("parent_span_id");
        whole.put("api_key_id", "key_06e0q2w3r8s4t5v6w7x8y9z0a1")
                .putNull("client")
                .put("streamed", true);
        whole.putNull("finish_reason").putNull("usage").putNull("cost_usd").putNull("cost_source");
        whole.put("latency_ms", 412).putNull("time_to_first_token_ms").putArray("attempts");
        whole.putNull("error").putObject("metadata");
        return whole;
    }

    /** A failure in AISTRALE's words (RFC 9457). */
    static ObjectNode problem(int status, String requestId, JsonNode said) {
        ObjectNode whole = MAKE.objectNode()
                .put("type", "about:blank")
                .put("title", "It did not work")
                .put("status", status)
                .put("detail", "It did not work. Try something else.")
                .put("code", "internal")
                .put("request_id", requestId);
        if (said.isObject()) {
            whole.setAll((ObjectNode) said);
        }
        return whole;
    }

    /** What an answer's fields are called that make it one. */
    static final List<String> KINDS = List.of("body", "text", "base64", "sse", "inference", "stream", "problem");
}
