package com.aistrale.server.budgets;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.telemetry.RecordJson;
import java.time.Duration;
import java.time.Instant;

/** What a caller is told for whom a budget has no room. */
final class Refusals {
    private static final Duration GIVEN_BACK = Duration.ofSeconds(1);

    private Refusals() {}

    /** For good, until the period ends or the limit is raised. */
    static ProblemException spent(Budget budget, Instant period, Sums sums, long most) {
        return problem(named(budget) + " has no room for this: " + usd(sums.spent()) + " of its "
                        + usd(budget.limitNanoUsd()) + " USD are spent, and this may cost up to " + usd(most)
                        + " USD. " + ends(budget, period)
                        + " Ask for fewer max_output_tokens, or have an admin raise its limit_usd.")
                .exception();
    }

    /** Until something that runs has ended. */
    static ProblemException putAside(Budget budget, Instant period, Sums sums, long most) {
        return problem(named(budget) + " has no room for this now: " + usd(sums.spent()) + " of its "
                        + usd(budget.limitNanoUsd()) + " USD are spent, " + usd(sums.reserved())
                        + " USD are put aside for what runs, and this may cost up to " + usd(most) + " USD. "
                        + ends(budget, period) + " What is put aside and not spent comes back: try again in a moment.")
                .withRetryAfter(GIVEN_BACK)
                .exception();
    }

    static ProblemException withoutPrice(Budget budget, Spending spending) {
        return problem(named(budget) + " (" + usd(budget.limitNanoUsd()) + " USD) blocks, and the model `"
                        + spending.provider() + "/" + spending.model()
                        + "` has no known price, so nobody can say whether it has room for it. Add one to the price"
                        + " file (pricing.file), or have an admin set the budget's action to `alert`.")
                .exception();
    }

    private static Problem problem(String detail) {
        return Problem.of(ProblemCode.BUDGET_EXCEEDED, detail);
    }

    private static String named(Budget budget) {
        return "The budget `" + budget.name() + "` (" + budget.id() + ")";
    }

    private static String ends(Budget budget, Instant period) {
        var end = budget.period().end(period);
        return end == null ? "It never begins anew." : "It begins anew at " + Json.time(end) + ".";
    }

    private static String usd(long nanoUsd) {
        return RecordJson.usd(nanoUsd).toPlainString();
    }
}
