package com.aistrale.emulator.ollama;

import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.openai.ChatFormat;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import com.aistrale.emulator.wire.WireFormat;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Ollama's own listings, by which it is found, before its OpenAI endpoints. */
public final class OllamaFormat implements WireFormat {
    private final ChatFormat chat = new ChatFormat(new Ollama());

    @Override
    public String provider() {
        return chat.provider();
    }

    @Override
    public Reply answer(Turn turn) {
        if (turn.is("GET", "/api/version")) {
            turn.settle("");
            return Reply.Whole.json(200, Map.of(), Json.object().put("version", "0.12.6"));
        }
        if (turn.is("GET", "/api/tags")) {
            turn.settle("");
            return Reply.Whole.json(200, Map.of(), tags());
        }
        if (turn.is("GET", "/")) {
            return new Reply.Whole(200, Map.of(), "text/plain", "Ollama is running");
        }
        return chat.answer(turn);
    }

    @Override
    public Reply.Whole error(int status, Turn turn) {
        return chat.error(status, turn);
    }

    private static ObjectNode tags() {
        ObjectNode tags = Json.object();
        ArrayNode models = tags.putArray("models");
        for (String name : Ollama.MODELS.names()) {
            ObjectNode model = models.addObject()
                    .put("name", name)
                    .put("model", name)
                    .put("modified_at", "2026-01-02T03:04:05Z")
                    .put("size", 2_019_393_189L)
                    .put("digest", "0".repeat(64));
            model.putObject("details")
                    .put("parent_model", "")
                    .put("format", "gguf")
                    .put("family", name.substring(0, name.indexOf(':')))
                    .put("parameter_size", "3.2B")
                    .put("quantization_level", "Q4_K_M");
        }
        return tags;
    }
}
