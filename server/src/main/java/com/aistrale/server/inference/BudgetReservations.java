package com.aistrale.server.inference;

import com.aistrale.server.budgets.Budgets;
import com.aistrale.server.budgets.Spending;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.tokens.ProviderDirectory;
import org.jspecify.annotations.Nullable;

/** What of the budgets that block must be put aside before a model is asked. Thread-safe. */
final class BudgetReservations {
    private final Budgets budgets;
    private final PriceCatalogue prices;
    private final Reach reach;

    BudgetReservations(Budgets budgets, PriceCatalogue prices, Reach reach) {
        this.budgets = budgets;
        this.reach = reach;
        this.prices = prices;
    }

    /** @param target who is asked next @return null where nothing is to be put aside */
    @Nullable
    Condition of(InferenceRecord record, Target target, ChatRequest request) {
        var origin = record.origin();
        boolean costsNothing = target.provider().equals(ProviderDirectory.DEMO.name()); // no model, so without a price
        if (costsNothing || !budgets.mayBlock(origin.workspaceId())) {
            return null;
        }
        var provider = target.endpoint().provider();
        var most = TokenEstimate.most(
                request, prices.find(provider, target.model()).orElse(null), reach.usualMaximum(target, request));
        return budgets.reserve(new Spending(
                record.id(),
                origin.workspaceId(),
                origin.apiKeyId(),
                origin.metadata(),
                record.createdAt(),
                provider,
                target.model(),
                most));
    }

    /** It did not begin after all, and will not end. */
    void neverBegan(InferenceRecord record) {
        budgets.neverBegan(record.id());
    }
}
