package com.aistrale.server.budgets;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Role;
import com.aistrale.server.budgets.Budget.Action;
import com.aistrale.server.budgets.Budgets.Changes;
import com.aistrale.server.budgets.Budgets.View;
import com.aistrale.server.budgets.Budgets.Wanted;
import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Attempt;
import com.aistrale.server.telemetry.InferenceRecord.Charge;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.Result;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.Telemetry;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Budgets and records as one server process has them. Of the provider {@code p}, the model {@code m} costs 1,000 nano-dollars a token. */
final class BudgetNode implements AutoCloseable {
    static final String WORKSPACE = "ws_1";
    static final Caller ADMIN = new Caller(WORKSPACE, "key_admin", Role.ADMIN, null, false, null);
    static final long TOKEN = 1000;

    private static final String PRICES = """
            {"models": [
              {"provider": "p", "id": "m", "usd_per_million_tokens": {"input": 1, "output": 1}},
              {"provider": "q", "id": "m", "usd_per_million_tokens": {"input": 1, "output": 1}}
            ]}
            """;

    final Database database;
    final Budgets budgets;
    final Telemetry telemetry;
    final List<Duration> rests = new CopyOnWriteArrayList<>();
    boolean alone = true;

    private final Ids ids;
    private final InstantSource clock;

    BudgetNode(Database database, String owner, InstantSource clock) {
        this.database = database;
        this.clock = clock;
        this.ids = new Ids(clock, new SecureRandom());
        var events = new SqlEvents();
        var prices = PriceCatalogue.load(
                new ByteArrayInputStream(PRICES.getBytes(StandardCharsets.UTF_8)), Optional.empty());
        this.budgets = new Budgets(
                database,
                events,
                new Audit(ids, clock),
                ids,
                clock,
                prices,
                owner,
                () -> alone,
                System::nanoTime,
                rests::add);
        this.telemetry = new Telemetry(database, events, ids, clock, owner, budgets);
    }

    /** What an inference is, before it begins. */
    record Ask(String key, Map<String, String> metadata, String provider, String model, long tokens) {
        static Ask tokens(long tokens) {
            return new Ask("key_1", Map.of(), "p", "m", tokens);
        }

        Ask by(String other) {
            return new Ask(other, metadata, provider, model, tokens);
        }

        Ask with(String key, String value) {
            return new Ask(this.key, Map.of(key, value), provider, model, tokens);
        }

        Ask of(String otherProvider, String otherModel) {
            return new Ask(key, metadata, otherProvider, otherModel, tokens);
        }
    }

    View create(Scope scope, Period period, long limit, Action action, Integer... thresholds) {
        return budgets.create(
                ADMIN,
                new Wanted(
                        "a budget",
                        scope,
                        period,
                        limit,
                        thresholds.length == 0 ? List.of(50, 80, 100) : List.of(thresholds),
                        action));
    }

    View change(String id, @Nullable Long limit, @Nullable List<Integer> thresholds) {
        return budgets.update(ADMIN, id, new Changes(null, limit, thresholds, null));
    }

    Standing standing(String id) {
        return budgets.get(WORKSPACE, id).standing();
    }

    Spending spending(InferenceRecord record, Ask ask) {
        return new Spending(
                record.id(),
                WORKSPACE,
                ask.key(),
                ask.metadata(),
                record.createdAt(),
                ask.provider(),
                ask.model(),
                new Usage(ask.tokens(), 0L, null, null, null));
    }

    /** Begins as {@code Inferences} does. @throws ProblemException {@code budget_exceeded} */
    Telemetry.Begun begin(Ask ask, Condition... more) {
        var now = clock.instant();
        var origin = new Origin(WORKSPACE, ask.key(), null, null, null, false, ask.metadata(), null, null);
        var record = new InferenceRecord(
                ids.next("inf_", now), Status.RUNNING, now, null, origin, ask.provider(), ask.model(), null);
        var conditions = new ArrayList<Condition>();
        var budget = budgets.reserve(spending(record, ask));
        if (budget != null) {
            conditions.add(budget);
        }
        conditions.addAll(List.of(more));
        try {
            return telemetry.begin(record, conditions);
        } catch (RuntimeException refused) {
            budgets.neverBegan(record.id());
            throw refused;
        }
    }

    /** Goes on with another target. @return whether anything had to be held */
    boolean move(Telemetry.Begun begun, Ask ask) {
        var budget = budgets.reserve(spending(begun.record(), ask));
        if (budget != null) {
            telemetry.hold(List.of(budget));
        }
        return budget != null;
    }

    /** What is said to who may not begin. */
    Problem refusal(Ask ask) {
        try {
            begin(ask);
        } catch (ProblemException refused) {
            return refused.problem();
        }
        throw new AssertionError("it began");
    }

    static InferenceRecord ended(Telemetry.Begun begun, Status status, @Nullable Long cost) {
        return ended(begun, status, begun.record().provider(), begun.record().model(), cost);
    }

    static InferenceRecord ended(
            Telemetry.Begun begun, Status status, String provider, String model, @Nullable Long cost) {
        var running = begun.record();
        var charge = cost == null ? Charge.UNKNOWN : new Charge(cost, Charge.REPORTED);
        var failure = status == Status.COMPLETED
                ? null
                : new InferenceRecord.Failure("provider_failed", "it broke", provider, 500);
        var result = new Result(
                "stop",
                null,
                charge,
                5L,
                null,
                List.of(new Attempt(provider, model, "completed", 5, null, null)),
                failure);
        return new InferenceRecord(
                running.id(),
                status,
                running.createdAt(),
                running.createdAt().plusMillis(5),
                running.origin(),
                provider,
                model,
                result);
    }

    /** Completes at this cost. */
    void complete(Telemetry.Begun begun, long cost) {
        begun.finish(ended(begun, Status.COMPLETED, cost));
    }

    /** Runs from begin to end. */
    void run(Ask ask, long cost) {
        complete(begin(ask), cost);
    }

    /** Waits until the writer has done what it was asked for. */
    void settle() {
        database.write(tx -> true);
        database.write(tx -> true);
    }

    static Budget budget(View view) {
        return Objects.requireNonNull(view.budget());
    }

    @Override
    public void close() {
        database.close();
    }
}
