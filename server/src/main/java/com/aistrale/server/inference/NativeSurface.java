package com.aistrale.server.inference;

import com.aistrale.server.kit.http.ProblemJson;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import tools.jackson.databind.JsonNode;

/** The native surface: every event has its number. */
final class NativeSurface implements Surface {
    @Override
    public String route() {
        return "/api/v1/inferences";
    }

    @Override
    public byte[] body(Answer answer) {
        return Json.bytes(AnswerJson.of(answer));
    }

    @Override
    public Surface.Events events(Running running, int firstEvent) {
        return new Numbered(firstEvent);
    }

    @Override
    public String keepAlive() {
        return ": keep-alive\n\n";
    }

    @Override
    public String failure(Problem problem, String requestId) {
        return "event: error\ndata: " + Json.text(ProblemJson.json(problem, requestId)) + "\n\n";
    }

    private static final class Numbered implements Surface.Events {
        private int number;

        Numbered(int number) {
            this.number = number;
        }

        @Override
        public String chunk(Chunk chunk) {
            var events = new StringBuilder();
            for (var delta : chunk.deltas()) {
                var json = AnswerJson.of(delta);
                if (json != null) {
                    events.append(event("delta", json));
                }
            }
            return events.toString();
        }

        @Override
        public String completed(Answer answer) {
            return event("completed", AnswerJson.of(answer));
        }

        @Override
        public String failed(Problem problem, String requestId) {
            return event("error", ProblemJson.json(problem, requestId));
        }

        private String event(String type, JsonNode data) {
            return "event: " + type + "\nid: " + ++number + "\ndata: " + Json.text(data) + "\n\n";
        }
    }
}
