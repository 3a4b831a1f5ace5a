package com.aistrale.server.inference;

import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.RecordJson;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The headers that tell an inference's record, on every surface. */
public final class InferenceHeaders {
    private static final HeaderName ID = HeaderNames.create("x-aistrale-inference-id");
    private static final HeaderName PROVIDER = HeaderNames.create("x-aistrale-provider");
    private static final HeaderName COST = HeaderNames.create("x-aistrale-cost-usd");

    private InferenceHeaders() {}

    /** To be called before the head leaves, be it of an answer or of a problem: only then is it known who answers. */
    public static void set(Exchange exchange, Running running) {
        set(exchange, running.id(), running.provider());
    }

    static void set(Exchange exchange, String inferenceId, String provider) {
        exchange.setHeader(ID, inferenceId);
        exchange.setHeader(PROVIDER, provider);
    }

    /** Waits for the whole answer, and sets its headers; of its failure too. */
    public static Answer complete(Exchange exchange, Running running) {
        try {
            var answer = running.complete();
            setCost(exchange, answer);
            return answer;
        } finally {
            set(exchange, running);
        }
    }

    /** On answers that are not streamed: a stream's cost is not known when its headers leave. */
    private static void setCost(Exchange exchange, Answer answer) {
        var cost = cost(answer.record());
        if (cost != null) {
            exchange.setHeader(COST, cost);
        }
    }

    private static @Nullable String cost(InferenceRecord record) {
        var result = record.result();
        return result == null || result.charge().nanoUsd() == null
                ? null
                : RecordJson.usd(result.charge().nanoUsd()).toPlainString();
    }

    /** What is kept with a whole answer. */
    static Map<String, String> kept(Answer answer) {
        var provider = answer.record().provider();
        var cost = cost(answer.record());
        return cost == null ? kept(provider) : Map.of(PROVIDER.lowerCase(), provider, COST.lowerCase(), cost);
    }

    /** What is kept with a stream. */
    static Map<String, String> kept(String provider) {
        return Map.of(PROVIDER.lowerCase(), provider);
    }

    /** What was kept. */
    static void set(Exchange exchange, String inferenceId, Map<String, String> kept) {
        exchange.setHeader(ID, inferenceId);
        kept.forEach((name, value) -> exchange.setHeader(HeaderNames.create(name), value));
    }
}
