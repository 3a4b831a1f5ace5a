package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.nodes.Chore;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Deletes, every hour, deliveries that ended 30 days ago, a batch at a time, what is left of deleted webhooks, and secrets
 * that sign no more.
 */
final class OldDeliveries implements AutoCloseable {
    /** How long a delivery that ended is kept. */
    static final Duration KEPT = Duration.ofDays(30);

    private static final Duration FIRST = Duration.ofMinutes(10);
    private static final Duration PERIOD = Duration.ofHours(1);
    private static final int BATCH = 200;

    private final Database database;
    private final SqlDeliveryStore store;
    private final DueClock due;
    private final BooleanSupplier mayRun;
    private final Chore chore;

    OldDeliveries(Database database, SqlDeliveryStore store, DueClock due, BooleanSupplier mayRun) {
        this.database = database;
        this.store = store;
        this.due = due;
        this.mayRun = mayRun;
        this.chore = new Chore(
                "old-deliveries", FIRST, PERIOD, this::once, "old deliveries could not be deleted; in an hour again");
    }

    void start() {
        chore.start();
    }

    /** Deletes what is old by now, unless it is another node's to do. */
    void once() {
        int deleted;
        do {
            if (!mayRun.getAsBoolean()) {
                return;
            }
            deleted = database.write(tx -> store.deleteEnded(tx, due.read(tx) - KEPT.toMillis(), BATCH));
        } while (deleted == BATCH);
        database.write(tx -> {
            store.deleteForgotten(tx);
            store.deleteOldSecrets(tx, due.read(tx));
            return true;
        });
    }

    @Override
    public void close() {
        chore.close();
    }
}
