package com.aistrale.server.wire.openai;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.inference.ModelLister;
import com.aistrale.server.inference.Router;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.routing.Alias;
import com.aistrale.server.routing.Aliases;
import com.aistrale.server.tokens.Endpoint;
import com.aistrale.server.tokens.ProviderSpec.Format;
import com.aistrale.server.tokens.Tokens;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/models}: what the caller may run of what its providers are known to serve, and the aliases, under ids that
 * can be sent back as they are.
 */
public final class ModelsRoutes {
    private final Tokens tokens;
    private final PriceCatalogue prices;
    private final Aliases aliases;
    private final Router router;
    private final ModelLister lister;
    private final Guard guard;
    private final InstantSource clock;

    /** @param lister asked of providers that serve the models of others, as no catalogue keeps up with those */
    public ModelsRoutes(
            Tokens tokens,
            PriceCatalogue prices,
            Aliases aliases,
            Router router,
            ModelLister lister,
            Guard guard,
            InstantSource clock) {
        this.tokens = tokens;
        this.prices = prices;
        this.aliases = aliases;
        this.router = router;
        this.lister = lister;
        this.guard = guard;
        this.clock = clock;
    }

    public void mount(Routes routes) {
        routes.get("/v1/models", guard.with(Role.VIEWER, this::list))
                .get("/v1/models/{id}", guard.with(Role.VIEWER, (caller, exchange) -> get(caller, exchange, "")))
                .get(
                        "/v1/models/{provider}/{id:.+}",
                        guard.with(
                                Role.VIEWER,
                                (caller, exchange) -> get(caller, exchange, exchange.pathParameter("provider") + "/")));
    }

    private void list(Caller caller, Exchange exchange) {
        var json = Json.object().put("object", "list");
        var data = json.putArray("data");
        aliases(caller).forEach(alias -> data.add(model(alias)));
        ids(caller).forEach(id -> data.add(model(id)));
        exchange.send(200, json);
    }

    private void get(Caller caller, Exchange exchange, String prefix) {
        var wanted = prefix + exchange.pathParameter("id");
        var alias = aliases(caller).filter(one -> one.name().equals(wanted)).findFirst();
        if (alias.isPresent()) {
            exchange.send(200, model(alias.get()));
            return;
        }
        for (var id : ids(caller)) {
            if (id.equals(wanted) || id.substring(id.indexOf('/') + 1).equals(wanted)) {
                exchange.send(200, model(id));
                return;
            }
        }
        throw Problem.of(ProblemCode.NOT_FOUND, "No configured provider is known to serve the model `" + wanted + "`.")
                .exception();
    }

    private Stream<Alias> aliases(Caller caller) {
        return aliases.known(caller).stream().filter(alias -> router.mayRun(caller, alias));
    }

    private List<String> ids(Caller caller) {
        var today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        try (var side = Executors.newVirtualThreadPerTaskExecutor()) {
            var asked = tokens.directory().all().stream()
                    .flatMap(spec -> tokens.endpoint(caller.workspaceId(), caller.defaultWorkspace(), spec).stream())
                    .map(endpoint -> CompletableFuture.supplyAsync(() -> ids(endpoint, today), side))
                    .toList();
            return asked.stream()
                    .flatMap(ids -> ids.join().stream())
                    .filter(id -> mayRun(caller, id))
                    .toList();
        }
    }

    private static boolean mayRun(Caller caller, String id) {
        int slash = id.indexOf('/');
        return caller.mayRun(id.substring(0, slash), id.substring(slash + 1));
    }

    private List<String> ids(Endpoint endpoint, LocalDate today) {
        var spec = endpoint.spec();
        var models = new LinkedHashSet<String>();
        prices.models(spec.name()).stream()
                .filter(model -> model.isServedOn(today))
                .forEach(model -> models.add(model.id()));
        if (spec.name().equals("ollama")) {
            models.addAll(tokens.localModels().ollama());
        } else if (spec.format() == Format.OPENAI && spec.modelPatterns().isEmpty()) {
            models.addAll(lister.models(endpoint));
        }
        if (models.isEmpty() && spec.defaultModel() != null) {
            models.add(spec.defaultModel());
        }
        return models.stream().map(model -> spec.name() + "/" + model).toList();
    }

    private static ObjectNode model(String id) {
        return model(id, 0, id.substring(0, id.indexOf('/')));
    }

    private static ObjectNode model(Alias alias) {
        return model(alias.name(), alias.createdAt().getEpochSecond(), "aistrale");
    }

    private static ObjectNode model(String id, long created, String owner) {
        return Json.object()
                .put("id", id)
                .put("object", "model")
                .put("created", created)
                .put("owned_by", owner);
    }
}
