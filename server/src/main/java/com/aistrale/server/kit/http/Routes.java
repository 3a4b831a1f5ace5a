package com.aistrale.server.kit.http;

import io.helidon.http.Method;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the server answers to, collected from the features. Paths are Helidon's: {@code /things/{id}}. */
public final class Routes {
    /** Answers one request; a thrown problem is rendered in the path's format. */
    @FunctionalInterface
    public interface Handler {
        void handle(Exchange exchange);
    }

    private final Map<String, Map<Method, Handler>> byPath = new LinkedHashMap<>();

    public Routes get(String path, Handler handler) {
        return add(Method.GET, path, handler);
    }

    public Routes post(String path, Handler handler) {
        return add(Method.POST, path, handler);
    }

    public Routes put(String path, Handler handler) {
        return add(Method.PUT, path, handler);
    }

    public Routes delete(String path, Handler handler) {
        return add(Method.DELETE, path, handler);
    }

    private Routes add(Method method, String path, Handler handler) {
        if (byPath.computeIfAbsent(path, p -> new LinkedHashMap<>()).put(method, handler) != null) {
            throw new IllegalStateException(method + " " + path + " has two handlers");
        }
        return this;
    }

    /** What is answered, such as {@code GET /things/{id}}. */
    public List<String> mounted() {
        return byPath.entrySet().stream()
                .flatMap(path -> path.getValue().keySet().stream().map(method -> method.text() + " " + path.getKey()))
                .toList();
    }

    Map<String, Map<Method, Handler>> byPath() {
        return byPath;
    }
}
