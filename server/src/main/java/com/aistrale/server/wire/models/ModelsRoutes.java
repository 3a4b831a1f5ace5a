package com.aistrale.server.wire.models;

import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.Role;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.json.Json;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /v1/models}: in OpenAI's format, and in Anthropic's for who says which version of that it speaks. */
public final class ModelsRoutes {
    static final HeaderName ANTHROPIC_VERSION = HeaderNames.create("anthropic-version");

    private final ServedModels models;
    private final Guard guard;

    public ModelsRoutes(ServedModels models, Guard guard) {
        this.models = models;
        this.guard = guard;
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
        if (isAnthropics(exchange)) {
            var page = AnthropicModels.page(exchange.query(AnthropicModels.PARAMETERS, name -> true));
            exchange.send(200, page.of(models.all(caller)));
            return;
        }
        var json = Json.object().put("object", "list");
        var data = json.putArray("data");
        models.all(caller).forEach(model -> data.add(openAi(model)));
        exchange.send(200, json);
    }

    private void get(Caller caller, Exchange exchange, String prefix) {
        var model = models.find(caller, prefix + exchange.pathParameter("id"));
        exchange.send(200, isAnthropics(exchange) ? AnthropicModels.json(model) : openAi(model));
    }

    private static boolean isAnthropics(Exchange exchange) {
        return exchange.header(ANTHROPIC_VERSION) != null;
    }

    private static ObjectNode openAi(Served model) {
        var created = model.created();
        return Json.object()
                .put("id", model.id())
                .put("object", "model")
                .put("created", created == null ? 0 : created.getEpochSecond())
                .put("owned_by", model.owner());
    }
}
