package com.aistrale.server.budgets;

import com.aistrale.server.access.Audit;
import com.aistrale.server.access.Caller;
import com.aistrale.server.budgets.Budget.Action;
import com.aistrale.server.budgets.KnownBudgets.Entry;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.kit.sql.Unit;
import com.aistrale.server.pricing.Cost;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.Ends;
import com.aistrale.server.telemetry.InferenceRecord;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps budgets. Each counts the inferences of its scope that begin from its creation on, in the period in which they
 * began, with the cost of their record: once, in the transaction of their end. Of those that block, what an inference may
 * cost at most is put aside before it begins. All that touches a budget holds its row, on all nodes. Thread-safe.
 */
public final class Budgets implements Ends {
    private static final Logger LOG = LoggerFactory.getLogger(Budgets.class);
    private static final String TARGET = "budget";

    /** So many a workspace may have. */
    static final int MOST = 100;

    /** Beyond what other nodes trust what they know: for a commit, and for clocks that differ. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    /** What begins in the same millisecond may have ended before. */
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    /** Rests a while, for others to hear of a change. */
    @FunctionalInterface
    public interface Pause {
        void rest(Duration duration);
    }

    /** A budget and where it stands. */
    record View(Budget budget, Standing standing) {}

    /** What a caller wants a new budget to be. */
    record Wanted(
            String name, Scope scope, Period period, long limitNanoUsd, List<Integer> thresholds, Action action) {}

    /** What is to be different; each null stays as it is. */
    record Changes(
            @Nullable String name,
            @Nullable Long limitNanoUsd,
            @Nullable List<Integer> thresholds,
            @Nullable Action action) {}

    private final Database database;
    private final SqlBudgetStore store = new SqlBudgetStore();
    private final Audit audit;
    private final Ids ids;
    private final InstantSource clock;
    private final PriceCatalogue prices;
    private final BooleanSupplier isAlone;
    private final Pause pause;
    private final Ledger.Books books;
    private final KnownBudgets known;
    private final Held held = new Held();

    /**
     * @param owner this node
     * @param isAlone whether no other node works on the database
     * @param nanoTime a clock that only runs forward, for the age of what is remembered
     */
    public Budgets(
            Database database,
            Events events,
            Audit audit,
            Ids ids,
            InstantSource clock,
            PriceCatalogue prices,
            String owner,
            BooleanSupplier isAlone,
            LongSupplier nanoTime,
            Pause pause) {
        this.database = database;
        this.audit = audit;
        this.ids = ids;
        this.clock = clock;
        this.prices = prices;
        this.isAlone = isAlone;
        this.pause = pause;
        this.books = new Ledger.Books(store, events, ids, clock, owner);
        this.known = new KnownBudgets(
                workspaceId -> database.read(tx -> store.entries(tx, workspaceId)), database.trust(), nanoTime);
    }

    // ── what every inference passes ──

    /** Whether a budget of the workspace may block: else there is nothing to reserve, and nothing to be reckoned for it. */
    public boolean mayBlock(String workspaceId) {
        return known.of(workspaceId).stream().anyMatch(Entry::blocks);
    }

    /**
     * What must hold for an inference to begin, or to go on with another target: what it had put aside for the one before
     * is given back in the same moment, or stays where the new one is refused.
     *
     * @return null when no budget that blocks counts it
     * @throws ProblemException {@code database_unavailable}
     */
    public @Nullable Condition reserve(Spending spending) {
        var inference = new Scope.Of(spending.apiKeyId(), spending.metadata(), spending.provider(), spending.model());
        var entries = known.of(spending.workspaceId()).stream()
                .filter(entry -> entry.blocks() && entry.scope().covers(inference))
                .toList();
        if (entries.isEmpty() && held.of(spending.inferenceId()).isEmpty()) {
            return null;
        }
        return new Hold(books, held, spending, entries, most(spending));
    }

    /** What it may cost, in nano-dollars; null when that is not known. */
    private @Nullable Long most(Spending spending) {
        var price = prices.price(spending.provider(), spending.model(), spending.createdAt());
        return Cost.nanoUsd(price, spending.most());
    }

