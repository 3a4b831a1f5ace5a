package com.aistrale.server.budgets;

import com.aistrale.server.budgets.Standing.Crossing;
import com.aistrale.server.events.Event;
import com.aistrale.server.events.Events;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the units of one transaction do to budgets: the rows of all that they announced are locked in the order of their
 * ids and read once, counted here, and written once. While the rows are held, sums change nowhere else. One thread.
 */
final class Ledger implements Tx.Shared {
    /** What the ledgers of all transactions have in common. @param owner this node */
    record Books(SqlBudgetStore store, Events events, Ids ids, InstantSource clock, String owner) {
        Ledger of(Tx tx) {
            return tx.shared(Ledger.class, () -> new Ledger(this));
        }
    }

    private final Books books;
    private final Map<String, Instant> wanted = new TreeMap<>();
    private final Set<String> inferences = new TreeSet<>();

    /** Those of which all is here that they have put aside. */
    private final Set<String> read = new HashSet<>();

    /** By the budget's id; null where there is none. */
    private final Map<String, @Nullable Account> accounts = new TreeMap<>();

    /** By inference, then by budget. */
    private final Map<String, Map<String, Reservation>> reservations = new HashMap<>();

    /** Those that the table has. */
    private final Set<Reservation.Key> stored = new HashSet<>();

    /** Those that the table has not as they are here. */
    private final Set<Reservation.Key> changed = new LinkedHashSet<>();

    private Ledger(Books books) {
        this.books = books;
    }

    /** @param since from when on its periods matter */
    void want(String budgetId, Instant since) {
        wanted.merge(budgetId, since, (a, b) -> a.isBefore(b) ? a : b);
    }

    /** What this inference has put aside matters. */
    void wantReservations(String inferenceId) {
        inferences.add(inferenceId);
    }

    @Override
    public void announced(Tx tx) throws SQLException {
        open(tx, wanted);
        if (!inferences.isEmpty()) {
            readReservations(tx, List.copyOf(inferences));
        }
    }

    private void open(Tx tx, Map<String, Instant> since) throws SQLException {
        if (since.isEmpty()) {
            return;
        }
        var budgets = books.store.open(tx, since.keySet());
        var periods = budgets.isEmpty() ? Map.<String, Map<Instant, Sums>>of() : books.store.periods(tx, since);
        since.keySet().forEach(id -> accounts.put(id, null));
        for (var budget : budgets) {
            var from = since.getOrDefault(budget.id(), Instant.EPOCH);
            var account = new Account(budget, from);
            account.extend(from, periods.getOrDefault(budget.id(), Map.of()));
            accounts.put(budget.id(), account);
        }
    }

    private void readReservations(Tx tx, List<String> ids) throws SQLException {
        books.store.reservations(tx, ids).forEach(this::found);
        read.addAll(ids);
    }

    private void found(Reservation reservation) {
        if (stored.add(reservation.key()) && !changed.contains(reservation.key())) {
            of(reservation.inferenceId()).put(reservation.budgetId(), reservation);
        }
    }

    private Map<String, Reservation> of(String inferenceId) {
        return reservations.computeIfAbsent(inferenceId, first -> new HashMap<>());
    }

    /** The budget, whose row is held from now on; null where there is none. Who announced it does not wait here. */
    @Nullable
    Account account(Tx tx, String id, Instant since) throws SQLException {
        if (!accounts.containsKey(id)) {
            open(tx, Map.of(id, since));
        }
        var account = accounts.get(id);
        if (account != null && !account.reaches(since)) {
            account.extend(since, books.store.periods(tx, Map.of(id, since)).getOrDefault(id, Map.of()));
        }
        return account;
    }

    /** What the inference has put aside, by budget. Who announced it does not wait here. */
    Map<String, Reservation> reservations(Tx tx, String inferenceId) throws SQLException {
        if (!read.contains(inferenceId)) {
            readReservations(tx, List.of(inferenceId));
        }
        return Map.copyOf(of(inferenceId));
    }

    /** Puts aside what the inference has not put aside yet. */
    void reserve(Tx tx, Reservation reservation) throws SQLException {
        var account = account(tx, reservation.budgetId(), reservation.periodStart());
        if (account == null) {
            return;
        }
        var sums = account.sums(reservation.periodStart());
        account.set(reservation.periodStart(), sums.reserve(reservation.nanoUsd()));
        of(reservation.inferenceId()).put(reservation.budgetId(), reservation);
        changed.add(reservation.key());
    }

    /** Gives back what is put aside. */
    void release(Tx tx, Reservation reservation) throws SQLException {
        if (of(reservation.inferenceId()).remove(reservation.budgetId()) == null) {
            return;
        }
        changed.add(reservation.key());
        var account = account(tx, reservation.budgetId(), reservation.periodStart());
        if (account != null) {
            var sums = account.sums(reservation.periodStart());
            account.set(reservation.periodStart(), sums.reserve(-reservation.nanoUsd()));
        }
    }

    /** Gives back what was just found in the table. */
    void releaseFound(Tx tx, Reservation reservation) throws SQLException {
        found(reservation);
        release(tx, reservation);
    }

    /** Counts what an inference cost, null for unknown, and notes the thresholds that are reached with it. */
    void spend(Tx tx, Account account, Instant begun, @Nullable Long nanoUsd) throws SQLException {
        var budget = account.budget();
        var period = budget.periodStart(begun);
        var before = account.sums(period);
        var after = nanoUsd == null ? before.unpricedOne() : before.spend(nanoUsd);
        account.set(period, after);
        for (int percent : budget.thresholds()) {
            long line = budget.reachedAt(percent);
            if (before.spent() < line && line <= after.spent()) {
                cross(tx, budget, period, percent, after.spent());
            }
        }
    }

    /** Notes that a threshold is reached, unless that is noted. */
    void cross(Tx tx, Budget budget, Instant period, int percent, long spent) throws SQLException {
        var crossing = new Crossing(percent, books.clock.instant(), spent);
        if (books.store.cross(tx, budget.id(), period, crossing)) {
            books.events.append(
                    tx,
                    new Event(
                            books.ids.next("evt_", crossing.at()),
                            budget.workspaceId(),
                            "cost.threshold_exceeded",
                            crossing.at(),
                            Json.text(BudgetJson.event(budget, period, crossing))));
        }
    }

    /** The budget is gone from the tables, with all that belongs to it. */
    void gone(String budgetId) {
        accounts.put(budgetId, null);
        changed.removeIf(key -> key.budgetId().equals(budgetId));
        stored.removeIf(key -> key.budgetId().equals(budgetId));
        reservations.values().forEach(mine -> mine.remove(budgetId));
    }

    @Override
    public void flush(Tx tx) throws SQLException {
        for (var account : accounts.values()) {
            if (account != null) {
                for (var period : account.changed()) {
                    books.store.put(tx, account.budget().id(), period, account.sums(period));
                }
                account.changed().clear();
            }
        }
        for (var key : changed) {
            var now = reservations.getOrDefault(key.inferenceId(), Map.of()).get(key.budgetId());
            if (now != null) {
                books.store.put(tx, now, books.owner);
                stored.add(key);
            } else if (stored.remove(key)) {
                books.store.delete(tx, key);
            }
        }
        changed.clear();
    }
}
