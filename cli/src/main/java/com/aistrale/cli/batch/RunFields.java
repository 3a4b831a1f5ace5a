package com.aistrale.cli.batch;

import com.aistrale.PromptRef;
import com.aistrale.RunOptions;
import com.aistrale.internal.Json;
import com.aistrale.internal.Nearest;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A run's fields by the names that they have on the wire, and what the SDK calls them. */
public final class RunFields {
    /** What stands in a cell or on the command line as text; everything else as JSON. */
    private static final Set<String> TEXTS = Set.of(
            "prompt",
            "system",
            "model",
            "provider",
            "reasoning_effort",
            "session_id",
            "trace_id",
            "parent_span_id",
            "stop",
            "tool_choice");

    private static final Set<String> OTHERS = Set.of(
            "messages",
            "prompt_ref",
            "fallbacks",
            "temperature",
            "top_p",
            "max_output_tokens",
            "tools",
            "response_format",
            "seed",
            "metadata",
            "timeout_ms",
            "provider_options");

    private RunFields() {}

    /** A value that a field does not take. */
    static final class Mistake extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        Mistake(String message) {
            super(message);
        }
    }

    static boolean isKnown(String name) {
        return TEXTS.contains(name) || OTHERS.contains(name);
    }

    /** What to say of a name that no field has. */
    static String unknown(String name) {
        var all = new ArrayList<>(TEXTS);
        all.addAll(OTHERS);
        all.add("id");
        return "there is no field `" + name + "`"
                + Nearest.to(name, all)
                        .map(near -> ", did you mean `" + near + "`?")
                        .orElse("");
    }

    /** The value of a field that stands as text in a cell; null for an empty one. */
    static @Nullable Object fromText(String name, String text) {
        if (text.isEmpty()) {
            return null;
        }
        if (TEXTS.contains(name)) {
            return text;
        }
        if (name.equals("fallbacks") && !text.startsWith("[")) {
            return List.of(text.split("\\s*,\\s*"));
        }
        try {
            return Json.parse(text);
        } catch (Json.MalformedJson e) {
            throw new Mistake("`" + name + "` is " + e.getMessage());
        }
    }

    /**
     * Puts one field into the options. Null is as good as absent.
     *
     * @param name any but {@code prompt}, which the SDK takes apart
     * @throws IllegalArgumentException if there is no such field, or it does not take the value
     */
    public static void put(RunOptions.Builder options, String name, @Nullable Object value) {
        if (value == null) {
            return;
        }
        switch (name) {
            case "system" -> options.system(text(name, value));
            case "model" -> options.model(text(name, value));
            case "provider" -> options.provider(text(name, value));
            case "reasoning_effort" -> options.reasoningEffort(text(name, value));
            case "session_id" -> options.sessionId(text(name, value));
            case "trace_id" -> options.traceId(text(name, value));
            case "parent_span_id" -> options.parentSpanId(text(name, value));
            case "messages" -> options.messages(objects(name, value));
            case "prompt_ref" -> options.promptRef(promptRef(value));
            case "fallbacks" -> options.fallbacks(texts(name, value));
            case "temperature" -> options.temperature(number(name, value).doubleValue());
            case "top_p" -> options.topP(number(name, value).doubleValue());
            case "max_output_tokens" -> options.maxOutputTokens((int) whole(name, value, Integer.MAX_VALUE));
            case "stop" ->
                options.stop(
                        value instanceof String one
                                ? new String[] {one}
                                : texts(name, value).toArray(String[]::new));
            case "tools" -> options.tools(objects(name, value));
            case "tool_choice" -> options.toolChoice(value instanceof String ? value : object(name, value));
            case "response_format" -> options.responseFormat(object(name, value));
            case "seed" -> options.seed(whole(name, value, Long.MAX_VALUE));
            case "metadata" -> options.metadata(metadata(value));
            case "timeout_ms" -> options.inferenceTimeout(Duration.ofMillis(whole(name, value, Integer.MAX_VALUE)));
            case "provider_options" -> options.providerOptions(object(name, value));
            default -> throw new Mistake(unknown(name));
        }
    }

    /** Throws where the field does not take the value. */
    static void check(String name, Object value) {
        if (name.equals("prompt")) {
            text(name, value);
        } else {
            put(RunOptions.builder(), name, value);
        }
    }

    private static String text(String name, Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw wrong(name, "a string");
    }

    private static Number number(String name, Object value) {
        if (value instanceof Number number) {
            return number;
        }
        throw wrong(name, "a number");
    }

    private static long whole(String name, Object value, long most) {
        try {
            var whole = new BigDecimal(number(name, value).toString()).longValueExact();
            if (whole <= most) {
                return whole;
            }
        } catch (ArithmeticException e) {
            throw wrong(name, "a whole number");
        }
        throw wrong(name, "at most " + most);
    }

    @SuppressWarnings("unchecked") // what JSON's objects are read as
    private static Map<String, @Nullable Object> object(String name, @Nullable Object value) {
        if (value instanceof Map<?, ?> object) {
            return (Map<String, @Nullable Object>) object;
        }
        throw wrong(name, "an object");
    }

    private static List<Map<String, @Nullable Object>> objects(String name, Object value) {
        var objects = new ArrayList<Map<String, @Nullable Object>>();
        for (var element : list(name, value)) {
            objects.add(object(name, element));
        }
        return objects;
    }

    private static List<String> texts(String name, Object value) {
        var texts = new ArrayList<String>();
        for (var element : list(name, value)) {
            if (!(element instanceof String text)) {
                throw wrong(name, "a list of strings");
            }
            texts.add(text);
        }
        return texts;
    }

    private static List<?> list(String name, Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw wrong(name, "a list");
    }

    private static Map<String, String> metadata(Object value) {
        var metadata = new LinkedHashMap<String, String>();
        object("metadata", value).forEach((key, text) -> {
            if (!(text instanceof String label)) {
                throw wrong("metadata", "an object of strings");
            }
            metadata.put(key, label);
        });
        return metadata;
    }

    private static PromptRef promptRef(Object value) {
        var fields = object("prompt_ref", value);
        if (!(fields.get("name") instanceof String name)) {
            throw new Mistake("`prompt_ref` has no `name`");
        }
        var ref = PromptRef.of(name);
        for (var field : fields.entrySet()) {
            var given = field.getValue();
            if (given == null) {
                continue;
            }
            ref = switch (field.getKey()) {
                case "name" -> ref;
                case "version" -> ref.version(whole("prompt_ref.version", given, Long.MAX_VALUE));
                case "label" -> ref.label(text("prompt_ref.label", given));
                case "variables" -> ref.variables(object("prompt_ref.variables", given));
                default -> throw new Mistake("`prompt_ref` has no field `" + field.getKey() + "`");
            };
        }
        return ref;
    }

    private static Mistake wrong(String name, String expected) {
        return new Mistake("`" + name + "` must be " + expected);
    }
}
