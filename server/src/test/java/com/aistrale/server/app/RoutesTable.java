package com.aistrale.server.app;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Every route with what it needs. A new one adds a line here, and where it has a resource of its own, a line in
 * {@link EveryRouteTest}'s first workspace; the tests over all routes then hold for it too.
 */
final class RoutesTable {
    /** Who gets in. */
    enum Needs {
        NOTHING,
        VIEWER,
        MEMBER,
        ADMIN,
        OPERATOR
    }

    /** What is peculiar to a route. */
    enum Trait {
        /** Runs a model, and so costs money; the body ends with the model. */
        COSTS,
        /** The model must be named: the workspace's default one is not taken. */
        NAMES_ITS_MODEL,
        /** What its path names is the same for every workspace. */
        SHARED,
        /** Reading it is written into the audit log. */
        NOTED,
        /** Answers a stream of events without end. */
        ENDLESS
    }

    /** @param body the least that is valid; null for none. @param contentType null for JSON */
    record Route(
            Needs needs,
            String method,
            String path,
            @Nullable String body,
            @Nullable String contentType,
            List<Trait> traits) {
        String mounted() {
            return method + " " + path;
        }

        boolean is(Trait trait) {
            return traits.contains(trait);
        }

        boolean hasParameters() {
            return path.indexOf('{') >= 0;
        }

        /** The path with what {@code values} has for the segment before each parameter, else for its name. */
        String path(Map<String, String> values) {
            return PARAMETER.matcher(path).replaceAll(found -> {
                var segment = found.group(1) == null ? "" : "/" + found.group(1);
                var value = found.group(1) == null ? null : values.get(found.group(1));
                return segment + "/" + (value != null ? value : values.getOrDefault(found.group(2), "1"));
            });
        }

        @Override
        public String toString() {
            return mounted();
        }
    }

    private static final Pattern PARAMETER = Pattern.compile("(?:/([^/{}]+))?/\\{([a-z_]+)(?::[^}]*)?}");

    static final List<Route> ALL = List.of(
            route(Needs.NOTHING, "GET /health"),
            route(Needs.NOTHING, "GET /ready"),
            route(Needs.NOTHING, "GET /openapi.yaml"),
            route(Needs.NOTHING, "GET /docs"),
            route(Needs.NOTHING, "GET /docs/{file}", null, Trait.SHARED),
            route(Needs.VIEWER, "GET /api/v1/whoami"),
            route(Needs.VIEWER, "GET /api/v1/workspaces"),
            route(Needs.OPERATOR, "POST /api/v1/workspaces", "{\"name\":\"made by the test\"}"),
            route(Needs.VIEWER, "GET /api/v1/workspaces/{id}"),
            route(Needs.ADMIN, "POST /api/v1/workspaces/{id}", "{\"retention_days\":7}"),
            route(Needs.OPERATOR, "DELETE /api/v1/workspaces/{id}"),
            route(Needs.ADMIN, "GET /api/v1/api-keys"),
            route(Needs.ADMIN, "POST /api/v1/api-keys", "{\"name\":\"made by the test\"}"),
            route(Needs.ADMIN, "GET /api/v1/api-keys/{id}"),
            route(Needs.ADMIN, "POST /api/v1/api-keys/{id}", "{\"name\":\"changed by the test\"}"),
            route(Needs.ADMIN, "DELETE /api/v1/api-keys/{id}"),
            route(Needs.ADMIN, "GET /api/v1/audit-log"),
            route(Needs.VIEWER, "GET /api/v1/tokens"),
            route(Needs.ADMIN, "POST /api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"sk-made-by-the-test\"}"),
            route(Needs.ADMIN, "POST /api/v1/tokens/{id}", "{\"token\":\"sk-changed-by-the-test\"}"),
            route(Needs.ADMIN, "DELETE /api/v1/tokens/{id}"),
            route(Needs.VIEWER, "GET /api/v1/providers"),
            route(Needs.MEMBER, "POST /api/v1/inferences", "{\"prompt\":\"Hi\",\"model\":\"demo/demo\"}", Trait.COSTS),
            route(Needs.VIEWER, "GET /api/v1/inferences/{id}"),
            route(Needs.VIEWER, "GET /api/v1/telemetry"),
            route(
                    Needs.MEMBER,
                    "POST /v1/chat/completions",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"demo/demo\"}",
                    Trait.COSTS,
                    Trait.NAMES_ITS_MODEL),
            route(Needs.VIEWER, "GET /v1/models"),
            route(Needs.VIEWER, "GET /v1/models/{id}", null, Trait.SHARED),
            route(Needs.VIEWER, "GET /v1/models/{provider}/{id:.+}", null, Trait.SHARED));

    private RoutesTable() {}

    private static Route route(Needs needs, String methodAndPath) {
        return route(needs, methodAndPath, null);
    }

    private static Route route(Needs needs, String methodAndPath, @Nullable String json, Trait... traits) {
        int space = methodAndPath.indexOf(' ');
        var contentType = json == null ? null : "application/json";
        return new Route(
                needs,
                methodAndPath.substring(0, space),
                methodAndPath.substring(space + 1),
                json,
                contentType,
                List.of(traits));
    }
}
