package com.aistrale.server.budgets;

import com.aistrale.server.budgets.KnownBudgets.Entry;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.Condition;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * That the budgets which block have room for what an inference may cost: that much of each is put aside. What it had put
 * aside for another target is given back in the same moment.
 */
final class Hold implements Condition {
    private final Ledger.Books books;
    private final Held held;
    private final Spending spending;
    private final List<Entry> entries;
    private final @Nullable Long most;

    /** What was put aside before this, in the transaction that runs. */
    private Collection<Reservation> before = List.of();

    /**
     * @param entries the budgets that count the inference, and block as far as is known
     * @param most what it may cost, in nano-dollars; null when that is not known
     */
    Hold(Ledger.Books books, Held held, Spending spending, List<Entry> entries, @Nullable Long most) {
        this.books = books;
        this.held = held;
        this.spending = spending;
        this.entries = entries;
        this.most = most;
    }

    @Override
    public void announce(Tx tx) {
        var ledger = books.of(tx);
        entries.forEach(entry -> ledger.want(entry.id(), since(entry)));
        var others = held.of(spending.inferenceId());
        others.forEach(entry -> ledger.want(entry.id(), since(entry)));
        if (!others.isEmpty()) {
            ledger.wantReservations(spending.inferenceId());
        }
    }

    private Instant since(Entry entry) {
        return entry.since(spending.createdAt());
    }

    @Override
    public @Nullable RuntimeException hold(Tx tx) throws SQLException {
        var ledger = books.of(tx);
        var others = held.of(spending.inferenceId());
        Map<String, Reservation> mine = others.isEmpty() ? Map.of() : ledger.reservations(tx, spending.inferenceId());
        var wanted = new ArrayList<Reservation>();
        RuntimeException wait = null;
        for (var entry : entries) {
            var account = ledger.account(tx, entry.id(), since(entry));
            if (account == null
                    || account.budget().action() != Budget.Action.BLOCK
                    || !account.budget().counts(spending.createdAt())) {
                continue;
            }
            var budget = account.budget();
            if (most == null) {
                return Refusals.withoutPrice(budget, spending);
            }
            var own = mine.get(budget.id());
            var period = account.latest(spending.createdAt());
            for (var one : concerned(budget.periodStart(spending.createdAt()), period)) {
                var sums = account.sums(one);
                if (!sums.willHaveRoom(budget.limitNanoUsd(), most)) {
                    return Refusals.spent(budget, one, sums, most);
                }
                long ownHere = own != null && own.periodStart().equals(one) ? own.nanoUsd() : 0;
                if (wait == null && !sums.hasRoom(budget.limitNanoUsd(), most, ownHere)) {
                    wait = Refusals.putAside(budget, one, sums, most);
                }
            }
            wanted.add(new Reservation(spending.inferenceId(), budget.id(), period, most));
        }
        if (wait != null) {
            return wait;
        }
        before = mine.values();
        put(tx, before, wanted);
        held.add(spending.inferenceId(), entries);
        return null;
    }

    /** Where a clock was set back, both have to have room: the one that it will count in, and the one that has begun. */
    private static List<Instant> concerned(Instant own, Instant latest) {
        return own.equals(latest) ? List.of(own) : List.of(own, latest);
    }

    private static void release(Ledger ledger, Tx tx, Collection<Reservation> all) throws SQLException {
        for (var reservation : all) {
            ledger.release(tx, reservation);
        }
    }

    private void put(Tx tx, Collection<Reservation> instead, List<Reservation> wanted) throws SQLException {
        var ledger = books.of(tx);
        release(ledger, tx, instead);
        for (var reservation : wanted) {
            ledger.reserve(tx, reservation);
        }
    }

    @Override
    public void giveBack(Tx tx) throws SQLException {
        var ledger = books.of(tx);
        release(ledger, tx, ledger.reservations(tx, spending.inferenceId()).values());
        for (var reservation : before) {
            ledger.reserve(tx, reservation);
        }
        if (before.isEmpty()) {
            held.drop(spending.inferenceId());
        }
    }
}
