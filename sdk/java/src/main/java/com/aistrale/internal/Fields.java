package com.aistrale.internal;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An object of the server's, read field by field. An absent field and a null one are the same; one of another type than the contract's
 * is a {@link Mismatch} that names it.
 */
public final class Fields {
    private final String name;
    private final Map<String, @Nullable Object> json;

    public Fields(String name, Map<String, @Nullable Object> json) {
        this.name = name;
        this.json = json;
    }

    /** The server's answer is not what the contract says. */
    public static final class Mismatch extends RuntimeException {
        Mismatch(String message) {
            super(message);
        }
    }

    public Map<String, @Nullable Object> json() {
        return json;
    }

    public String text(String field) {
        return required(field, optionalText(field));
    }

    public @Nullable String optionalText(String field) {
        return as(field, String.class, "a string");
    }

    public boolean flag(String field) {
        return Boolean.TRUE.equals(as(field, Boolean.class, "a boolean"));
    }

    public long integer(String field) {
        return required(field, optionalInteger(field));
    }

    public @Nullable Long optionalInteger(String field) {
        var number = as(field, Number.class, "an integer");
        if (number == null || number instanceof Long) {
            return (Long) number;
        }
        try {
            return decimal(number).longValueExact();
        } catch (ArithmeticException e) {
            throw mismatch(field, "an integer");
        }
    }

    public @Nullable BigDecimal optionalDecimal(String field) {
        var number = as(field, Number.class, "a number");
        return number == null ? null : decimal(number);
    }

    public BigDecimal decimal(String field) {
        return required(field, optionalDecimal(field));
    }

    public Instant time(String field) {
        return required(field, optionalTime(field));
    }

    public @Nullable Instant optionalTime(String field) {
        var text = optionalText(field);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            throw mismatch(field, "a time like 2026-11-01T12:00:00.000Z");
        }
    }

    public Map<String, @Nullable Object> object(String field) {
        var object = optionalObject(field);
        return object == null ? Map.of() : object;
    }

    @SuppressWarnings("unchecked")
    public @Nullable Map<String, @Nullable Object> optionalObject(String field) {
        return (Map<String, @Nullable Object>) as(field, Map.class, "an object");
    }

    public <T> @Nullable T optional(String field, Function<Fields, T> read) {
        var object = optionalObject(field);
        return object == null ? null : read.apply(new Fields(name + "." + field, object));
    }

    public <T> T required(String field, Function<Fields, T> read) {
        return required(field, optional(field, read));
    }

    /** Empty where the field is absent. */
    @SuppressWarnings("unchecked")
    public <T> List<T> list(String field, Function<Fields, T> read) {
        var elements = as(field, List.class, "a list");
        var values = new ArrayList<T>();
        for (var element : elements == null ? List.of() : elements) {
            if (!(element instanceof Map<?, ?> object)) {
                throw mismatch(field, "a list of objects");
            }
            var place = name + "." + field + "[" + values.size() + "]";
            values.add(read.apply(new Fields(place, (Map<String, @Nullable Object>) object)));
        }
        return List.copyOf(values);
    }

    /** Null and absent are the same. */
    public @Nullable Object value(String field) {
        return json.get(field);
    }

    public @Nullable Boolean optionalFlag(String field) {
        return as(field, Boolean.class, "a boolean");
    }

    /** Null where the field is absent or null, which is not the same as an empty list. */
    public @Nullable List<String> optionalTexts(String field) {
        var elements = as(field, List.class, "a list");
        if (elements == null) {
            return null;
        }
        var texts = new ArrayList<String>();
        for (var element : elements) {
            if (!(element instanceof String text)) {
                throw mismatch(field, "a list of strings");
            }
            texts.add(text);
        }
        return List.copyOf(texts);
    }

    /** Empty where the field is absent. */
    public List<Long> integerList(String field) {
        var elements = as(field, List.class, "a list");
        var integers = new ArrayList<Long>();
        for (var element : elements == null ? List.of() : elements) {
            if (!(element instanceof Long number)) {
                throw mismatch(field, "a list of integers");
            }
            integers.add(number);
        }
        return List.copyOf(integers);
    }

    public Map<String, Long> integers(String field) {
        var integers = new LinkedHashMap<String, Long>();
        object(field).forEach((key, value) -> {
            if (!(value instanceof Long number)) {
                throw mismatch(field + "." + key, "an integer");
            }
            integers.put(key, number);
        });
        return Collections.unmodifiableMap(integers);
    }

    public Map<String, String> texts(String field) {
        var texts = new LinkedHashMap<String, String>();
        object(field).forEach((key, value) -> {
            if (!(value instanceof String text)) {
                throw mismatch(field + "." + key, "a string");
            }
            texts.put(key, text);
        });
        return Map.copyOf(texts);
    }

    private static BigDecimal decimal(Number number) {
        if (number instanceof BigDecimal decimal) {
            return decimal;
        }
        return number instanceof BigInteger integer ? new BigDecimal(integer) : BigDecimal.valueOf(number.longValue());
    }

    private <T> @Nullable T as(String field, Class<T> type, String expected) {
        var value = json.get(field);
        if (value != null && !type.isInstance(value)) {
            throw mismatch(field, expected);
        }
        return type.cast(value);
    }

    private <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new Mismatch("the server's " + name + " has no \"" + field + "\"");
        }
        return value;
    }

    private Mismatch mismatch(String field, String expected) {
        return new Mismatch("\"" + field + "\" of the server's " + name + " is not " + expected);
    }
}
