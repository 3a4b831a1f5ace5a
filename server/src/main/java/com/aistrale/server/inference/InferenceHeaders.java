package com.aistrale.server.inference;

import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.telemetry.RecordJson;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;

/** The headers that tell an inference's record, on every surface. */
public final class InferenceHeaders {
    private static final HeaderName ID = HeaderNames.create("x-aistrale-inference-id");
    private static final HeaderName PROVIDER = HeaderNames.create("x-aistrale-provider");
    private static final HeaderName COST = HeaderNames.create("x-aistrale-cost-usd");

    private InferenceHeaders() {}

    /** To be called before the head leaves, be it of an answer or of a problem: only then is it known who answers. */
    public static void set(Exchange exchange, Running running) {
        exchange.setHeader(ID, running.id());
        exchange.setHeader(PROVIDER, running.provider());
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
        var result = answer.record().result();
        if (result != null && result.charge().nanoUsd() != null) {
            exchange.setHeader(COST, RecordJson.usd(result.charge().nanoUsd()).toPlainString());
        }
    }
}
