package com.aistrale.server.wire.openai;

import com.aistrale.server.inference.Answer;
import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Running;
import com.aistrale.server.inference.Surface;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import org.jspecify.annotations.Nullable;

/** OpenAI's format. @param includeUsage whether a stream ends with a chunk of usage */
record ChatCompletionsSurface(boolean includeUsage) implements Surface {
    static final String ROUTE = "/v1/chat/completions";

    @Override
    public String route() {
        return ROUTE;
    }

    /** An upstream of the same format is quoted byte for byte. */
    @Override
    public byte[] body(Answer answer) {
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

    @Override
    public Surface.Events events(Running running, int firstEvent) {
        return new Writer(running, includeUsage);
    }

    @Override
    public @Nullable String keepAlive() {
        return null;
    }

    @Override
    public String failure(Problem problem, String requestId) {
        return failure(problem);
    }

    private static String failure(Problem problem) {
        var out = new StringBuilder();
        event(out, Json.text(ChatCompletionsError.body(problem)));
        return out.toString();
    }

    private static void event(StringBuilder out, String data) {
        var lines = data.indexOf('\n') < 0 ? data : data.replace("\n", "\ndata: ");
        out.append("data: ").append(lines).append("\n\n");
    }

    /**
     * Passes chunks on, and holds back everything from the one with the finish reason on: it tells the client that it
     * has its answer, so it waits for the record.
     */
    private static final class Writer implements Surface.Events {
        private final Running running;
        private final boolean includeUsage;

        /** Names the model that answers, so it is made when that is known: with the first piece. */
        private @Nullable ChatCompletionsStream encoder;

        private final StringBuilder held = new StringBuilder();
        private boolean finishing;
        private boolean usageQuoted;

        Writer(Running running, boolean includeUsage) {
            this.running = running;
            this.includeUsage = includeUsage;
        }

        private ChatCompletionsStream encoder() {
            if (encoder == null) {
                encoder = new ChatCompletionsStream(
                        running.id(), running.model(), running.createdAt().getEpochSecond(), includeUsage);
            }
            return encoder;
        }

        @Override
        public String chunk(Chunk chunk) {
            finishing |= chunk.finishReason() != null;
            var out = finishing ? held : new StringBuilder();
            if (chunk.openAi() != null) {
                boolean usageOnly = ChatCompletionsStream.isUsageOnly(chunk);
                usageQuoted |= usageOnly;
                encoder().observe(chunk);
                if (includeUsage || !usageOnly) {
                    event(out, chunk.openAi());
                }
            } else {
                encoder().data(chunk).forEach(data -> event(out, data));
            }
            return finishing ? "" : out.toString();
        }

        @Override
        public String completed(Answer answer) {
            var usage = usageQuoted ? null : encoder().usage(); // not every upstream sends that chunk
            if (usage != null) {
                event(held, usage);
            }
            event(held, "[DONE]");
            return held.toString();
        }

        @Override
        public String failed(Problem problem, String requestId) {
            return failure(problem);
        }
    }
}
