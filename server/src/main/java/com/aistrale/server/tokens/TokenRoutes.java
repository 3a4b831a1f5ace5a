package com.aistrale.server.tokens;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Problem;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/tokens} and {@code /api/v1/providers}. */
public final class TokenRoutes {
    private static final int LONGEST = 16_384;

    private final Tokens tokens;
    private final Guard guard;

    public TokenRoutes(Tokens tokens, Guard guard) {
        this.tokens = tokens;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/tokens", guard.with(Role.VIEWER, this::list))
                .post("/api/v1/tokens", guard.with(Role.ADMIN, this::add))
                .post("/api/v1/tokens/{id}", guard.with(Role.ADMIN, this::replace))
                .delete("/api/v1/tokens/{id}", guard.with(Role.ADMIN, this::delete))
                .get("/api/v1/providers", guard.with(Role.VIEWER, this::providers));
    }

    private void list(Caller caller, Exchange exchange) {
        var json = Json.object();
        var data = json.putArray("data");
        tokens.list(caller.workspaceId()).forEach(token -> data.add(json(token)));
        json.putNull("next_cursor");
        exchange.send(200, json);
    }

    private void add(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of("provider", "token", "name"));
        var provider = provider(body.path("provider"), reading);
        var secret = secret(body.path("token"), reading);
        var name = name(body.path("name"), reading);
        if (provider == null || secret == null || reading.count() > 0) {
            throw Problem.invalid(reading.mistakes()).exception();
        }
        exchange.send(201, json(tokens.add(caller, provider, secret, name)));
    }

    private void replace(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of("token"));
        var secret = secret(body.path("token"), reading);
        if (secret == null || reading.count() > 0) {
            throw Problem.invalid(reading.mistakes()).exception();
        }
        exchange.send(200, json(tokens.replace(caller, exchange.pathParameter("id"), secret)));
    }

    private void delete(Caller caller, Exchange exchange) {
        tokens.delete(caller, exchange.pathParameter("id"));
        exchange.sendNothing();
    }

    private void providers(Caller caller, Exchange exchange) {
        var json = Json.object();
        var data = json.putArray("data");
        for (var spec : tokens.directory().all()) {
            var credential = tokens.credential(caller.workspaceId(), caller.defaultWorkspace(), spec);
            data.addObject()
                    .put("name", spec.name())
                    .put("title", spec.title())
                    .put(
                            "base_url",
                            spec.equals(ProviderDirectory.DEMO)
                                    ? null
                                    : tokens.directory().baseUrl(spec))
                    .put(
                            "credential",
                            credential
                                    .map(found -> found.source().name().toLowerCase(Locale.ROOT))
                                    .orElse(null))
                    .put(
                            "credential_env",
                            spec.credentialEnv().isEmpty()
                                    ? null
                                    : spec.credentialEnv().getFirst())
                    .put("default_model", spec.defaultModel());
        }
        json.putNull("next_cursor");
        exchange.send(200, json);
    }

    private @Nullable ProviderSpec provider(JsonNode node, Reading reading) {
        if (!node.isString()) {
            reading.mistake("/provider", "the provider's name was expected, such as `openai`");
            return null;
        }
        var name = node.stringValue();
        var spec = tokens.directory().find(name).orElse(null);
        if (spec == null) {
            reading.mistake(
                    "/provider",
                    "there is no provider `" + name + "`" + tokens.directory().hint(name));
        } else if (spec.equals(ProviderDirectory.DEMO)) {
            reading.mistake("/provider", "the demo provider takes no token");
            return null;
        }
        return spec;
    }

    private static @Nullable Secret secret(JsonNode node, Reading reading) {
        var text = node.isString() ? node.stringValue().strip() : "";
        if (text.isEmpty() || text.length() > LONGEST) {
            reading.mistake("/token", "the provider's token was expected, 1 to " + LONGEST + " characters");
            return null;
        }
        if (!TokenText.isToken(text)) {
            reading.mistake("/token", "a token has no blanks and no letters outside ASCII: check the copy");
            return null;
        }
        return new Secret(text);
    }

    private static @Nullable String name(JsonNode node, Reading reading) {
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        if (!node.isString() || node.stringValue().length() > 100) {
            reading.mistake("/name", "a text of up to 100 characters was expected");
            return null;
        }
        return node.stringValue();
    }

    private static ObjectNode json(Token token) {
        return Json.object()
                .put("id", token.id())
                .put("provider", token.provider())
                .put("name", token.name())
                .put("last_four", token.lastFour())
                .put("created_at", Json.time(token.createdAt()));
    }
}
