package com.aistrale.server.wire.openai;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.inference.Ask;
import com.aistrale.server.inference.KeyedRoutes;
import com.aistrale.server.inference.TraceHeaders;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import java.util.List;

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
        var trace = TraceHeaders.of(exchange);
        var run = new KeyedRoutes.Run(
                caller,
                sent,
                request.stream(),
                false,
                null,
                keyed -> new Ask(
                        request.chat(),
                        request.model(),
                        null,
                        List.of(),
                        request.stream(),
                        null,
                        request.metadata(),
                        null,
                        null,
                        trace,
                        keyed,
                        false));
        runs.answer(exchange, run, new ChatCompletionsSurface(request.includeUsage()));
    }
}