    /** This inference did not begin after all, and will not end. */
    public void neverBegan(String inferenceId) {
        held.drop(inferenceId);
    }

    @Override
    public @Nullable Unit of(InferenceRecord record) {
        var entries = counting(record);
        var others = held.drop(record.id());
        return entries.isEmpty() && others.isEmpty()
                ? null
                : new Settlement(record, entries, others, !others.isEmpty());
    }

    /** Whoever began it may have put something aside of which nobody here knows any more. */
    @Override
    public @Nullable Unit late(InferenceRecord record) {
        var entries = counting(record);
        var others = held.drop(record.id());
        boolean none = entries.isEmpty()
                && others.isEmpty()
                && known.ofWhatRan(record.origin().workspaceId()).isEmpty();
        return none ? null : new Settlement(record, entries, others, true);
    }

    private List<Entry> counting(InferenceRecord record) {
        var origin = record.origin();
        var all = known.ofWhatRan(origin.workspaceId());
        if (all.isEmpty()) {
            return List.of();
        }
        var inference = new Scope.Of(origin.apiKeyId(), origin.metadata(), record.provider(), record.model());
        return all.stream().filter(entry -> entry.scope().covers(inference)).toList();
    }

    /** Gives back what an inference has put aside, and counts what it cost. */
    private final class Settlement implements Unit {
        private final String inferenceId;
        private final Instant begun;
        private final @Nullable Long nanoUsd;
        private final List<Entry> entries;
        private final Collection<Entry> others;
        private final boolean reserved;

        /**
         * @param entries the budgets that count it
         * @param others those of which it may have put something aside
         * @param reserved whether it may have put something aside of any
         */
        Settlement(InferenceRecord record, List<Entry> entries, Collection<Entry> others, boolean reserved) {
            var result = record.result();
            this.inferenceId = record.id();
            this.begun = record.createdAt().truncatedTo(ChronoUnit.MILLIS);
            this.nanoUsd = result == null ? null : result.charge().nanoUsd();
            this.entries = entries;
            this.others = others;
            this.reserved = reserved;
        }

        @Override
        public void announce(Tx tx) {
            var ledger = books.of(tx);
            entries.forEach(entry -> ledger.want(entry.id(), entry.since(begun)));
            others.forEach(entry -> ledger.want(entry.id(), entry.since(begun)));
            if (reserved) {
                ledger.wantReservations(inferenceId);
            }
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            var ledger = books.of(tx);
            if (reserved) {
                for (var reservation : ledger.reservations(tx, inferenceId).values()) {
                    ledger.release(tx, reservation);
                }
            }
            for (var entry : entries) {
                var account = ledger.account(tx, entry.id(), entry.since(begun));
                if (account != null && account.budget().counts(begun)) {
                    ledger.spend(tx, account, begun, nanoUsd);
                }
            }
        }
    }

    /**
     * Has what nodes that are gone have put aside given back, soon after this transaction: their rows are taken in the
     * order in which everybody takes them, so not in the midst of this one.
     */
    public void giveBack(Tx tx) {
        var orphans = store.orphans(tx);
        if (!orphans.isEmpty()) {
            LOG.info("{} reservations of nodes that are gone are given back", orphans.size());
            var _ = database.submit(new Inheritance(orphans)).exceptionally(failed -> {
                LOG.warn("reservations of nodes that are gone are given back at the next look", failed);
                return null;
            });
        }
    }

    private final class Inheritance implements Unit {
        /** From when on the periods of which budget matter. */
        private final Map<String, Instant> since = new TreeMap<>();

        Inheritance(List<Reservation> seen) {
            for (var reservation : seen) {
                since.merge(reservation.budgetId(), reservation.periodStart(), (a, b) -> a.isBefore(b) ? a : b);
            }
        }

        @Override
        public void announce(Tx tx) {
            var ledger = books.of(tx);
            since.forEach(ledger::want);
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            for (var reservation : store.orphans(tx)) {
                if (since.containsKey(reservation.budgetId())) { // else it came since, and its turn comes
                    books.of(tx).releaseFound(tx, reservation);
                }
            }
        }
    }

