package com.aistrale.server.access;

import com.aistrale.server.kit.sql.Database;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what deleted workspaces leave, a batch at a time, so that nobody else waits long. It looks at start, when one
 * was deleted, and every hour: what a crash cut short goes on, and what was still running when its workspace went is
 * swept up. The workspace's row goes last, a day later, when nothing more comes. Several nodes may do it at once.
 * Thread-safe.
 */
public final class WorkspaceDeletion implements AutoCloseable {
    /** What a feature keeps of a workspace. */
    @FunctionalInterface
    public interface Part {
        /** Deletes at most {@code most} rows in a transaction of its own. @return how many; 0 when none is left */
        int deleteBatch(String workspaceId, int most);
    }

    private static final Logger LOG = LoggerFactory.getLogger(WorkspaceDeletion.class);
    private static final int BATCH = 500;
    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration AGAIN = Duration.ofMinutes(1);

    /** Longer than any inference runs. */
    static final Duration LAST_RECORDS = Duration.ofDays(1);

    private final Database database;
    private final InstantSource clock;
    private final List<Part> parts;
    private final SqlAccessStore store = new SqlAccessStore();
    private final Semaphore due = new Semaphore(1);
    private volatile boolean closed;
    private @Nullable Thread thread;

    /** @param parts those of the other rooms; access's own come behind them */
    public WorkspaceDeletion(Database database, InstantSource clock, Audit audit, List<Part> parts) {
        this.database = database;
        this.clock = clock;
        this.parts = new ArrayList<>(parts);
        this.parts.add((id, most) -> database.write(tx -> audit.deleteBatch(tx, id, most)));
        this.parts.add((id, most) -> database.write(tx -> store.deleteKeys(tx, id, most)));
    }

    /** Goes to work, beside everything else. */
    public synchronized void start() {
        if (thread == null && !closed) {
            thread = Thread.ofVirtual().name("workspace-deletion").start(this::run);
        }
    }

    /** A workspace was deleted. */
    void wake() {
        due.release();
    }

    private void run() {
        var wait = Duration.ZERO;
        try {
            while (!closed) {
                due.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
                due.drainPermits();
                wait = tryRound() ? EVERY : AGAIN;
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean tryRound() {
        try {
            round();
            return true;
        } catch (RuntimeException failed) {
            if (!closed) {
                LOG.warn("deleting a workspace's data failed and is tried again in {}", AGAIN, failed);
            }
            return false;
        }
    }

    /** Deletes all there is now. */
    void round() {
        for (var workspace : database.read(store::deleted)) {
            int count = 0;
            for (var part : parts) {
                count += deleteAll(part, workspace.id());
            }
            if (count > 0) {
                LOG.info("deleted {} rows of the deleted workspace {}", count, workspace.id());
            } else if (!closed && clock.instant().isAfter(workspace.at().plus(LAST_RECORDS))) {
                database.write(tx -> {
                    store.remove(tx, workspace.id());
                    return true;
                });
            }
        }
    }

    private int deleteAll(Part part, String workspaceId) {
        int count = 0;
        int batch = 1;
        while (batch > 0 && !closed) {
            batch = part.deleteBatch(workspaceId, BATCH);
            count += batch;
        }
        return count;
    }

    /** Ends after the batch that runs. */
    @Override
    public synchronized void close() {
        closed = true;
        due.release();
        if (thread != null) {
            try {
                thread.join();
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
