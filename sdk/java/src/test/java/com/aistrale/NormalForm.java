package com.aistrale;

import com.aistrale.internal.Json;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came of a call, in the words of {@code contract/scenarios/}: the wire's names, and the errors' names of the other languages. */
final class NormalForm {
    private NormalForm() {}

    static String wireName(String javaName) {
        return javaName.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    static String javaName(String wireName) {
        var words = wireName.split("_", -1);
        var name = new StringBuilder(words[0]);
        for (var i = 1; i < words.length; i++) {
            name.append(Character.toUpperCase(words[i].charAt(0))).append(words[i].substring(1));
        }
        return name.toString();
    }

    /** A value of the SDK's as JSON: what the typed fields hold, and behind them what only came as JSON. */
    static @Nullable Object of(@Nullable Object value) {
        if (value instanceof ToolCall call) {
            return over(call.json(), Map.of("function", Map.of("name", call.name(), "arguments", call.arguments())));
        }
        if (value instanceof Record model) {
            return model(model);
        }
        if (value instanceof Map<?, ?> map) {
            var object = new LinkedHashMap<String, @Nullable Object>();
            map.forEach((name, field) -> object.put(name.toString(), of(field)));
            return object;
        }
        if (value instanceof Iterable<?> several) {
            var list = new ArrayList<@Nullable Object>();
            several.forEach(each -> list.add(of(each)));
            return list;
        }
        return value instanceof Instant ? value.toString() : value;
    }

    private static @Nullable Object model(Record model) {
        Object json = Map.of();
        var typed = new LinkedHashMap<String, @Nullable Object>();
        for (var component : model.getClass().getRecordComponents()) {
            if (component.getName().equals("json")) {
                json = field(model, component);
            } else {
                typed.put(wireName(component.getName()), of(field(model, component)));
            }
        }
        return over(json, typed);
    }

    private static Object field(Record model, RecordComponent component) {
        try {
            var accessor = component.getAccessor();
            accessor.setAccessible(true);
            return accessor.invoke(model);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** The typed value, with the fields of the JSON that it lacks. */
    private static @Nullable Object over(@Nullable Object json, @Nullable Object typed) {
        if (json instanceof Map<?, ?> below && typed instanceof Map<?, ?> above) {
            var object = new LinkedHashMap<Object, @Nullable Object>(below);
            above.forEach((name, value) -> object.put(name, over(below.get(name), value)));
            return object;
        }
        if (json instanceof List<?> below && typed instanceof List<?> above && below.size() == above.size()) {
            var list = new ArrayList<@Nullable Object>();
            for (var i = 0; i < below.size(); i++) {
                list.add(over(below.get(i), above.get(i)));
            }
            return list;
        }
        return typed;
    }

    static Map<String, ?> of(StreamEvent event) {
        if (event instanceof StreamEvent.Text text) {
            return Map.of("type", "text", "text", text.text());
        }
        if (event instanceof StreamEvent.Thinking thinking) {
            return Map.of("type", "thinking", "thinking", thinking.thinking());
        }
        var object = new LinkedHashMap<String, @Nullable Object>();
        if (event instanceof StreamEvent.ToolCallPart part) {
            object.put("type", "tool_call");
            object.put("index", part.index());
            object.put("id", part.id());
            object.put("name", part.name());
            object.put("arguments", part.arguments());
        } else if (event instanceof StreamEvent.Completed completed) {
            object.put("type", "completed");
            object.put("inference", of(completed.inference()));
        } else if (event instanceof StreamEvent.Unknown unknown) {
            object.put("type", "unknown");
            object.put("event", unknown.type());
            object.put("data", json(unknown.data()));
        } else {
            throw new AssertionError("no normal form for " + event);
        }
        return object;
    }

    private static @Nullable Object json(String data) {
        try {
            return Json.parse(data);
        } catch (Json.MalformedJson e) {
            return data;
        }
    }

    static Map<String, ?> of(RuntimeException error) {
        var object = new LinkedHashMap<String, @Nullable Object>();
        object.put("class", name(error.getClass()));
        object.put("message", error.getMessage());
        if (error instanceof ApiStatusException answered) {
            var wait = answered.retryAfter();
            var problem = answered.problem();
            object.put("status", answered.status());
            object.put("code", answered.code());
            object.put("request_id", answered.requestId());
            object.put("retry_after_ms", wait == null ? null : wait.toMillis());
            object.put("provider", problem == null ? null : problem.provider());
        } else if (error instanceof StreamInterruptedException cut) {
            object.put("text", cut.text());
        }
        return object;
    }

    private static String name(Class<?> error) {
        if (error == InterruptedInferenceException.class) {
            return "InterruptedError";
        }
        return error.getSimpleName().replaceFirst("^Api", "API").replaceFirst("Exception$", "Error");
    }
}
