package com.aistrale.server.budgets;

import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** A budget whose row this transaction holds, with the sums of its periods from a time on. One thread. */
final class Account {
    private Budget budget;
    private Instant since;
    private final NavigableMap<Instant, Sums> periods = new TreeMap<>();
    private final NavigableSet<Instant> changed = new TreeSet<>();

    /** @param since from when on the periods are here */
    Account(Budget budget, Instant since) {
        this.budget = budget;
        this.since = since;
    }

    Budget budget() {
        return budget;
    }

    void become(Budget other) {
        budget = other;
    }

    /** Whether periods that began then are here. */
    boolean reaches(Instant time) {
        return !time.isBefore(since);
    }

    /** What the table has of periods from {@code time} on; what is here already is newer. */
    void extend(Instant time, Map<Instant, Sums> stored) {
        stored.forEach(periods::putIfAbsent);
        since = time;
    }

    Sums sums(Instant period) {
        return periods.getOrDefault(period, Sums.NONE);
    }

    void set(Instant period, Sums sums) {
        periods.put(period, sums);
        changed.add(period);
    }

    /** The period in which this time lies, or a later one that has begun: a clock that is set back opens none again. */
    Instant latest(Instant time) {
        var start = budget.periodStart(time);
        return !periods.isEmpty() && periods.lastKey().isAfter(start) ? periods.lastKey() : start;
    }

    /** The periods that are not written as they are here. */
    NavigableSet<Instant> changed() {
        return changed;
    }
}
