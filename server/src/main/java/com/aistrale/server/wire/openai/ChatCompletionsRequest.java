package com.aistrale.server.wire.openai;

import com.aistrale.server.inference.AsSent;
import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.ChatRequest.Sampling;
import com.aistrale.server.inference.CommonFields;
import com.aistrale.server.inference.Leftovers;
import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.MessagesReader;
import com.aistrale.server.inference.ToolsReader;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.routing.FallbackNames;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of {@code POST /v1/chat/completions}. It is kept whole in {@link ChatRequest#asSent}, for upstreams of the
 * same format; what our own model has no place for is in {@link ChatRequest#extras} too, for the others.
 *
 * @param stream whether the answer is to come as a stream
 * @param includeUsage whether a stream is to end with a chunk of usage
 * @param metadata for the record
 */
public record ChatCompletionsRequest(
        ChatRequest chat, String model, boolean stream, boolean includeUsage, Map<String, String> metadata) {

    private static final Set<String> FIELDS = Set.of(
            "model",
            "messages",
            "stream",
            "stream_options",
            "temperature",
            "top_p",
            "frequency_penalty",
            "presence_penalty",
            "seed",
            "max_tokens",
            "max_completion_tokens",
            "stop",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "response_format",
            "reasoning_effort",
            "metadata");

    public ChatCompletionsRequest {
        metadata = Map.copyOf(metadata);
    }

    /**
     * Reads a body, which must not be changed afterwards. What is merely out of range is left to the provider.
     *
     * @throws ProblemException {@code invalid_request} that names every field of a wrong type
     */
    public static ChatCompletionsRequest read(ObjectNode body) {
        var reading = new Reading();
        var leftovers = Leftovers.kept(reading);
        leftovers.unknownFields(body, Pointer.ROOT, FIELDS);
        var common = new CommonFields(reading);
        var tools = new ToolsReader(reading, leftovers);
        var messages = reading.array(body, Pointer.ROOT, "messages");
        if (Reading.said(body, "messages") == null) {
            reading.mistake(Pointer.ROOT.field("messages"), "is missing");
        }
        var options = reading.object(body, Pointer.ROOT, "stream_options");
        var read = messages == null
                ? List.<Message>of()
                : new MessagesReader(reading, leftovers).read(messages, Pointer.ROOT.field("messages"));
        var functions = tools.tools(body);
        var choice = tools.toolChoice(body);
        var format = tools.responseFormat(body);
        var chat = new ChatRequest(
                read,
                sampling(body, reading),
                maxOutputTokens(body, common),
                common.stop(body),
                functions,
                choice,
                reading.bool(body, Pointer.ROOT, "parallel_tool_calls"),
                format,
                reading.string(body, Pointer.ROOT, "reasoning_effort"),
                leftovers.kept(),
                null,
                new AsSent.OpenAi(body));
        var model = reading.required(body, Pointer.ROOT, "model");
        if (model.isBlank() && Reading.said(body, "model") != null) {
            reading.mistake(Pointer.ROOT.field("model"), "is empty");
        }
        FallbackNames.isShort(model, Pointer.ROOT.field("model"), reading);
        var request = new ChatCompletionsRequest(
                chat,
                model,
                yes(reading.bool(body, Pointer.ROOT, "stream")),
                options != null && yes(reading.bool(options, Pointer.ROOT.field("stream_options"), "include_usage")),
                common.metadata(body));
        reading.check();
        return request;
    }

    private static Sampling sampling(ObjectNode body, Reading reading) {
        return new Sampling(
                reading.number(body, Pointer.ROOT, "temperature"),
                reading.number(body, Pointer.ROOT, "top_p"),
                reading.number(body, Pointer.ROOT, "frequency_penalty"),
                reading.number(body, Pointer.ROOT, "presence_penalty"),
                reading.integer(body, Pointer.ROOT, "seed"));
    }

    /** The newer name comes first, as at OpenAI's. */
    private static @Nullable Integer maxOutputTokens(ObjectNode body, CommonFields common) {
        var most = common.count(body, "max_completion_tokens");
        return most == null ? common.count(body, "max_tokens") : most;
    }

    private static boolean yes(@Nullable Boolean said) {
        return said != null && said;
    }
}
