package com.aistrale.cli;

import com.aistrale.Budget;
import com.aistrale.BudgetScope;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.stream.Collectors;

/** Budgets as people read them. */
record BudgetTables(Io io) {

    void list(List<Budget> budgets) {
        var table = new Table(List.of("ID", "NAME", "SCOPE", "PERIOD", "LIMIT", "SPENT", "USED", "ACTION"), 4, 5, 6);
        budgets.forEach(budget -> table.row(
                budget.id(),
                budget.name(),
                scope(budget.scope()),
                budget.period(),
                TelemetryTable.cost(budget.limitUsd()),
                spent(budget),
                used(budget),
                budget.action()));
        table.print(io);
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
