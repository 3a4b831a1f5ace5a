package com.aistrale.cli;

import com.aistrale.Budget;
import com.aistrale.BudgetScope;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.stream.Collectors;

/** Budgets as people read them. */
record BudgetTables(Io io) {

    static Records<Budget> records() {
        return Records.of(Budget::toJson)
                .text("ID", "id", Budget::id)
                .text("NAME", "name", Budget::name)
                .text("SCOPE", budget -> scope(budget.scope()), "scope", budget -> scope(budget.scope()))
                .text("PERIOD", "period", Budget::period)
                .number("LIMIT", budget -> TelemetryTable.cost(budget.limitUsd()), "limit_usd", Budget::limitUsd)
                .number(
                        "SPENT",
                        BudgetTables::spent,
                        "spent_usd",
                        budget -> budget.current().spentUsd())
                .shown("USED", BudgetTables::used)
                .text("ACTION", "action", Budget::action)
                .named("reserved_usd", budget -> budget.current().reservedUsd())
                .named("remaining_usd", budget -> budget.current().remainingUsd())
                .named("unpriced_inferences", budget -> budget.current().unpricedInferences())
                .named("thresholds_percent", Budget::thresholds)
                .named("period_start", budget -> budget.current().periodStart())
                .named("period_end", budget -> budget.current().periodEnd());
    }

    void one(Budget budget) {
        var current = budget.current();
        line("id", budget.id());
        line("name", budget.name());
        line("scope", scope(budget.scope()));
        line("limit", TelemetryTable.cost(budget.limitUsd()) + ", period: " + budget.period());
        line("action", budget.action());
        line(
                "thresholds",
                budget.thresholds().stream().map(percent -> percent + " %").collect(Collectors.joining(", ")));
        line(
                "period",
                Times.local(current.periodStart())
                        + (current.periodEnd() == null
                                ? ", without an end"
                                : " to " + Times.local(current.periodEnd())));
        line("spent", spent(budget) + " (" + used(budget) + ")");
        line("put aside", TelemetryTable.cost(current.reservedUsd()));
        line("remaining", TelemetryTable.cost(current.remainingUsd()));
        if (current.unpricedInferences() > 0) {
            line("unpriced", current.unpricedInferences() + ", of which the cost is not known");
        }
        current.crossings()
                .forEach(crossing -> line(
                        "crossed",
                        crossing.thresholdPercent() + " % at " + Times.local(crossing.crossedAt()) + ", "
                                + TelemetryTable.cost(crossing.spentUsd()) + " spent"));
        io.out().flush();
    }

    /** A "?" where what some inferences cost is not known. */
    private static String spent(Budget budget) {
        var current = budget.current();
        return TelemetryTable.cost(current.spentUsd()) + (current.unpricedInferences() > 0 ? "+?" : "");
    }

    /** Rounded down, so that a threshold that stands there was reached. */
    private static String used(Budget budget) {
        return budget.current()
                        .spentUsd()
                        .multiply(BigDecimal.valueOf(100))
                        .divide(budget.limitUsd(), 0, RoundingMode.DOWN)
                + " %";
    }

    static String scope(BudgetScope scope) {
        return switch (scope.type()) {
            case "api_key" -> String.valueOf(scope.apiKeyId());
            case "provider" -> String.valueOf(scope.provider());
            case "model" -> scope.provider() + "/" + scope.model();
            case "metadata" -> scope.key() + "=" + scope.value();
            default -> scope.type();
        };
    }

    private void line(String name, String value) {
        io.out().println(String.format("%-11s %s", name, Io.line(value)));
    }
}
