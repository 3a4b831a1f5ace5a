package com.aistrale.server.inference;

import com.aistrale.server.inference.ChatRequest.Sampling;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.routing.FallbackNames;
import com.aistrale.server.telemetry.InferenceRecord.TraceContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of {@code POST /api/v1/inferences}.
 *
 * @param model as the caller wrote it, {@code gpt-4o}, {@code openai/gpt-4o} or an alias; null leaves it to the workspace
 * @param provider a provider's name, or null
 * @param fallbacks models to ask, in this order, where {@code model} does not answer; as that is written
 * @param sessionId 1 to 128 of {@code A-Z a-z 0-9 _ . : -}, or null
 * @param timeout of the whole inference, all its attempts and waits: 1 ms to 1 h; null leaves it to the server
 * @param resumable whether it goes on to its end when the connection is lost
 * @param trace the caller's place in a trace, or null
 */
public record NativeRequest(
        ChatRequest chat,
        @Nullable String model,
        @Nullable String provider,
        List<String> fallbacks,
        boolean stream,
        @Nullable String sessionId,
        Map<String, String> metadata,
        @Nullable Duration timeout,
        boolean resumable,
        @Nullable TraceContext trace) {

    private static final Set<String> FIELDS = Set.of(
            "prompt",
            "messages",
            "prompt_ref",
            "system",
            "model",
            "provider",
            "fallbacks",
            "temperature",
            "top_p",
            "max_output_tokens",
            "stop",
            "tools",
            "tool_choice",
            "response_format",
            "reasoning_effort",
            "seed",
            "session_id",
            "trace_id",
            "parent_span_id",
            "metadata",
            "timeout_ms",
            "stream",
            "resumable",
            "provider_options");

    /** Those that a version of a prompt can set. */
    static final Set<String> SETTINGS = Set.of(
            "model",
            "provider",
            "temperature",
            "top_p",
            "max_output_tokens",
            "stop",
            "tools",
            "tool_choice",
            "response_format",
            "reasoning_effort",
            "seed");

    private static final List<String> EFFORTS = List.of("none", "minimal", "low", "medium", "high", "xhigh");

    private static final long LONGEST_TIMEOUT_MS = 3_600_000;

    public NativeRequest {
        fallbacks = List.copyOf(fallbacks);
        metadata = Map.copyOf(metadata);
    }

    /**
     * Reads a body.
     *
     * @throws ProblemException {@code invalid_request} that names every field at fault
     */
    public static NativeRequest read(ObjectNode body) {
        var reading = new Reading();
        var leftovers = Leftovers.refused(reading);
        leftovers.unknownFields(body, Pointer.ROOT, FIELDS);
        var common = new CommonFields(reading);
        var chat = chat(body, messages(body, reading, leftovers), reading, leftovers);
        var stream = reading.bool(body, Pointer.ROOT, "stream");
        var request = new NativeRequest(
                chat,
                common.name(body, "model"),
                common.name(body, "provider"),
                FallbackNames.read(body, reading),
                stream != null && stream,
                common.sessionId(body),
                common.metadata(body),
                timeout(body, reading),
                Boolean.TRUE.equals(reading.bool(body, Pointer.ROOT, "resumable")),
                TraceFields.read(body, reading));
        reading.check();
        return request;
    }

    private static ChatRequest chat(ObjectNode body, List<Message> messages, Reading reading, Leftovers leftovers) {
        var common = new CommonFields(reading);
        var tools = new ToolsReader(reading, leftovers);
        return new ChatRequest(
                messages,
                new Sampling(
                        common.number(body, "temperature", 0, 2),
                        common.number(body, "top_p", 0, 1),
                        null,
                        null,
                        reading.integer(body, Pointer.ROOT, "seed")),
                common.count(body, "max_output_tokens"),
                common.stop(body),
                tools.tools(body),
                tools.toolChoice(body),
                null,
                tools.responseFormat(body),
                effort(body, reading, common),
                Map.of(),
                providerOptions(body, reading),
                null);
    }

    /** Reads the settings of a prompt's version, for their mistakes. */
    static void settings(ObjectNode settings, Reading reading) {
        var leftovers = Leftovers.refused(reading);
        var common = new CommonFields(reading);
        common.name(settings, "model");
        common.name(settings, "provider");
        chat(settings, List.of(), reading, leftovers);
    }

    /** Reads a body whose {@code prompt_ref} is at fault, so that its other mistakes are named beside those. */
    static void readBesidePrompt(ObjectNode body, Reading reading) {
        var others = body.deepCopy();
        others.remove(List.of("prompt_ref", "messages"));
        others.put("prompt", "-");
        try {
            read(others);
        } catch (ProblemException mistakes) {
            for (var mistake : mistakes.problem().errors()) {
                reading.mistake(mistake.pointer(), mistake.detail());
            }
        }
    }

    private static List<Message> messages(ObjectNode body, Reading reading, Leftovers leftovers) {
        var messages = new ArrayList<Message>(2);
        var system = reading.string(body, Pointer.ROOT, "system");
        if (system != null && !system.isEmpty()) {
            messages.add(Message.of(Role.SYSTEM, system));
        }
        var prompt = reading.string(body, Pointer.ROOT, "prompt");
        var given = reading.array(body, Pointer.ROOT, "messages");
        boolean saysPrompt = Reading.said(body, "prompt") != null;
        if (saysPrompt == (Reading.said(body, "messages") != null)) {
            reading.mistake(
                    saysPrompt ? Pointer.ROOT.field("messages") : Pointer.ROOT.field("prompt"),
                    "exactly one of `prompt`, `messages` and `prompt_ref` is needed, and "
                            + (saysPrompt ? "two are" : "none is") + " there");
        }
        if (prompt != null) {
            if (prompt.isBlank()) {
                reading.mistake(Pointer.ROOT.field("prompt"), "is empty");
            }
            messages.add(Message.of(Role.USER, prompt));
        }
        if (given != null) {
            messages.addAll(new MessagesReader(reading, leftovers).read(given, Pointer.ROOT.field("messages")));
        }
        return messages;
    }

    /** Whatever the provider knows, but for what this request says itself and the record relies on. */
    private static @Nullable ObjectNode providerOptions(ObjectNode body, Reading reading) {
        var options = reading.object(body, Pointer.ROOT, "provider_options");
        if (options != null) {
            for (var own : new String[] {"model", "messages", "stream"}) {
                if (options.has(own)) {
                    reading.mistake(
                            Pointer.ROOT.field("provider_options").field(own),
                            "is said by the field of the request, not by an option of the provider");
                }
            }
        }
        return options;
    }

    private static @Nullable Duration timeout(ObjectNode body, Reading reading) {
        var millis = reading.integer(body, Pointer.ROOT, "timeout_ms");
        if (millis == null) {
            return null;
        }
        if (millis < 1 || millis > LONGEST_TIMEOUT_MS) {
            reading.mistake(Pointer.ROOT.field("timeout_ms"), "must be 1 to " + LONGEST_TIMEOUT_MS + ", not " + millis);
        }
        return Duration.ofMillis(millis);
    }

    private static @Nullable String effort(ObjectNode body, Reading reading, CommonFields common) {
        var effort = common.word(body, "reasoning_effort");
        if (effort != null && !EFFORTS.contains(effort)) {
            reading.mistake(Pointer.ROOT.field("reasoning_effort"), "is none of " + String.join(", ", EFFORTS));
        }
        return effort;
    }
}