    // ── what people do ──

    /** Newest first, those below {@code below}. */
    List<View> list(String workspaceId, @Nullable String below, int limit) {
        return database.read(tx -> views(tx, store.budgets(tx, workspaceId, below, limit)));
    }

    /** @throws ProblemException {@code not_found} */
    View get(String workspaceId, String id) {
        return database.read(tx -> store.budget(tx, workspaceId, id)
                .map(budget -> views(tx, List.of(budget)).getFirst())
                .orElseThrow(() -> missing(id)));
    }

    private List<View> views(Tx tx, List<Budget> budgets) {
        var latest = store.latest(tx, budgets.stream().map(Budget::id).toList());
        var now = clock.instant();
        return budgets.stream()
                .map(budget -> {
                    var start = budget.periodStart(now);
                    var last = latest.get(budget.id());
                    return last == null || last.start().isBefore(start)
                            ? view(tx, budget, start, Sums.NONE)
                            : view(tx, budget, last.start(), last.sums());
                })
                .toList();
    }

    private View view(Tx tx, Budget budget, Instant period, Sums sums) {
        var crossings = store.crossings(tx, budget.id(), period);
        return new View(
                budget,
                new Standing(
                        period,
                        budget.period().end(period),
                        sums.spent(),
                        sums.reserved(),
                        sums.unpriced(),
                        crossings));
    }

    /** @throws ProblemException {@code conflict} when there are too many */
    View create(Caller caller, Wanted wanted) {
        var id = ids.next("bud_");
        var entry = new Entry(id, wanted.scope(), wanted.period(), wanted.action() == Action.BLOCK);
        var workspace = caller.workspaceId();
        boolean waits = !isAlone.getAsBoolean();
        known.comes(workspace, entry);
        View made;
        try {
            made = write(null, tx -> {
                tx.lock("budgets of " + workspace);
                if (store.count(tx, workspace) >= MOST) {
                    throw Problem.of(
                                    ProblemCode.CONFLICT,
                                    "There are " + MOST + " budgets in this workspace, which is the most. Delete one"
                                            + " first, or change one: POST /api/v1/budgets/{id}.")
                            .exception();
                }
                var budget = budget(id, workspace, wanted, waits);
                store.add(tx, budget);
                audit.append(tx, caller, "budget.created", TARGET, id, BudgetJson.settings(budget));
                return view(tx, budget, budget.periodStart(clock.instant()), Sums.NONE);
            });
        } finally {
            known.came(workspace, entry);
        }
        pause.rest(waits ? untilKnown() : AT_ONCE);
        return made;
    }

    /**
     * Counts what begins from a moment on at which every node knows of it: this one does at the commit, and nothing begins
     * here and ends before that.
     */
    private Budget budget(String id, String workspaceId, Wanted wanted, boolean waits) {
        var now = now();
        var from = now.plus(waits ? untilKnown() : AT_ONCE);
        return new Budget(
                id,
                workspaceId,
                wanted.name(),
                wanted.scope(),
                wanted.period(),
                wanted.limitNanoUsd(),
                wanted.thresholds(),
                wanted.action(),
                from,
                from);
    }

    private Duration untilKnown() {
        return database.trust().plus(MARGIN);
    }

    /**
     * Changes what is said. A threshold that is not reached any more is to be reached again; one that is now is reached at
     * once.
     *
     * @throws ProblemException {@code not_found}
     */
    View update(Caller caller, String id, Changes changes) {
        var before =
                database.read(tx -> store.budget(tx, caller.workspaceId(), id)).orElseThrow(() -> missing(id));
        var since = before.period().start(clock.instant());
        var made = write(ledger -> ledger.want(id, since), tx -> {
            var ledger = books.of(tx);
            var account = ledger.account(tx, id, since);
            if (account == null) {
                throw missing(id);
            }
            var old = account.budget();
            var now = changed(old, changes);
            var difference = Audit.difference(BudgetJson.settings(old), BudgetJson.settings(now));
            if (!difference.isEmpty()) {
                store.update(tx, now);
                account.become(now);
                crossAnew(tx, ledger, account);
                audit.append(tx, caller, "budget.updated", TARGET, id, difference);
            }
            var period = account.latest(clock.instant());
            return view(tx, account.budget(), period, account.sums(period));
        });
        known.changed(caller.workspaceId());
        boolean blocksNow = before.action() == Action.ALERT && made.budget().action() == Action.BLOCK;
        if (blocksNow && !isAlone.getAsBoolean()) {
            pause.rest(untilKnown());
        }
        return made;
    }

