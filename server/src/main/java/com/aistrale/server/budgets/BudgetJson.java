package com.aistrale.server.budgets;

import com.aistrale.server.budgets.Standing.Crossing;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.telemetry.RecordJson;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Budgets on the wire, in the audit log and in events. */
final class BudgetJson {
    static final String WORKSPACE = "workspace";
    static final String API_KEY = "api_key";
    static final String PROVIDER = "provider";
    static final String MODEL = "model";
    static final String METADATA = "metadata";

    private BudgetJson() {}

    static ObjectNode of(Budget budget, Standing standing) {
        var json = Json.object().put("id", budget.id());
        json.setAll(settings(budget));
        json.put("created_at", Json.time(budget.createdAt()));
        json.put("updated_at", Json.time(budget.updatedAt()));
        json.set("current", standing(budget, standing));
        return json;
    }

    /** What people decide about a budget. */
    static ObjectNode settings(Budget budget) {
        var json = Json.object().put("name", budget.name());
        json.set("scope", scope(budget.scope()));
        json.put("period", budget.period().wireName());
        json.put("limit_usd", RecordJson.usd(budget.limitNanoUsd()));
        json.set("thresholds", thresholds(budget.thresholds()));
        return json.put("action", budget.action().wireName());
    }

    static ArrayNode thresholds(List<Integer> thresholds) {
        var json = Json.array();
        thresholds.forEach(json::add);
        return json;
    }

    static String type(Scope scope) {
        return switch (scope) {
            case Scope.Workspace workspace -> WORKSPACE;
            case Scope.ApiKey key -> API_KEY;
            case Scope.Provider provider -> PROVIDER;
            case Scope.Model model -> MODEL;
            case Scope.Metadata metadata -> METADATA;
        };
    }

    private static ObjectNode scope(Scope scope) {
        var json = Json.object().put("type", type(scope));
        return switch (scope) {
            case Scope.Workspace workspace -> json;
            case Scope.ApiKey key -> json.put("api_key_id", key.apiKeyId());
            case Scope.Provider provider -> json.put("provider", provider.provider());
            case Scope.Model model -> json.put("provider", model.provider()).put("model", model.model());
            case Scope.Metadata metadata -> json.put("key", metadata.key()).put("value", metadata.value());
        };
    }

    private static ObjectNode standing(Budget budget, Standing standing) {
        var end = standing.end();
        var json = Json.object()
                .put("period_start", Json.time(standing.start()))
                .put("period_end", end == null ? null : Json.time(end))
                .put("spent_usd", RecordJson.usd(standing.spentNanoUsd()))
                .put("reserved_usd", RecordJson.usd(standing.reservedNanoUsd()))
                .put("remaining_usd", RecordJson.usd(standing.remainingNanoUsd(budget.limitNanoUsd())))
                .put("unpriced_inferences", standing.unpriced());
        var crossings = json.putArray("crossings");
        for (var crossing : standing.crossings()) {
            crossings
                    .addObject()
                    .put("threshold_percent", crossing.percent())
                    .put("crossed_at", Json.time(crossing.at()))
                    .put("spent_usd", RecordJson.usd(crossing.spentNanoUsd()));
        }
        return json;
    }

    /** The data of {@code cost.threshold_exceeded}. */
    static ObjectNode event(Budget budget, Instant period, Crossing crossing) {
        var json = Json.object().put("budget_id", budget.id()).put("name", budget.name());
        json.set("scope", scope(budget.scope()));
        return json.put("period", budget.period().wireName())
                .put("period_start", Json.time(period))
                .put("limit_usd", RecordJson.usd(budget.limitNanoUsd()))
                .put("spent_usd", RecordJson.usd(crossing.spentNanoUsd()))
                .put("threshold_percent", crossing.percent())
                .put("action", budget.action().wireName());
    }
}
