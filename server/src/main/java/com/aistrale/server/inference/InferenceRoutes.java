package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.EventStream;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.ProblemJson;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.limits.LimitHeaders;
import com.aistrale.server.prompts.Prompts;
import tools.jackson.databind.JsonNode;

/** {@code POST /api/v1/inferences}: the native surface, plain and as server-sent events. */
public final class InferenceRoutes {
    private final Inferences inferences;
    private final PromptRefs prompts;
    private final Guard guard;
    private final Ticker ticker;

    public InferenceRoutes(Inferences inferences, Prompts prompts, Guard guard, Ticker ticker) {
        this.inferences = inferences;
        this.prompts = new PromptRefs(prompts);
        this.guard = guard;
        this.ticker = ticker;
    }

    public void mount(Routes routes) {
        routes.post("/api/v1/inferences", guard.with(Role.MEMBER, this::run));
    }

    private void run(Caller caller, Exchange exchange) {
        LimitHeaders.on(exchange, caller, inferences.limits());
        var body = exchange.jsonBody();
        var prompt = prompts.resolve(caller, body);
        var request = NativeRequest.read(prompt == null ? body : prompt.body());
        exchange.requireAcceptable(request.stream() ? "text/event-stream" : "application/json");
        var ask = new Ask(
                request.chat(),
                request.model(),
                request.provider(),
                request.fallbacks(),
                request.stream(),
                request.sessionId(),
                request.metadata(),
                request.timeout(),
                prompt == null ? null : prompt.prompt(),
                request.trace() == null ? TraceHeaders.of(exchange) : request.trace(),
                null,
                true);
        var running = inferences.begin(caller, ask);
        if (request.stream()) {
            stream(exchange, running);
        } else {
            var answer = InferenceHeaders.complete(exchange, running);
            exchange.send(200, AnswerJson.of(answer));
        }
    }

    private void stream(Exchange exchange, Running running) {
        var events = new EventStream(exchange, ticker, () -> running.cancel("the client went away"))
                .beforeHead(() -> InferenceHeaders.set(exchange, running));
        var writer = new DeltaWriter(events);
        try (events) {
            var answer = running.stream(writer);
            writer.send("completed", AnswerJson.of(answer));
            events.end();
        } catch (ProblemException problem) {
            events.close();
            if (!events.begun()) {
                throw problem;
            }
            writer.send("error", ProblemJson.json(problem.problem(), exchange.requestId()));
            events.end();
        } finally {
            if (!events.begun()) {
                InferenceHeaders.set(exchange, running);
            }
        }
    }

    /** Numbers the events and writes them. */
    private static final class DeltaWriter implements ChunkSink {
        private final EventStream events;
        private int number;

        DeltaWriter(EventStream events) {
            this.events = events;
        }

        @Override
        public void accept(Chunk chunk) {
            for (var delta : chunk.deltas()) {
                var json = AnswerJson.of(delta);
                if (json != null) {
                    send("delta", json);
                }
            }
        }

        void send(String type, JsonNode data) {
            events.send("event: " + type + "\nid: " + ++number + "\ndata: " + Json.text(data) + "\n\n");
        }
    }
}
