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
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/tokens}. */
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
                .post("/api/v1/tokens/{id}", guard.with(Role.ADMIN, this::update))
                .delete("/api/v1/tokens/{id}", guard.with(Role.ADMIN, this::delete));
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
        reading.known(body, Pointer.ROOT, List.of("provider", "token", "name", "weight"));
        var provider = provider(body.path("provider"), reading);
        var secret = secret(body.path("token"), reading);
        var name = name(body.path("name"), reading);
        var weight = body.path("weight").isNull() ? null : weight(body.path("weight"), reading);
        if (provider == null || secret == null || reading.count() > 0) {
            throw Problem.invalid(reading.mistakes()).exception();
        }
        exchange.send(201, json(tokens.add(caller, provider, secret, name, weight == null ? 1 : weight)));
    }

    private void update(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of("token", "name", "weight"));
        var secret = body.has("token") ? secret(body.path("token"), reading) : null;
        var name = name(body.path("name"), reading);
        var weight = weight(body.path("weight"), reading);
        if (body.isEmpty()) {
            reading.mistake("", "nothing to change: `token`, `name` or `weight` was expected");
        }
        if (reading.count() > 0) {
            throw Problem.invalid(reading.mistakes()).exception();
        }
        var change = new TokenChange(secret, body.has("name"), name, weight);
        exchange.send(200, json(tokens.update(caller, exchange.pathParameter("id"), change)));
    }

    private void delete(Caller caller, Exchange exchange) {
        tokens.delete(caller, exchange.pathParameter("id"));
        exchange.sendNothing();
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

    private static @Nullable Integer weight(JsonNode node, Reading reading) {
        if (node.isMissingNode()) {
            return null;
        }
        boolean isWhole = node.isNumber() && node.canConvertToExactIntegral() && node.canConvertToInt();
        if (!isWhole || node.intValue() < 1 || node.intValue() > Token.HEAVIEST) {
            reading.mistake("/weight", "a whole number from 1 to " + Token.HEAVIEST + " was expected");
            return null;
        }
        return node.intValue();
    }

    private static ObjectNode json(Token token) {
        var setAside = token.setAside();
        return Json.object()
                .put("id", token.id())
                .put("provider", token.provider())
                .put("name", token.name())
                .put("last_four", token.lastFour())
                .put("weight", token.weight())
                .put("status", setAside == null ? "active" : "set_aside")
                .put("set_aside_at", setAside == null ? null : Json.time(setAside.at()))
                .put("set_aside_reason", setAside == null ? null : setAside.reason())
                .put("created_at", Json.time(token.createdAt()));
    }
}
