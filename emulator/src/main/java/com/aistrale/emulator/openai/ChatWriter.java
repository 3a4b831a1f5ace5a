package com.aistrale.emulator.openai;

import com.aistrale.emulator.answer.Answer;
import com.aistrale.emulator.answer.Answer.Call;
import com.aistrale.emulator.answer.Tokens;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes an answer as a chat completion, whole or in chunks. */
final class ChatWriter {
    private static final int FRAGMENT = 8;

    private final Dialect dialect;
    private final Turn turn;
    private final JsonNode request;
    private final String model;
    private final Answer answer;
    private final int promptTokens;
    private final int cachedTokens;
    private final String id;
    private final List<String> callIds;

    ChatWriter(Dialect dialect, Turn turn, JsonNode request, String model, Answer answer, int prompt, int cached) {
        this.dialect = dialect;
        this.turn = turn;
        this.request = request;
        this.model = model;
        this.answer = answer;
        this.promptTokens = prompt;
        this.cachedTokens = cached;
        this.id = turn.world().ids().next("chatcmpl-");
        this.callIds = answer.calls().stream()
                .map(call -> turn.world().ids().next("call_"))
                .toList();
    }

    Reply.Whole whole() {
        ObjectNode message = Json.object().put("role", "assistant");
        if (answer.calls().isEmpty()) {
            message.put("content", answer.text());
        } else {
            message.putNull("content");
        }
        if (!answer.thinking().isEmpty()) {
            dialect.showThinking(message, answer.thinking(), request);
        }
        ArrayNode calls = Json.array();
        for (int i = 0; i < answer.calls().size(); i++) {
            Call call = answer.calls().get(i);
            calls.add(function(i, call.name(), Json.write(call.arguments())));
        }
        if (!calls.isEmpty()) {
            message.set("tool_calls", calls);
        }
        ObjectNode completion = head("chat.completion");
        int count = Json.number(request, "n", 1);
        ArrayNode choices = completion.putArray("choices");
        for (int i = 0; i < count; i++) {
            ObjectNode choice = Json.object().put("index", i);
            choice.set("message", message.deepCopy());
            choices.add(choice.putNull("logprobs").put("finish_reason", finish()));
        }
        if (!turn.withoutUsage()) {
            completion.set("usage", usage());
        }
        dialect.finishCompletion(completion, turn);
        return Reply.Whole.json(200, dialect.headers(turn), completion);
    }

    Reply.Stream stream(Reply.Event broken) {
        boolean includeUsage = Json.flag(request.path("stream_options"), "include_usage");
        List<ObjectNode> chunks = new ArrayList<>();
        ObjectNode first = Json.object().put("role", "assistant");
        if (answer.calls().isEmpty()) {
            first.put("content", "");
        } else {
            first.putNull("content");
        }
        chunks.add(chunk(first, null));
        for (String piece : Tokens.pieces(answer.thinking())) {
            ObjectNode delta = Json.object();
            dialect.showThinking(delta, piece, request);
            if (!delta.isEmpty()) {
                chunks.add(chunk(delta, null));
            }
        }
        for (String piece : Tokens.pieces(answer.text())) {
            chunks.add(chunk(Json.object().put("content", piece), null));
        }
        for (int i = 0; i < answer.calls().size(); i++) {
            calls(i, chunks);
        }
        chunks.add(chunk(Json.object(), finish()));
        if (includeUsage) {
            chunks.forEach(chunk -> chunk.putNull("usage"));
        }
        dialect.finishChunks(chunks, usage(), turn);
        if (includeUsage && !turn.withoutUsage()) {
            ObjectNode last = head("chat.completion.chunk");
            last.putArray("choices");
            last.set("usage", usage());
            chunks.add(last);
        }
        List<Reply.Event> events =
                new ArrayList<>(chunks.stream().map(Reply.Event::of).toList());
        events.add(new Reply.Event(null, "[DONE]"));
        return new Reply.Stream(dialect.headers(turn), events, broken);
    }

    private void calls(int index, List<ObjectNode> chunks) {
        Call call = answer.calls().get(index);
        chunks.add(callChunk(function(index, call.name(), "").put("index", index)));
        for (String fragment : Tokens.pieces(Json.write(call.arguments()), FRAGMENT)) {
            ObjectNode part = Json.object().put("index", index);
            part.putObject("function").put("arguments", fragment);
            chunks.add(callChunk(part));
        }
    }

    private ObjectNode callChunk(ObjectNode call) {
        ObjectNode delta = Json.object();
        delta.putArray("tool_calls").add(call);
        return chunk(delta, null);
    }

    private ObjectNode function(int index, String name, String arguments) {
        ObjectNode call = Json.object().put("id", callIds.get(index)).put("type", "function");
        call.putObject("function").put("name", name).put("arguments", arguments);
        return call;
    }

    private ObjectNode chunk(ObjectNode delta, @Nullable String finish) {
        ObjectNode chunk = head("chat.completion.chunk");
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.set("delta", delta);
        choice.putNull("logprobs").put("finish_reason", finish);
        return chunk;
    }

    private ObjectNode head(String object) {
        return Json.object()
                .put("id", id)
                .put("object", object)
                .put("created", turn.seconds())
                .put("model", model)
                .put("system_fingerprint", "fp_emulator");
    }

    private ObjectNode usage() {
        ObjectNode usage = Json.object()
                .put("prompt_tokens", promptTokens)
                .put("completion_tokens", answer.outputTokens())
                .put("total_tokens", promptTokens + answer.outputTokens());
        dialect.finishUsage(usage, answer, cachedTokens);
        return usage;
    }

    private String finish() {
        return answer.finish().name().toLowerCase(Locale.ROOT);
    }
}
