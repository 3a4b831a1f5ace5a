package com.aistrale.server.wire.anthropic;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.inference.AsSent;
import com.aistrale.server.inference.KeyedRoutes;
import com.aistrale.server.inference.TokenCounts;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Reading;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;

/**
 * {@code POST /v1/messages}: Anthropic's format, for any model of any provider; and {@code POST
 * /v1/messages/count_tokens}, for those of its own format.
 */
public final class MessagesRoutes {
    private static final HeaderName BETAS = HeaderNames.create("anthropic-beta");

    private static final HeaderName PROVIDER = HeaderNames.create("x-aistrale-provider");

    private final KeyedRoutes runs;
    private final TokenCounts counts;
    private final Guard guard;

    public MessagesRoutes(KeyedRoutes runs, TokenCounts counts, Guard guard) {
        this.runs = runs;
        this.counts = counts;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.post(MessagesSurface.ROUTE, guard.with(Role.MEMBER, this::run))
                .post(MessagesSurface.ROUTE + "/count_tokens", guard.with(Role.MEMBER, this::count));
    }

    private void count(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        var model = MessagesRequest.model(body, reading);
        reading.check();
        var count = counts.count(caller, model, new AsSent.Anthropic(body, exchange.header(BETAS)));
        exchange.setHeader(PROVIDER, count.provider());
        exchange.send(200, "application/json", count.body());
    }

    private void run(Caller caller, Exchange exchange) {
        runs.limits(exchange, caller);
        var sent = exchange.jsonBytes();
        var request = MessagesRequest.read(Json.body(sent), exchange.header(BETAS));
        var run = KeyedRoutes.Run.inFormat(
                caller, exchange, sent, request.chat(), request.model(), request.stream(), request.metadata());
        runs.answer(exchange, run, new MessagesSurface());
    }
}
