package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.idempotency.RequestKey;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.prompts.Prompts;
import com.aistrale.server.telemetry.RecordJson;

/** {@code POST /api/v1/inferences}, plain and as server-sent events, {@code …/cancel} and {@code …/{id}/cancel}: the native surface. */
public final class InferenceRoutes {
    private final KeyedRoutes runs;
    private final Cancelling cancelling;
    private final PromptRefs prompts;
    private final Guard guard;
    private final Surface surface = new NativeSurface();

    public InferenceRoutes(KeyedRoutes runs, Cancelling cancelling, Prompts prompts, Guard guard) {
        this.runs = runs;
        this.cancelling = cancelling;
        this.prompts = new PromptRefs(prompts);
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.post(surface.route(), guard.with(Role.MEMBER, this::run))
                .post(surface.route() + "/cancel", guard.with(Role.MEMBER, this::cancelByKey))
                .post(surface.route() + "/{id}/cancel", guard.with(Role.MEMBER, this::cancel));
    }

    private void run(Caller caller, Exchange exchange) {
        runs.limits(exchange, caller);
        var sent = exchange.jsonBytes();
        var body = Json.body(sent);
        var prompt = prompts.resolve(caller, body);
        var request = NativeRequest.read(prompt == null ? body : prompt.body());
        exchange.requireAcceptable(request.stream() ? "text/event-stream" : "application/json");
        var trace = request.trace() == null ? TraceHeaders.of(exchange) : request.trace();
        var run = new KeyedRoutes.Run(
                caller,
                sent,
                request.stream(),
                request.resumable(),
                request.timeout(),
                keyed -> new Ask(
                        request.chat(),
                        request.model(),
                        request.provider(),
                        request.fallbacks(),
                        request.stream(),
                        request.sessionId(),
                        request.metadata(),
                        request.timeout(),
                        prompt == null ? null : prompt.prompt(),
                        trace,
                        keyed,
                        true));
        runs.answer(exchange, run, surface);
    }

    private void cancelByKey(Caller caller, Exchange exchange) {
        var key = KeyedRoutes.key(exchange);
        if (key == null) {
            throw Problem.of(
                            ProblemCode.INVALID_REQUEST,
                            "The header Idempotency-Key is missing: the key of the request to cancel. By the id of its"
                                    + " inference it is POST " + surface.route() + "/ID/cancel.")
                    .exception();
        }
        // a key names a request whatever its body; nothing is compared
        var request = RequestKey.of(caller.workspaceId(), surface.route(), key, new byte[0]);
        exchange.send(200, RecordJson.of(cancelling.cancel(request)));
    }

    private void cancel(Caller caller, Exchange exchange) {
        exchange.send(200, RecordJson.of(cancelling.cancel(caller.workspaceId(), exchange.pathParameter("id"))));
    }
}
