package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Answer;
import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Running;
import com.aistrale.server.inference.Surface;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;

/** Anthropic's format. */
record MessagesSurface() implements Surface {
    static final String ROUTE = "/v1/messages";
    private static final String PING = "event: ping\ndata: {\"type\":\"ping\"}\n\n";

    @Override
    public String route() {
        return ROUTE;
    }

    /** An upstream of the same format is quoted byte for byte. */
    @Override
    public byte[] body(Answer answer) {
        var completion = answer.completion();
        var model = completion.model();
        return completion.anthropic() != null
                ? completion.anthropic()
                : MessagesAnswer.body(
                        completion,
                        answer.record().id(),
                        model == null ? answer.record().model() : model);
    }

    @Override
    public Surface.Events events(Running running, int firstEvent) {
        return new Writer(running);
    }

    @Override
    public String keepAlive() {
        return PING;
    }

    @Override
    public String failure(Problem problem, String requestId) {
        var out = new StringBuilder();
        MessagesStream.event(out, "error", Json.text(MessagesError.body(problem, requestId)));
        return out.toString();
    }

    /**
     * Passes chunks on, and holds back everything from the stop reason on: it tells the client that it has its answer, so
     * it waits for the record.
     */
    private final class Writer implements Surface.Events {
        private final Running running;
        private final StringBuilder out = new StringBuilder();
        private final MessagesStream encoder = new MessagesStream(out);
        private boolean begun;
        private boolean quotes;
        private boolean finishing;

        Writer(Running running) {
            this.running = running;
        }

        @Override
        public String chunk(Chunk chunk) {
            finishing |= chunk.finishReason() != null;
            if (chunk.anthropic() != null) {
                quotes = true;
                var type = Json.parse(chunk.anthropic()).path("type").stringValue("message");
                MessagesStream.event(out, type, chunk.anthropic());
                return finishing ? "" : taken();
            }
            if (quotes) {
                return ""; // what an event said besides, whose words went already
            }
            begin();
            chunk.deltas().forEach(encoder::delta);
            encoder.usage(chunk.usage());
            return taken(); // the end is written when all is known
        }

        private void begin() {
            if (!begun) {
                begun = true;
                encoder.start(running.id(), running.model());
            }
        }

        private String taken() {
            var text = out.toString();
            out.setLength(0);
            return text;
        }

        @Override
        public String completed(Answer answer) {
            if (!quotes) {
                begin();
                encoder.end(MessagesAnswer.stopReason(answer.completion().finishReason()));
            }
            return taken();
        }

        @Override
        public String failed(Problem problem, String requestId) {
            return failure(problem, requestId);
        }
    }
}
