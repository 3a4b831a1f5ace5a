package com.aistrale.internal;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as plain values: Map (in the text's order), List, String, Boolean, null, and numbers that lose nothing: Long where the text is
 * an integer that fits, else BigInteger, and BigDecimal for everything with a point or an exponent.
 */
public final class Json {
    private static final int LONGEST_NUMBER = 1000;

    private Json() {}

    /** Text that is not JSON: where, and what was wrong. */
    public static final class MalformedJson extends Exception {
        MalformedJson(String message) {
            super(message);
        }
    }

    public static @Nullable Object parse(String text) throws MalformedJson {
        try (var reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            var value = read(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new MalformedJson("something follows the JSON value");
            }
            return value;
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw new MalformedJson("not JSON: " + e.getMessage());
        }
    }

    /** An object, or a {@link MalformedJson} where the text is another value. */
    @SuppressWarnings("unchecked")
    public static Map<String, @Nullable Object> parseObject(String text) throws MalformedJson {
        if (parse(text) instanceof Map<?, ?> object) {
            return (Map<String, @Nullable Object>) object;
        }
        throw new MalformedJson("not a JSON object");
    }

    /** Throws IllegalArgumentException for a value that JSON does not have, naming its class. */
    public static String write(@Nullable Object value) {
        var text = new StringWriter();
        try (var writer = new JsonWriter(text)) {
            writer.setStrictness(Strictness.STRICT);
            writer.setSerializeNulls(true);
            writer.setHtmlSafe(false);
            write(writer, value);
        } catch (IOException e) {
            throw new IllegalStateException("a StringWriter does not fail", e);
        }
        return text.toString();
    }

    private static @Nullable Object read(JsonReader reader) throws IOException, MalformedJson {
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> readObject(reader);
            case BEGIN_ARRAY -> readArray(reader);
            case STRING -> reader.nextString();
            case NUMBER -> number(reader.nextString());
            case BOOLEAN -> reader.nextBoolean();
            case NULL -> {
                reader.nextNull();
                yield null;
            }
            case NAME, END_OBJECT, END_ARRAY, END_DOCUMENT ->
                throw new MalformedJson("a value was expected at " + reader.getPath());
        };
    }

    private static Map<String, @Nullable Object> readObject(JsonReader reader) throws IOException, MalformedJson {
        var object = new LinkedHashMap<String, @Nullable Object>();
        reader.beginObject();
        while (reader.hasNext()) {
            var name = reader.nextName();
            object.put(name, read(reader));
        }
        reader.endObject();
        return Collections.unmodifiableMap(object);
    }

    private static List<@Nullable Object> readArray(JsonReader reader) throws IOException, MalformedJson {
        var array = new ArrayList<@Nullable Object>();
        reader.beginArray();
        while (reader.hasNext()) {
            array.add(read(reader));
        }
        reader.endArray();
        return Collections.unmodifiableList(array);
    }

    private static Number number(String digits) throws MalformedJson {
        if (digits.length() > LONGEST_NUMBER) {
            throw new MalformedJson("a number of " + digits.length() + " digits");
        }
        if (digits.indexOf('.') >= 0 || digits.indexOf('e') >= 0 || digits.indexOf('E') >= 0) {
            return new BigDecimal(digits);
        }
        var integer = new BigInteger(digits);
        return integer.bitLength() < Long.SIZE ? (Number) integer.longValue() : integer;
    }

    private static void write(JsonWriter writer, @Nullable Object value) throws IOException {
        if (value == null) {
            writer.nullValue();
        } else if (value instanceof CharSequence text) {
            writer.value(text.toString());
        } else if (value instanceof Boolean bool) {
            writer.value(bool);
        } else if (value instanceof Number number) {
            writer.value(number);
        } else if (value instanceof Map<?, ?> object) {
            writeObject(writer, object);
        } else if (value instanceof Iterable<?> array) {
            writer.beginArray();
            for (var element : array) {
                write(writer, element);
            }
            writer.endArray();
        } else {
            throw new IllegalArgumentException("JSON has no " + value.getClass().getName()
                    + ": use maps, lists, strings, numbers, booleans and null");
        }
    }

    private static void writeObject(JsonWriter writer, Map<?, ?> object) throws IOException {
        writer.beginObject();
        for (var entry : object.entrySet()) {
            writer.name(String.valueOf(entry.getKey()));
            write(writer, entry.getValue());
        }
        writer.endObject();
    }
}
