package com.aistrale.server.budgets;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.nodes.Chore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/** Deletes, every hour, what budgets counted in periods that ended long ago, a batch at a time. */
public final class OldPeriods implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofHours(1);

    /** A year, and the month that is compared with that of a year ago. */
    static final Duration KEPT = Duration.ofDays(400);

    private static final int BATCH = 200;

    private final Database database;
    private final InstantSource clock;
    private final BooleanSupplier mayRun;
    private final SqlBudgetStore store = new SqlBudgetStore();
    private final Chore chore;

    /** @param mayRun whether it is this node that does it now */
    public OldPeriods(Database database, InstantSource clock, BooleanSupplier mayRun) {
        this.database = database;
        this.clock = clock;
        this.mayRun = mayRun;
        this.chore = new Chore(
                "old-periods", PERIOD, PERIOD, this::once, "old periods could not be deleted; in an hour again");
    }

    /** From now on it works in the background, for the first time in an hour. */
    public OldPeriods start() {
        chore.start();
        return this;
    }

    /** Deletes what is old by now, unless it is another node's to do. */
    void once() {
        var before = clock.instant().minus(KEPT);
        for (var period : Period.values()) {
            if (period == Period.TOTAL) {
                continue; // it never ends
            }
            var start = period.start(before);
            int deleted;
            do {
                if (!mayRun.getAsBoolean()) {
                    return;
                }
                deleted = database.write(tx -> store.deletePeriods(tx, period, start, BATCH));
            } while (deleted == BATCH);
        }
    }

    @Override
    public void close() {
        chore.close();
    }
}
