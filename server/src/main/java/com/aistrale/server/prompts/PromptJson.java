package com.aistrale.server.prompts;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.prompts.Prompts.Found;
import tools.jackson.databind.node.ObjectNode;

/** Prompts, versions and renderings on the wire. */
public final class PromptJson {
    private PromptJson() {}

    static ObjectNode of(Prompt prompt) {
        var json = Json.object().put("name", prompt.name()).put("description", prompt.description());
        var labels = json.putObject("labels");
        prompt.labels().forEach(labels::put);
        return json.put("latest_version", prompt.latestVersion())
                .put("revision", prompt.revision())
                .put("created_at", Json.time(prompt.createdAt()))
                .put("updated_at", Json.time(prompt.updatedAt()));
    }

    public static ObjectNode of(Found found) {
        return of(found.prompt(), found.version());
    }

    static ObjectNode of(Prompt prompt, PromptVersion version) {
        var content = version.content();
        var json = Json.object()
                .put("name", version.name())
                .put("version", version.version())
                .put("text", content.text());
        json.set("messages", content.messages());
        var stored = content.json();
        json.set("variables", stored.get("variables"));
        json.set("settings", content.settings());
        json.put("note", version.note());
        var labels = json.putArray("labels");
        Prompts.labelsOf(prompt.labels(), version.version()).forEach(labels::add);
        return json.put("created_at", Json.time(version.createdAt())).put("created_by", version.createdBy());
    }

    static ObjectNode of(Rendered rendered) {
        var json = Json.object().put("name", rendered.name()).put("version", rendered.version());
        if (rendered.text() != null) {
            json.put("text", rendered.text());
        }
        json.set("messages", rendered.messages());
        json.set("settings", rendered.settings());
        return json;
    }
}
