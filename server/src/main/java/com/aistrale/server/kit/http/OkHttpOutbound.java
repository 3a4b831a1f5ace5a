package com.aistrale.server.kit.http;

import java.io.IOException;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * {@link Outbound} by OkHttp, for providers.
 *
 * <p>HTTP/1.1 only: one connection carries one call, so that a slow reader holds back its own provider call through
 * TCP, with no stream windows buffered here, and a lost connection ends one call. No compression is asked for: events of
 * a stream are small and must come through at once, which intermediaries that compress do not guarantee, and inflating
 * every answer would cost CPU on the hot path to save bandwidth that a server has.
 */
public final class OkHttpOutbound implements Outbound {
    private final OkHttpCalls calls;
    private final LongSupplier nanoTime;

    /** @param userAgent what requests without a {@code user-agent} of their own say */
    public OkHttpOutbound(String userAgent) {
        this(userAgent, System::nanoTime);
    }

    OkHttpOutbound(String userAgent, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.calls = new OkHttpCalls(userAgent, nanoTime, UnaryOperator.identity());
    }

    @Override
    public Response send(Request request) throws IOException {
        return calls.send(
                request, null, (response, call, attempt) -> new OkHttpResponse(response, request, attempt, nanoTime));
    }

    @Override
    public void close() {
        calls.close();
    }

    /** How many connections stand, in use or idle. */
    int connections() {
        return calls.connections();
    }
}
