package com.aistrale.server.access;

import com.aistrale.server.kit.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Workspaces on the wire and in the audit log. */
final class WorkspaceJson {
    private WorkspaceJson() {}

    static ObjectNode of(Workspaces.View view) {
        var json = Json.object().put("id", view.workspace().id());
        json.setAll(settings(view.workspace(), view.defaultModel()));
        return json.put("created_at", Json.time(view.workspace().createdAt()));
    }

    /** What people decide about a workspace. */
    static ObjectNode settings(Workspace workspace, @Nullable String defaultModel) {
        return Json.object()
                .put("name", workspace.name())
                .put("capture_content", workspace.captureContent())
                .put("retention_days", workspace.retentionDays())
                .put("default_model", defaultModel);
    }
}
