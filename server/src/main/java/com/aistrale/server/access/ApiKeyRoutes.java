package com.aistrale.server.access;

import com.aistrale.server.access.Access.Changes;
import com.aistrale.server.access.Access.Wanted;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Pages;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/api-keys}. */
public final class ApiKeyRoutes {
    private static final List<String> FIELDS =
            List.of("name", "role", "allowed_models", "expires_at", "requests_per_minute", "tokens_per_minute");
    private static final Pattern CURSOR = Pattern.compile("key_[0-9a-z]{26}");
    private static final String ROLES = Arrays.stream(Role.values())
            .map(role -> "`" + role.wireName() + "`")
            .collect(Collectors.joining(", "));

    private final Access access;
    private final Guard guard;
    private final ModelNames models;
    private final InstantSource clock;

    public ApiKeyRoutes(Access access, Guard guard, ProviderNames providers, InstantSource clock) {
        this.access = access;
        this.guard = guard;
        this.models = new ModelNames(providers);
        this.clock = clock;
    }

    public void mount(Routes routes) {
        routes.get("/api/v1/api-keys", guard.with(Role.ADMIN, this::list))
                .post("/api/v1/api-keys", guard.with(Role.ADMIN, this::create))
                .get("/api/v1/api-keys/{id}", guard.with(Role.ADMIN, this::get))
                .post("/api/v1/api-keys/{id}", guard.with(Role.ADMIN, this::update))
                .delete("/api/v1/api-keys/{id}", guard.with(Role.ADMIN, this::revoke));
    }

    private void list(Caller caller, Exchange exchange) {
        var query = exchange.query(List.of("limit", "cursor"));
        int limit = query.limit();
        var cursor = query.cursor(CURSOR);
        query.check();
        var keys = access.keys(caller.workspaceId(), cursor, limit + 1);
        exchange.send(200, Pages.json(keys, limit, ApiKeyJson::of, ApiKey::id));
    }

    private void get(Caller caller, Exchange exchange) {
        exchange.send(200, ApiKeyJson.of(access.key(caller.workspaceId(), exchange.pathParameter("id"))));
    }

    private void create(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, FIELDS);
        var name = Names.read(reading, body);
        var role = role(reading, body);
        var allowed = models.allowed(reading, body, "allowed_models");
        var expires = expiry(reading, body);
        var requests = requestsPerMinute(reading, body);
        var tokens = tokensPerMinute(reading, body);
        reading.check();
        var limits = new RateLimits(requests, tokens);
        var made = access.create(caller, new Wanted(name, role, allowed, expires, limits));
        exchange.send(201, ApiKeyJson.of(made.key()).put("key", made.secret().reveal()));
    }

    private void update(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var reading = new Reading();
        if (body.has("role")) {
            reading.mistake(
                    Pointer.ROOT.field("role"),
                    "a key keeps its role: make another key with the role wanted, then revoke this one");
        }
        reading.known(body, Pointer.ROOT, FIELDS);
        var changes = new Changes(
                body.has("name") ? Change.to(Names.read(reading, body)) : Change.none(),
                body.has("allowed_models") ? Change.to(models.allowed(reading, body, "allowed_models")) : Change.none(),
                body.has("expires_at") ? Change.to(expiry(reading, body)) : Change.none(),
                body.has("requests_per_minute") ? Change.to(requestsPerMinute(reading, body)) : Change.none(),
                body.has("tokens_per_minute") ? Change.to(tokensPerMinute(reading, body)) : Change.none());
        reading.check();
        exchange.send(200, ApiKeyJson.of(access.update(caller, exchange.pathParameter("id"), changes)));
    }

    private void revoke(Caller caller, Exchange exchange) {
        access.revoke(caller, exchange.pathParameter("id"));
        exchange.sendNothing();
    }

    /** Who says nothing gets a key that runs inferences and changes nothing. */
    private static Role role(Reading reading, ObjectNode body) {
        var text = reading.string(body, Pointer.ROOT, "role");
        for (var role : Role.values()) {
            if (role.wireName().equals(text)) {
                return role;
            }
        }
        if (text != null) {
            reading.mistake(Pointer.ROOT.field("role"), "`" + text + "` is none of " + ROLES);
        }
        return Role.MEMBER;
    }

    private @Nullable Instant expiry(Reading reading, ObjectNode body) {
        var time = reading.instant(body, Pointer.ROOT, "expires_at");
        if (time == null) {
            return null;
        }
        if (!time.isAfter(clock.instant())) {
            reading.mistake(
                    Pointer.ROOT.field("expires_at"),
                    "must lie in the future; a key that is to open nothing from now on is revoked");
        }
        return time.truncatedTo(ChronoUnit.MILLIS);
    }

    private static @Nullable Long requestsPerMinute(Reading reading, ObjectNode body) {
        return limit(reading, body, "requests_per_minute", RateLimits.MOST_REQUESTS);
    }

    private static @Nullable Long tokensPerMinute(Reading reading, ObjectNode body) {
        return limit(reading, body, "tokens_per_minute", RateLimits.MOST_TOKENS);
    }

    private static @Nullable Long limit(Reading reading, ObjectNode body, String field, long most) {
        var limit = reading.integer(body, Pointer.ROOT, field);
        if (limit == null || (limit >= 1 && limit <= most)) {
            return limit;
        }
        reading.mistake(Pointer.ROOT.field(field), "must be 1 to " + most + ", or null for no limit");
        return null;
    }
}
