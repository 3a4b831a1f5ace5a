package com.aistrale.server.wire.openai;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.inference.Answer;
import com.aistrale.server.inference.Ask;
import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.ChunkSink;
import com.aistrale.server.inference.InferenceHeaders;
import com.aistrale.server.inference.Inferences;
import com.aistrale.server.inference.Running;
import com.aistrale.server.inference.TraceHeaders;
import com.aistrale.server.kit.http.EventStream;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.limits.LimitHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}: OpenAI's format, for any model of any provider. */
public final class ChatCompletionsRoutes {
    private final Inferences inferences;
    private final Guard guard;

    public ChatCompletionsRoutes(Inferences inferences, Guard guard) {
        this.inferences = inferences;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.post("/v1/chat/completions", guard.with(Role.MEMBER, this::run));
    }

    private void run(Caller caller, Exchange exchange) {
        LimitHeaders.on(exchange, caller, inferences.limits());
        var request = ChatCompletionsRequest.read(exchange.jsonBody());
        var ask = new Ask(
                request.chat(),
                request.model(),
                null,
                List.of(),
                request.stream(),
                null,
                request.metadata(),
                null,
                null,
                TraceHeaders.of(exchange),
                null,
                false);
        var running = inferences.begin(caller, ask);
        if (request.stream()) {
            stream(exchange, running, request);
            return;
        }
        var answer = InferenceHeaders.complete(exchange, running);
        exchange.send(200, "application/json", body(answer));
    }

    /** An upstream of the same format is quoted byte for byte. */
    private static byte[] body(Answer answer) {
        var completion = answer.completion();
        var record = answer.record();
        return completion.openAi() != null
                ? completion.openAi()
                : ChatCompletionsAnswer.body(
                        completion,
                        record.id(),
                        model(completion.model(), record.model()),
                        record.createdAt().getEpochSecond());
    }

    private static String model(@Nullable String answering, String asked) {
        return answering == null ? asked : answering;
    }

    private static void stream(Exchange exchange, Running running, ChatCompletionsRequest request) {
        var events =
                new EventStream(exchange, null, () -> {}).beforeHead(() -> InferenceHeaders.set(exchange, running));
        var writer = new Writer(events, running, request);
        try (events) {
            running.stream(writer);
            writer.end();
            events.end();
        } catch (ProblemException problem) {
            if (!events.begun()) {
                throw problem;
            }
            events.send("data: " + Json.text(ChatCompletionsError.body(problem.problem())) + "\n\n");
            events.end();
        } finally {
            if (!events.begun()) {
                InferenceHeaders.set(exchange, running);
            }
        }
    }

    /**
     * Passes chunks on, and holds back everything from the one with the finish reason on: it tells the client that it
     * has its answer, so it waits for the record.
     */
    private static final class Writer implements ChunkSink {
        private final EventStream events;
        private final Running running;
        private final ChatCompletionsRequest request;

        /** Names the model that answers, so it is made when that is known: with the first piece. */
        private @Nullable ChatCompletionsStream encoder;

        private final StringBuilder held = new StringBuilder();
        private boolean finishing;
        private boolean usageQuoted;

        Writer(EventStream events, Running running, ChatCompletionsRequest request) {
            this.events = events;
            this.running = running;
            this.request = request;
        }

        private ChatCompletionsStream encoder() {
            if (encoder == null) {
                encoder = new ChatCompletionsStream(
                        running.id(), running.model(), running.createdAt().getEpochSecond(), request.includeUsage());
            }
            return encoder;
        }

        @Override
        public void accept(Chunk chunk) {
            finishing |= chunk.finishReason() != null;
            var out = finishing ? held : new StringBuilder();
            if (chunk.openAi() != null) {
                boolean usageOnly = ChatCompletionsStream.isUsageOnly(chunk);
                usageQuoted |= usageOnly;
                encoder().observe(chunk);
                if (request.includeUsage() || !usageOnly) {
                    event(out, chunk.openAi());
                }
            } else {
                encoder().data(chunk).forEach(data -> event(out, data));
            }
            if (!finishing && !out.isEmpty()) {
                events.send(out.toString());
            }
        }

        /** After the commit. */
        void end() {
            var usage = usageQuoted ? null : encoder().usage(); // not every upstream sends that chunk
            if (usage != null) {
                event(held, usage);
            }
            event(held, "[DONE]");
            events.send(held.toString());
        }

        private static void event(StringBuilder out, String data) {
            var lines = data.indexOf('\n') < 0 ? data : data.replace("\n", "\ndata: ");
            out.append("data: ").append(lines).append("\n\n");
        }
    }
}
