package com.aistrale.server.idempotency;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.nodes.Chore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/** Deletes answers that are not given again any more, a batch at a time, and what nobody heard of being asked to end. */
public final class Purge implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMinutes(5);

    /** Longer than any inference runs. */
    private static final Duration ASKED = Duration.ofHours(2);

    private static final int BATCH = 200;

    private final Database database;
    private final InstantSource clock;
    private final BooleanSupplier mayRun;
    private final SqlIdempotencyStore store = new SqlIdempotencyStore();
    private final Chore chore;

    /** @param mayRun whether it is this node that does it now */
    public Purge(Database database, InstantSource clock, BooleanSupplier mayRun) {
        this.database = database;
        this.clock = clock;
        this.mayRun = mayRun;
        this.chore = new Chore(
                "idempotency-purge", PERIOD, PERIOD, this::once, "old answers could not be deleted; in 5 min again");
    }

    /** From now on it works in the background, for the first time in five minutes: a start has other things to do. */
    public Purge start() {
        chore.start();
        return this;
    }

    /** Deletes what is old by now, unless it is another node's to do. */
    public void once() {
        if (!mayRun.getAsBoolean()) {
            return;
        }
        var now = clock.instant();
        var below = Ids.floor("inf_", now.minus(Claims.KEPT));
        int deleted;
        do {
            deleted = database.write(tx -> store.deleteBelow(tx, below, BATCH));
        } while (deleted == BATCH && mayRun.getAsBoolean());
        database.write(tx -> store.deleteAskedBefore(tx, now.minus(ASKED)));
    }

    @Override
    public void close() {
        chore.close();
    }
}
