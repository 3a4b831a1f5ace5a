package com.aistrale.server.wire.openai;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.inference.KeyedRoutes;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;

/** {@code POST /v1/chat/completions}: OpenAI's format, for any model of any provider. */
public final class ChatCompletionsRoutes {
    private final KeyedRoutes runs;
    private final Guard guard;

    public ChatCompletionsRoutes(KeyedRoutes runs, Guard guard) {
        this.runs = runs;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.post(ChatCompletionsSurface.ROUTE, guard.with(Role.MEMBER, this::run));
    }

    private void run(Caller caller, Exchange exchange) {
        runs.limits(exchange, caller);
        var sent = exchange.jsonBytes();
        var request = ChatCompletionsRequest.read(Json.body(sent));
        var run = KeyedRoutes.Run.inFormat(
                caller, exchange, sent, request.chat(), request.model(), request.stream(), request.metadata());
        runs.answer(exchange, run, new ChatCompletionsSurface(request.includeUsage()));
    }
}
