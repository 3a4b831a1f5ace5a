package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.AsSent;
import com.aistrale.server.inference.ChatRequest;
import com.aistrale.server.inference.ChatRequest.Sampling;
import com.aistrale.server.inference.CommonFields;
import com.aistrale.server.inference.Leftovers;
import com.aistrale.server.inference.Message;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.routing.FallbackNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of {@code POST /v1/messages}. It is kept whole in {@link ChatRequest#anthropic}, for upstreams of the same
 * format; what our own model has no place for is in {@link ChatRequest#extras} too, for the others.
 *
 * @param stream whether the answer is to come as a stream
 * @param metadata for the record
 */
public record MessagesRequest(ChatRequest chat, String model, boolean stream, Map<String, String> metadata) {
    private static final Set<String> FIELDS = Set.of(
            "model",
            "messages",
            "system",
            "max_tokens",
            "stop_sequences",
            "stream",
            "temperature",
            "top_p",
            "tools",
            "tool_choice",
            "thinking",
            "output_config",
            "output_format",
            "metadata",
            "context_management",
            "cache_control", // a hint, and it costs nothing but money to pass over it
            "service_tier"); // of Anthropic's own capacity

    /** As much of a value as the record keeps. */
    private static final int LONGEST_METADATA = 512;

    private static final int MOST_METADATA = 32;
    private static final int LONGEST_METADATA_KEY = 64;

    public MessagesRequest {
        metadata = Map.copyOf(metadata);
    }

    /**
     * Reads a body, which must not be changed afterwards. What is merely out of range is left to the provider.
     *
     * @param betas the header {@code anthropic-beta}, or null
     * @throws ProblemException {@code invalid_request} that names every field of a wrong type
     */
    public static MessagesRequest read(ObjectNode body, @Nullable String betas) {
        var reading = new Reading();
        var leftovers = Leftovers.kept(reading);
        leftovers.unknownFields(body, Pointer.ROOT, FIELDS);
        var tools = new ClientTools(reading, leftovers);
        var turns = new TurnsReader(reading, leftovers);
        var messages = messages(body, reading, turns);
        var functions = tools.tools(body, turns.referred());
        var choice = tools.choice(body);
        var parallel = tools.parallel(body);
        contextManagement(body, reading, leftovers);
        var answer = new AnswerFields(reading, leftovers);
        var chat = new ChatRequest(
                messages,
                new Sampling(
                        reading.number(body, Pointer.ROOT, "temperature"),
                        reading.number(body, Pointer.ROOT, "top_p"),
                        null,
                        null,
                        null),
                maxTokens(body, reading),
                stops(body, reading),
                functions,
                choice,
                parallel,
                answer.format(body),
                answer.effort(body),
                leftovers.kept(),
                null,
                new AsSent.Anthropic(body, betas));
        var model = model(body, reading);
        var stream = reading.bool(body, Pointer.ROOT, "stream");
        var request = new MessagesRequest(chat, model, stream != null && stream, metadata(body, reading));
        reading.check();
        return request;
    }

    /** The field that says who is asked. */
    static String model(ObjectNode body, Reading reading) {
        var model = reading.required(body, Pointer.ROOT, "model");
        if (model.isBlank() && body.path("model").isString()) {
            reading.mistake(Pointer.ROOT.field("model"), "is empty");
        }
        FallbackNames.isShort(model, Pointer.ROOT.field("model"), reading);
        return model;
    }

    private static List<Message> messages(ObjectNode body, Reading reading, TurnsReader turns) {
        var all = new ArrayList<Message>();
        turns.system(body, all);
        var array = reading.array(body, Pointer.ROOT, "messages");
        if (array != null) {
            turns.read(array, Pointer.ROOT.field("messages"), all);
        } else if (Reading.said(body, "messages") == null) {
            reading.mistake(Pointer.ROOT.field("messages"), "is missing");
        }
        return all;
    }

    private static @Nullable Integer maxTokens(ObjectNode body, Reading reading) {
        if (Reading.said(body, "max_tokens") == null) {
            reading.mistake(Pointer.ROOT.field("max_tokens"), "is missing");
        }
        return new CommonFields(reading).count(body, "max_tokens");
    }

    private static List<String> stops(ObjectNode body, Reading reading) {
        var array = reading.array(body, Pointer.ROOT, "stop_sequences");
        var stops = new ArrayList<String>();
        for (int i = 0; array != null && i < array.size(); i++) {
            if (array.get(i).isString()) {
                stops.add(array.get(i).stringValue());
            } else {
                reading.wrongType(
                        array.get(i), Pointer.ROOT.field("stop_sequences").at(i), "a string");
            }
        }
        return stops;
    }

    /** To take away thoughts of earlier turns says nothing to others, who do not get them; all other edits are left over. */
    private static void contextManagement(ObjectNode body, Reading reading, Leftovers leftovers) {
        var said = reading.object(body, Pointer.ROOT, "context_management");
        if (said != null) {
            var at = Pointer.ROOT.field("context_management");
            leftovers.unknownFields(said, at, Set.of("edits"));
            var edits = reading.array(said, at, "edits");
            for (int i = 0; edits != null && i < edits.size(); i++) {
                if (!edits.get(i).path("type").stringValue("").startsWith("clear_thinking_")) {
                    leftovers.add(at.field("edits").at(i), edits.get(i), "has no place here");
                }
            }
        }
    }

    /** Of the format only {@code user_id} is known; others are kept in the record too, as text, as far as it takes them. */
    private static Map<String, String> metadata(ObjectNode body, Reading reading) {
        var object = reading.object(body, Pointer.ROOT, "metadata");
        var metadata = new HashMap<String, String>();
        if (object != null) {
            for (var entry : object.properties()) {
                var key = entry.getKey();
                boolean fits =
                        !key.isEmpty() && key.length() <= LONGEST_METADATA_KEY && metadata.size() < MOST_METADATA;
                if (fits && !entry.getValue().isNull()) {
                    metadata.put(key, cut(text(entry.getValue())));
                }
            }
        }
        return metadata;
    }

    private static String text(JsonNode value) {
        return value.isString() ? value.stringValue() : Json.text(value);
    }

    /** Not through the middle of a character. */
    private static String cut(String text) {
        if (text.length() <= LONGEST_METADATA) {
            return text;
        }
        boolean through = Character.isHighSurrogate(text.charAt(LONGEST_METADATA - 1));
        return text.substring(0, through ? LONGEST_METADATA - 1 : LONGEST_METADATA);
    }
}
