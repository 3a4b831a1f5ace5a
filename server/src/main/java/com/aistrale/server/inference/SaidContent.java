package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.telemetry.Content;
import java.util.List;

/** What was said in an inference, in the shape in which our own clients know it. */
final class SaidContent {
    private static final MessageWriter WRITER = new MessageWriter(MessageWriter.Dialect.OURS);

    private SaidContent() {}

    /** @param answer the answer as far as it came; empty when nothing came */
    static Content of(ChatRequest request, List<Part> answer) {
        var messages = Json.array();
        request.messages().forEach(message -> WRITER.write(message, messages));
        return Content.of(messages, answer.isEmpty() ? null : MessageWriter.answer(answer));
    }
}
