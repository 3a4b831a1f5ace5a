package com.aistrale.server.routing;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Problem;
import java.util.List;
import java.util.regex.Pattern;

/** {@code /api/v1/aliases}. */
public final class AliasRoutes {
    private static final String ALIASES = "/api/v1/aliases";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private final Aliases aliases;
    private final KnownModels models;
    private final Guard guard;

    public AliasRoutes(Aliases aliases, KnownModels models, Guard guard) {
        this.aliases = aliases;
        this.models = models;
        this.guard = guard;
    }

    public void mount(Routes routes) {
        routes.get(ALIASES, guard.with(Role.VIEWER, this::list))
                .get(ALIASES + "/{name}", guard.with(Role.VIEWER, this::get))
                .put(ALIASES + "/{name}", guard.with(Role.ADMIN, this::set))
                .delete(ALIASES + "/{name}", guard.with(Role.ADMIN, this::delete));
    }

    private void list(Caller caller, Exchange exchange) {
        exchange.query(List.of()).check();
        var json = Json.object();
        var data = json.putArray("data");
        aliases.list(caller.workspaceId()).forEach(alias -> data.add(AliasJson.of(alias)));
        exchange.send(200, json.putNull("next_cursor"));
    }

    private void get(Caller caller, Exchange exchange) {
        exchange.send(200, AliasJson.of(aliases.get(caller.workspaceId(), name(exchange))));
    }

    private void set(Caller caller, Exchange exchange) {
        var body = exchange.jsonBody();
        var name = name(exchange);
        if (!NAME.matcher(name).matches()) {
            throw Problem.invalid(
                            "",
                            "the alias must be called by 1 to 64 letters, digits and . _ -, the first of them a letter"
                                    + " or a digit")
                    .exception();
        }
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, List.of("model", "fallbacks"));
        var model = reading.required(body, Pointer.ROOT, "model");
        if (body.path("model").isString()) {
            check(model, Pointer.ROOT.field("model"), reading);
        }
        var fallbacks = FallbackNames.read(body, reading, (fallback, at) -> check(fallback, at, reading));
        reading.check();
        exchange.send(200, AliasJson.of(aliases.set(caller, name, model, fallbacks)));
    }

    private void check(String model, Pointer at, Reading reading) {
        if (FallbackNames.isName(model, at, reading)) {
            var wrong = models.unknown(model);
            if (wrong != null) {
                reading.mistake(at, wrong);
            }
        }
    }

    private void delete(Caller caller, Exchange exchange) {
        aliases.delete(caller, name(exchange));
        exchange.sendNothing();
    }

    private static String name(Exchange exchange) {
        return exchange.pathParameter("name");
    }
}
