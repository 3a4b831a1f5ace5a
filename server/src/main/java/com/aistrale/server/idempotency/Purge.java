package com.aistrale.server.idempotency;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes answers that are not given again any more, a batch at a time, and what nobody heard of being asked to end. */
public final class Purge implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Purge.class);
    private static final Duration PERIOD = Duration.ofMinutes(5);

    /** Longer than any inference runs. */
    private static final Duration ASKED = Duration.ofHours(2);

    private static final int BATCH = 200;

    private final Database database;
    private final InstantSource clock;
    private final BooleanSupplier mayRun;
    private final SqlIdempotencyStore store = new SqlIdempotencyStore();
    private final Thread thread;

    /** @param mayRun whether it is this node that does it now */
    public Purge(Database database, InstantSource clock, BooleanSupplier mayRun) {
        this.database = database;
        this.clock = clock;
        this.mayRun = mayRun;
        this.thread = Thread.ofVirtual().name("idempotency-purge").unstarted(this::run);
    }

    /** From now on it works in the background, for the first time in five minutes: a start has other things to do. */
    public Purge start() {
        thread.start();
        return this;
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(PERIOD);
                try {
                    once();
                } catch (ProblemException unavailable) {
                    LOG.warn("old answers could not be deleted; in 5 min again: {}", unavailable.getMessage());
                }
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
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
        thread.interrupt();
    }
}
