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
        /** Is in a format that only providers of that format get as it is, and those of the tests are not. */
        OF_ANOTHER_FORMAT,
        /** Asks a provider for what it takes no money for; the one of the table has no token. */
        ASKS_ONLY,
        /** What its path names is the same for every workspace. */
        SHARED,
        /** Makes what its path names where that is not there: in the caller's own workspace. */
        CREATES,
        /** Takes away what the route before it made there. */
        UNMAKES,
        /** Reading it is written into the audit log. */
        NOTED,
        /** Answers a stream of events without end. */
        ENDLESS,
        /** Names what it is about by an Idempotency-Key. */
        KEYED
    }

    /** @param body the least that is valid, and its type; null for none. */
    record Route(
            Needs needs,
            String method,
            String path,
            @Nullable String body,
            @Nullable String contentType,
            List<Trait> traits) {
        String mounted() {
            return method + " " + path.replaceFirst("\\?.*", "");
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
                return segment + "/" + (value != null ? value : USUAL.getOrDefault(found.group(2), "1"));
            });
        }

        @Override
        public String toString() {
            return mounted();
        }
    }

    private static final Pattern PARAMETER = Pattern.compile("(?:/([^/{}]+))?/\\{([a-z_]+)(?::[^}]*)?}");

    /** What a parameter is where nothing else is said. */
    private static final Map<String, String> USUAL = Map.of("label", "production");

    private static final String SPAN = """
            {"spans": [{"trace_id": "t", "span_id": "s", "name": "n", "kind": "tool",
             "started_at": "2026-11-25T08:00:00Z", "ended_at": "2026-11-25T08:00:01Z"}]}""";

    static final List<Route> ALL = List.of(
            route(Needs.NOTHING, "GET /health"),
            route(Needs.NOTHING, "GET /ready"),
            route(Needs.OPERATOR, "GET /metrics"),
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
            route(Needs.VIEWER, "GET /api/v1/providers/{name}", null, Trait.SHARED),
            route(Needs.VIEWER, "GET /api/v1/aliases"),
            route(Needs.VIEWER, "GET /api/v1/aliases/{name}"),
            route(Needs.ADMIN, "PUT /api/v1/aliases/{name}", "{\"model\":\"openai/gpt-4o\"}", Trait.CREATES),
            route(Needs.ADMIN, "DELETE /api/v1/aliases/{name}", null, Trait.UNMAKES),
            route(Needs.VIEWER, "GET /api/v1/models"),
            route(Needs.VIEWER, "GET /api/v1/prompts"),
            route(Needs.MEMBER, "POST /api/v1/prompts", "{\"name\":\"made-by-the-test\",\"text\":\"Hi\"}"),
            route(Needs.VIEWER, "GET /api/v1/prompts/{name}"),
            route(Needs.MEMBER, "POST /api/v1/prompts/{name}", "{\"description\":\"changed by the test\"}"),
            route(Needs.VIEWER, "GET /api/v1/prompts/{name}/versions"),
            route(Needs.MEMBER, "POST /api/v1/prompts/{name}/versions", "{\"text\":\"changed by the test\"}"),
            route(Needs.VIEWER, "GET /api/v1/prompts/{name}/versions/{version}"),
            route(Needs.MEMBER, "PUT /api/v1/prompts/{name}/labels/{label}", "{\"version\":1}"),
            route(Needs.MEMBER, "DELETE /api/v1/prompts/{name}/labels/{label}"),
            route(Needs.VIEWER, "POST /api/v1/prompts/{name}/render", "{}"),
            route(Needs.VIEWER, "GET /api/v1/prompts/{name}/diff?from=1&to=1"),
            route(Needs.VIEWER, "GET /api/v1/prompts/{name}/dotprompt"),
            text(Needs.MEMBER, "PUT /api/v1/prompts/{name}/dotprompt", "Changed by the test\n", Trait.CREATES),
            route(Needs.MEMBER, "DELETE /api/v1/prompts/{name}"), // the one that was just made, too
            route(Needs.VIEWER, "GET /api/v1/budgets"),
            route(
                    Needs.ADMIN,
                    "POST /api/v1/budgets",
                    "{\"name\":\"made by the test\",\"scope\":{\"type\":\"workspace\"},\"period\":\"total\",\"limit_usd\":7}"),
            route(Needs.VIEWER, "GET /api/v1/budgets/{id}"),
            route(Needs.ADMIN, "POST /api/v1/budgets/{id}", "{\"name\":\"changed by the test\"}"),
            route(Needs.ADMIN, "DELETE /api/v1/budgets/{id}"),
            route(Needs.VIEWER, "GET /api/v1/webhooks"),
            route(
                    Needs.ADMIN,
                    "POST /api/v1/webhooks",
                    "{\"url\":\"https://hooks.example.com/made-by-the-test\",\"events\":[\"*\"]}"),
            route(Needs.VIEWER, "GET /api/v1/webhooks/{id}"),
            route(Needs.ADMIN, "POST /api/v1/webhooks/{id}", "{\"name\":\"changed by the test\"}"),
            route(Needs.ADMIN, "POST /api/v1/webhooks/{id}/rotate-secret"),
            route(Needs.ADMIN, "DELETE /api/v1/webhooks/{id}"),
            route(Needs.VIEWER, "GET /api/v1/webhook-event-types"),
            route(Needs.VIEWER, "GET /api/v1/webhooks/{id}/deliveries"),
            route(Needs.ADMIN, "POST /api/v1/webhooks/{id}/test"),
            route(Needs.ADMIN, "POST /api/v1/webhooks/{id}/recover", "{\"since\":\"2026-01-01T00:00:00Z\"}"),
            route(Needs.VIEWER, "GET /api/v1/webhook-deliveries/{id}"),
            route(Needs.ADMIN, "POST /api/v1/webhook-deliveries/{id}/retry"),
            route(Needs.MEMBER, "POST /api/v1/inferences", "{\"prompt\":\"Hi\",\"model\":\"demo/demo\"}", Trait.COSTS),
            route(Needs.VIEWER, "GET /api/v1/inferences/{id}"),
            route(Needs.MEMBER, "POST /api/v1/inferences/{id}/cancel"),
            route(Needs.MEMBER, "POST /api/v1/inferences/cancel", null, Trait.KEYED),
            route(Needs.VIEWER, "GET /api/v1/telemetry"),
            route(Needs.VIEWER, "GET /api/v1/telemetry/summary"),
            route(Needs.VIEWER, "GET /api/v1/telemetry/stream", null, Trait.ENDLESS),
            route(Needs.ADMIN, "GET /api/v1/telemetry/export", null, Trait.NOTED),
            route(Needs.MEMBER, "POST /api/v1/telemetry/spans", SPAN),
            route(Needs.ADMIN, "POST /api/v1/telemetry/deletions", "{\"user\":\"first-user\"}"),
            route(Needs.VIEWER, "GET /api/v1/events/stream", null, Trait.ENDLESS),
            route(Needs.MEMBER, "POST /api/v1/events/test", "{\"event_type\":\"prompt.updated\"}"),
            route(Needs.VIEWER, "GET /api/v1/traces"),
            route(Needs.VIEWER, "GET /api/v1/traces/{trace_id}"),
            route(
                    Needs.MEMBER,
                    "POST /v1/chat/completions",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"demo/demo\"}",
                    Trait.COSTS,
                    Trait.NAMES_ITS_MODEL),
            route(
                    Needs.MEMBER,
                    "POST /v1/messages",
                    "{\"max_tokens\":4096,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"demo/demo\"}",
                    Trait.COSTS,
                    Trait.NAMES_ITS_MODEL,
                    Trait.OF_ANOTHER_FORMAT),
            route(
                    Needs.MEMBER,
                    "POST /v1/messages/count_tokens",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"model\":\"claude-sonnet-4-5\"}",
                    Trait.ASKS_ONLY),
            route(Needs.VIEWER, "GET /v1/models"),
            route(Needs.VIEWER, "GET /v1/models/{id}", null, Trait.SHARED),
            route(Needs.VIEWER, "GET /v1/models/{provider}/{id:.+}", null, Trait.SHARED));

    private RoutesTable() {}

    private static Route route(Needs needs, String methodAndPath) {
        return route(needs, methodAndPath, null);
    }

    private static Route route(Needs needs, String methodAndPath, @Nullable String json, Trait... traits) {
        return route(needs, methodAndPath, json, json == null ? null : "application/json", traits);
    }

    private static Route text(Needs needs, String methodAndPath, String text, Trait... traits) {
        return route(needs, methodAndPath, text, "text/plain", traits);
    }

    private static Route route(
            Needs needs, String methodAndPath, @Nullable String body, @Nullable String contentType, Trait... traits) {
        int space = methodAndPath.indexOf(' ');
        var method = methodAndPath.substring(0, space);
        return new Route(needs, method, methodAndPath.substring(space + 1), body, contentType, List.of(traits));
    }
}
