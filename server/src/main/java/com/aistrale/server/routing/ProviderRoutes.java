package com.aistrale.server.routing;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.tokens.ProviderDirectory;
import com.aistrale.server.tokens.ProviderSpec;
import com.aistrale.server.tokens.Token;
import com.aistrale.server.tokens.Tokens;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/providers}: who can be asked, with what, and how they have been answering. */
public final class ProviderRoutes {
    private final Tokens tokens;
    private final Circuits circuits;
    private final Guard guard;

    public ProviderRoutes(Tokens tokens, Circuits circuits, Guard guard) {
        this.tokens = tokens;
        this.circuits = circuits;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/providers", guard.with(Role.VIEWER, this::list))
                .get("/api/v1/providers/{name}", guard.with(Role.VIEWER, this::get));
    }

    /** What is known to a workspace of all providers. */
    private record Known(Map<String, List<Token>> tokens, Map<String, Health> health) {}

    private Known known(Caller caller) {
        var workspaceId = caller.workspaceId();
        return new Known(
                tokens.list(workspaceId).stream().collect(Collectors.groupingBy(Token::provider)),
                circuits.health(workspaceId));
    }

    private void list(Caller caller, Exchange exchange) {
        var known = known(caller);
        var json = Json.object();
        var data = json.putArray("data");
        tokens.directory().all().forEach(spec -> data.add(json(caller, spec, known)));
        json.putNull("next_cursor");
        exchange.send(200, json);
    }

    private void get(Caller caller, Exchange exchange) {
        var name = exchange.pathParameter("name");
        var spec = tokens.directory().find(name).orElseThrow(() -> {
            var hint = tokens.directory().hint(name);
            return Problem.of(
                            ProblemCode.NOT_FOUND,
                            "There is no provider `" + name + "`" + (hint.isEmpty() ? "." : hint)
                                    + " They are listed at /api/v1/providers.")
                    .exception();
        });
        exchange.send(200, json(caller, spec, known(caller)));
    }

    private ObjectNode json(Caller caller, ProviderSpec spec, Known known) {
        var credential = tokens.usableCredential(caller.workspaceId(), caller.defaultWorkspace(), spec)
                .map(found -> found.source().name().toLowerCase(Locale.ROOT))
                .orElse(null);
        var json = Json.object()
                .put("name", spec.name())
                .put("title", spec.title())
                .put(
                        "base_url",
                        spec.equals(ProviderDirectory.DEMO)
                                ? null
                                : tokens.directory().baseUrl(spec))
                .put("credential", credential)
                .put(
                        "credential_env",
                        spec.credentialEnv().isEmpty()
                                ? null
                                : spec.credentialEnv().getFirst())
                .put("default_model", spec.defaultModel());
        json.set("health", json(known.health().getOrDefault(spec.name(), Health.UNKNOWN)));
        var its = known.tokens().getOrDefault(spec.name(), List.of());
        long setAside = its.stream().filter(token -> token.setAside() != null).count();
        json.putObject("tokens").put("active", its.size() - setAside).put("set_aside", setAside);
        return json;
    }

    private static ObjectNode json(Health health) {
        var json = Json.object()
                .put("status", health.status().name().toLowerCase(Locale.ROOT))
                .put("failure_rate", health.failureRate())
                .put("window_ms", Health.WINDOW_MS)
                .put("calls", health.calls());
        var last = health.lastFailure();
        if (last == null) {
            json.putNull("last_failure");
        } else {
            json.putObject("last_failure")
                    .put("at", Json.time(last.at()))
                    .put("code", last.code().wireName())
                    .put("message", last.message())
                    .put("upstream_status", last.upstreamStatus());
        }
        var open = json.putArray("circuits");
        for (var circuit : health.openCircuits()) {
            open.addObject()
                    .put("model", circuit.model())
                    .put("state", circuit.halfOpen() ? "half_open" : "open")
                    .put("opened_at", Json.time(circuit.openedAt()))
                    .put("retry_at", Json.time(circuit.retryAt()))
                    .put("reason", circuit.reason());
        }
        return json;
    }
}