    private Budget changed(Budget old, Changes changes) {
        return old.with(
                changes.name() == null ? old.name() : changes.name(),
                changes.limitNanoUsd() == null ? old.limitNanoUsd() : changes.limitNanoUsd(),
                changes.thresholds() == null ? old.thresholds() : changes.thresholds(),
                changes.action() == null ? old.action() : changes.action(),
                now());
    }

    private void crossAnew(Tx tx, Ledger ledger, Account account) throws SQLException {
        var budget = account.budget();
        var period = account.latest(clock.instant());
        long spent = account.sums(period).spent();
        for (var crossing : store.crossings(tx, budget.id(), period)) {
            int percent = crossing.percent();
            if (!budget.thresholds().contains(percent) || spent < budget.reachedAt(percent)) {
                store.uncross(tx, budget.id(), period, percent);
            }
        }
        for (int percent : budget.thresholds()) {
            if (spent >= budget.reachedAt(percent)) {
                ledger.cross(tx, budget, period, percent, spent);
            }
        }
    }

    /** @throws ProblemException {@code not_found} */
    void delete(Caller caller, String id) {
        get(caller.workspaceId(), id);
        write(ledger -> ledger.want(id, Instant.EPOCH), tx -> {
            var account = books.of(tx).account(tx, id, Instant.EPOCH);
            if (account == null) {
                throw missing(id);
            }
            delete(tx, id);
            var name = account.budget().name();
            audit.append(tx, caller, "budget.deleted", TARGET, id, Json.object().put("name", name));
            return true;
        });
        known.changed(caller.workspaceId());
    }

    private int delete(Tx tx, String id) {
        int rows = store.delete(tx, id);
        books.of(tx).gone(id);
        return rows;
    }

    /** A {@link com.aistrale.server.access.WorkspaceDeletion.Part}: a budget at a time, with all that was counted. */
    public int deleteBatch(String workspaceId, int most) {
        var some = database.read(tx -> store.budgets(tx, workspaceId, null, 1));
        if (some.isEmpty()) {
            return 0;
        }
        var id = some.getFirst().id();
        int rows = write(ledger -> ledger.want(id, Instant.EPOCH), tx -> delete(tx, id));
        known.changed(workspaceId);
        return rows;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static ProblemException missing(String id) {
        return Problem.of(ProblemCode.NOT_FOUND, "There is no budget " + id + " in this workspace.")
                .exception();
    }

    /** Says to a transaction's ledger what will be needed. */
    private interface Announcement {
        void to(Ledger ledger);
    }

    /** As {@link Database#write}, of what takes its budget's row when everybody does. */
    private <T> T write(@Nullable Announcement announcement, Database.Read<T> work) {
        var change = new Change<>(announcement, work);
        Database.await(database.submit(change));
        return change.results.getFirst();
    }

    private final class Change<T> implements Unit {
        private final @Nullable Announcement announcement;
        private final Database.Read<T> work;

        /** The one result, set before the commit that is waited for. */
        private final List<T> results = new ArrayList<>(1);

        Change(@Nullable Announcement announcement, Database.Read<T> work) {
            this.announcement = announcement;
            this.work = work;
        }

        @Override
        public void announce(Tx tx) {
            if (announcement != null) {
                announcement.to(books.of(tx));
            }
        }

        @Override
        public void apply(Tx tx) throws SQLException {
            results.clear();
            results.add(work.apply(tx));
        }

        @Override
        public boolean mayRefuse() {
            return true;
        }
    }
}
