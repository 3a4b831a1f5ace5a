package com.aistrale.server.kit.json;

import com.aistrale.server.kit.problem.Problem;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The one JSON mapper, and trees. Numbers keep their digits: decimals are exact, integers have no bound. */
public final class Json {
    /** Longer than any body this server reads may hold in one string: an image in base64. */
    private static final StreamReadConstraints CONSTRAINTS =
            StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build();

    /** For what providers say: a field that is there twice is their affair. */
    private static final JsonMapper MAPPER = builder().build();

    /** For what clients send: a field that is there twice is a mistake to be told of. */
    private static final JsonMapper STRICT =
            builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private static JsonMapper.Builder builder() {
        return JsonMapper.builder(
                        JsonFactory.builder().streamReadConstraints(CONSTRAINTS).build())
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private Json() {}

    /** RFC 3339 in UTC with milliseconds, as every time on the wire is written. */
    public static String time(Instant time) {
        return TIME.format(time);
    }

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** @throws JacksonException when it is not JSON */
    public static JsonNode parse(byte[] json) {
        return MAPPER.readTree(json);
    }

    /** @throws JacksonException when it is not JSON */
    public static JsonNode parse(String json) {
        return MAPPER.readTree(json);
    }

    public static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    public static String text(JsonNode node) {
        return MAPPER.writeValueAsString(node);
    }

    /** The body of a request: a JSON object, or a 400 that says where it stops being one. */
    public static ObjectNode body(byte[] json) {
        if (json.length == 0) {
            throw Problem.invalid("", "the body is empty; a JSON object was expected")
                    .exception();
        }
        JsonNode node;
        try {
            node = STRICT.readTree(json);
        } catch (JacksonException broken) {
            throw Problem.invalid("", "the body is not valid JSON, " + where(broken))
                    .exception();
        }
        if (!(node instanceof ObjectNode object)) {
            throw Problem.invalid("", "the body is not a JSON object").exception();
        }
        return object;
    }

    private static String where(JacksonException broken) {
        var at = broken.getLocation();
        var message = String.valueOf(broken.getOriginalMessage());
        int line = at == null ? 0 : at.getLineNr();
        return "line " + line + ", column " + (at == null ? 0 : at.getColumnNr()) + ": "
                + message.substring(0, Math.min(200, message.length()));
    }
}
