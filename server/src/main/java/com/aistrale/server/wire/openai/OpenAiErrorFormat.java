package com.aistrale.server.wire.openai;

import com.aistrale.server.kit.http.ErrorFormat;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;

/** Problems in OpenAI's shape, so that its official clients raise their own typed exceptions. */
public final class OpenAiErrorFormat implements ErrorFormat {
    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public byte[] render(Problem problem, String requestId) {
        return Json.bytes(ChatCompletionsError.body(problem));
    }
}
