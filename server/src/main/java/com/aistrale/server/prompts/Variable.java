package com.aistrale.server.prompts;

import com.aistrale.server.kit.json.Json;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A variable of a version.
 *
 * @param required whether a rendering must give it; never with a default
 * @param defaultValue what stands in its place when it is not given; null for nothing at all
 */
public record Variable(
        String name,
        Type type,
        boolean required,
        @Nullable JsonNode defaultValue,
        @Nullable String description) {

    /** What a value must be. */
    public enum Type {
        STRING("a string"),
        NUMBER("a number"),
        INTEGER("a whole number"),
        BOOLEAN("true or false"),
        ARRAY("an array"),
        OBJECT("an object");

        /** As they are written, in the order of the enum. */
        static final List<String> NAMES =
                Arrays.stream(values()).map(Type::wireName).toList();

        private final String words;
        private final String wireName = name().toLowerCase(Locale.ROOT);

        Type(String words) {
            this.words = words;
        }

        public String wireName() {
            return wireName;
        }

        /** Such as "a string". */
        String words() {
            return words;
        }

        /** Whether the value is of this type; {@code 1.0} is a whole number too. */
        public boolean takes(JsonNode value) {
            return switch (this) {
                case STRING -> value.isString();
                case NUMBER -> value.isNumber();
                case INTEGER -> value.isNumber() && value.canConvertToExactIntegral();
                case BOOLEAN -> value.isBoolean();
                case ARRAY -> value.isArray();
                case OBJECT -> value.isObject();
            };
        }

        /** The type that is written so, or null. */
        public static @Nullable Type of(String wireName) {
            int index = NAMES.indexOf(wireName);
            return index < 0 ? null : values()[index];
        }
    }

    public Variable {
        if (required && defaultValue != null) {
            throw new IllegalArgumentException(name + " is required and has a default");
        }
    }

    /** One that a template uses without a declaration. */
    static Variable derived(String name) {
        return new Variable(name, Type.STRING, true, null, null);
    }

    /** How a value stands in the text: a string as it is, everything else as compact JSON. */
    static String text(JsonNode value) {
        return value.isString() ? value.stringValue() : Json.text(value);
    }
}
