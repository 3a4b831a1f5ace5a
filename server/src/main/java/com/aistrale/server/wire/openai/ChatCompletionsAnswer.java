package com.aistrale.server.wire.openai;

import com.aistrale.server.inference.Completion;
import com.aistrale.server.inference.MessageWriter;
import com.aistrale.server.inference.OpenAiUsage;
import com.aistrale.server.kit.json.Json;

/** A {@link Completion} as {@code chat.completion}, for models of upstreams that speak another format. */
final class ChatCompletionsAnswer {
    private ChatCompletionsAnswer() {}

    /**
     * The answer's body.
     *
     * @param id the inference's id
     * @param model what the answer names as its model
     * @param created seconds since 1970
     */
    static byte[] body(Completion completion, String id, String model, long created) {
        var answer = Json.object()
                .put("id", id)
                .put("object", "chat.completion")
                .put("created", created)
                .put("model", model);
        var choice = answer.putArray("choices").addObject().put("index", 0);
        var message = MessageWriter.answer(completion.parts());
        if (!message.has("refusal")) {
            message.putNull("refusal");
        }
        choice.set("message", message);
        choice.putNull("logprobs").put("finish_reason", completion.finishReason());
        var usage = OpenAiUsage.write(completion.usage());
        if (usage != null) {
            answer.set("usage", usage);
        }
        return Json.bytes(answer);
    }
}
