package com.aistrale;

import java.util.Map;

/**
 * The workspace's budgets: what may be spent, and what was. Admins change them, everybody may look. Used by several threads at once; every
 * method throws an {@link AistraleException} where the server does not answer with what was asked for.
 */
public final class Budgets {
    private static final String PATH = "/api/v1/budgets";
    private final Exchange exchange;

    Budgets(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * All of them, the newest first.
     *
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<Budget> list() {
        return new Paged<>(exchange, PATH, Map.of(), Budget::read);
    }

    /**
     * One of them.
     *
     * @param id {@code bud_…}
     * @return as it stands now
     * @throws NotFoundException if there is none with this id
     */
    public Budget get(String id) {
        return exchange.object(Call.get(Call.path(PATH, id)), "budget", Budget::read);
    }

    /**
     * Makes a budget. Inferences count that begin from now on.
     *
     * @param settings its name, scope, period and limit at least
     * @return with its id
     * @throws ConflictException if the workspace has a hundred of them
     */
    public Budget create(BudgetSettings settings) {
        return exchange.object(Call.post(PATH, settings.fields()), "budget", Budget::read);
    }

    /**
     * Changes what a budget is called, its limit, its thresholds, or what happens at its limit.
     *
     * @param id {@code bud_…}
     * @param settings what is to change; scope and period do not, so make another budget
     * @return as it is now: a lower limit may have crossed thresholds at once, a higher one takes back those that are no longer reached
     * @throws NotFoundException if there is none with this id
     */
    public Budget update(String id, BudgetSettings settings) {
        return exchange.object(
                Call.post(Call.path(PATH, id), settings.fields()).asRepeatable(), "budget", Budget::read);
    }

    /**
     * Forgets a budget.
     *
     * @param id {@code bud_…}
     * @throws NotFoundException if there is none with this id
     */
    public void delete(String id) {
        exchange.noContent(Call.delete(Call.path(PATH, id)));
    }
}
