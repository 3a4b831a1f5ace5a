package com.aistrale.server.pricing;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/** JSON with the line on which each value stands, so that a mistake can be shown where it is. Numbers stay exact. */
sealed interface Located {
    int line();

    record Obj(int line, Map<String, Located> members) implements Located {}

    record Arr(int line, List<Located> items) implements Located {}

    record Text(int line, String value) implements Located {}

    record Num(int line, BigDecimal value) implements Located {}

    record Bool(int line, boolean value) implements Located {}

    record Null(int line) implements Located {}

    /** How a message names what was found. */
    default String found() {
        return switch (this) {
            case Obj _ -> "an object";
            case Arr _ -> "a list";
            case Text text -> "\"" + text.value + "\"";
            case Num num -> num.value.toString();
            case Bool bool -> String.valueOf(bool.value);
            case Null _ -> "null";
        };
    }

    /**
     * Reads one JSON text in UTF-8.
     *
     * @throws JacksonException when it is none, or an object has a member twice; its location says where
     */
    static Located parse(byte[] json) {
        var factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        try (var parser = factory.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            var value = value(parser);
            if (parser.nextToken() != null) {
                throw new StreamReadException(
                        parser, "there is more behind the end of the JSON text", parser.currentTokenLocation());
            }
            return value;
        }
    }

    private static Located value(JsonParser parser) {
        int line = parser.currentTokenLocation().getLineNr();
        var token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> {
                var members = new LinkedHashMap<String, Located>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    var name = parser.currentName();
                    parser.nextToken();
                    members.put(name, value(parser));
                }
                yield new Obj(line, members);
            }
            case START_ARRAY -> {
                var items = new ArrayList<Located>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(value(parser));
                }
                yield new Arr(line, items);
            }
            case VALUE_STRING -> new Text(line, parser.getString());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Num(line, parser.getDecimalValue());
            case VALUE_TRUE -> new Bool(line, true);
            case VALUE_FALSE -> new Bool(line, false);
            case VALUE_NULL -> new Null(line);
            case null -> throw new StreamReadException(parser, "the file is empty", parser.currentTokenLocation());
            case END_OBJECT, END_ARRAY, PROPERTY_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                throw new IllegalStateException("no value begins with " + token);
        };
    }
}
