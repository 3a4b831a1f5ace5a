package com.aistrale.server.wire.openai;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.pricing.ListedModel;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.tokens.ProviderSpec;
import com.aistrale.server.tokens.Tokens;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /v1/models}: what the caller's providers are known to serve, under ids that can be sent back as they are. */
public final class ModelsRoutes {
    private final Tokens tokens;
    private final PriceCatalogue prices;
    private final Guard guard;
    private final InstantSource clock;

    public ModelsRoutes(Tokens tokens, PriceCatalogue prices, Guard guard, InstantSource clock) {
        this.tokens = tokens;
        this.prices = prices;
        this.guard = guard;
        this.clock = clock;
    }

    public void mount(Routes routes) {
        routes.get("/v1/models", guard.with(this::list))
                .get("/v1/models/{id}", guard.with((caller, exchange) -> get(caller, exchange, "")))
                .get(
                        "/v1/models/{provider}/{id:.+}",
                        guard.with(
                                (caller, exchange) -> get(caller, exchange, exchange.pathParameter("provider") + "/")));
    }

    private void list(Caller caller, Exchange exchange) {
        var json = Json.object().put("object", "list");
        var data = json.putArray("data");
        ids(caller).forEach(id -> data.add(model(id)));
        exchange.send(200, json);
    }

    private void get(Caller caller, Exchange exchange, String prefix) {
        var wanted = prefix + exchange.pathParameter("id");
        for (var id : ids(caller)) {
            if (id.equals(wanted) || id.substring(id.indexOf('/') + 1).equals(wanted)) {
                exchange.send(200, model(id));
                return;
            }
        }
        throw Problem.of(ProblemCode.NOT_FOUND, "No configured provider is known to serve the model `" + wanted + "`.")
                .exception();
    }

    private List<String> ids(Caller caller) {
        var today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        var ids = new ArrayList<String>();
        for (var spec : tokens.directory().all()) {
            if (tokens.credential(caller.workspaceId(), caller.defaultWorkspace(), spec)
                    .isPresent()) {
                models(spec, today).forEach(model -> ids.add(spec.name() + "/" + model));
            }
        }
        return ids;
    }

    private List<String> models(ProviderSpec spec, LocalDate today) {
        if (spec.name().equals("ollama")) {
            return tokens.localModels().ollama();
        }
        var listed = prices.models(spec.name()).stream()
                .filter(model -> model.isServedOn(today))
                .map(ListedModel::id)
                .toList();
        return listed.isEmpty() && spec.defaultModel() != null ? List.of(spec.defaultModel()) : listed;
    }

    private static ObjectNode model(String id) {
        return Json.object()
                .put("id", id)
                .put("object", "model")
                .put("created", 0)
                .put("owned_by", id.substring(0, id.indexOf('/')));
    }
}
