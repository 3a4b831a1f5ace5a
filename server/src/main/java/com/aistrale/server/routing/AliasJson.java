package com.aistrale.server.routing;

import com.aistrale.server.kit.json.Json;
import tools.jackson.databind.node.ObjectNode;

/** Aliases on the wire. */
final class AliasJson {
    private AliasJson() {}

    static ObjectNode of(Alias alias) {
        var json = Json.object().put("name", alias.name()).setAll(targets(alias));
        return json.put("created_at", Json.time(alias.createdAt())).put("updated_at", Json.time(alias.updatedAt()));
    }

    /** What it stands for. */
    static ObjectNode targets(Alias alias) {
        var json = Json.object().put("model", alias.model());
        var fallbacks = json.putArray("fallbacks");
        alias.fallbacks().forEach(fallbacks::add);
        return json;
    }
}
