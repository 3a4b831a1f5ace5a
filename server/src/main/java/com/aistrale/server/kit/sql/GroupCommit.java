package com.aistrale.server.kit.sql;

import com.aistrale.server.kit.problem.ProblemException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer: takes everything that waits, writes it in one transaction, and tells the callers after the commit. So
 * the price of a durable commit is shared by all that came while the last one ran.
 *
 * <p>When a batch fails, it is rolled back and its units are written one by one, so that only the guilty fail.
 */
final class GroupCommit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
    private static final int MOST = 1024;

    /** How long a batch that nobody waits for is held. */
    static final Duration PATIENCE = Duration.ofMillis(10);

    private static final Pending END = new Pending(tx -> {});

    /** Opens the writer's connection, again after it broke. */
    interface Opener {
        Tx open() throws SQLException;
    }

    private static final class Pending {
        final Unit unit;
        final CompletableFuture<Void> durable = new CompletableFuture<>();

        Pending(Unit unit) {
            this.unit = unit;
        }
    }

    private final LinkedBlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
    private final Opener opener;
    private final Runnable afterCommit;
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean ended;
    private volatile boolean failing;
    private @Nullable Tx tx;

    GroupCommit(Opener opener, Runnable afterCommit) {
        this.opener = opener;
        this.afterCommit = afterCommit;
        this.thread = Thread.ofPlatform().name("database-writer").start(this::run);
    }

    /** Queues the unit. The future completes after its commit, or exceptionally with the {@link SQLException}. */
    CompletableFuture<Void> submit(Unit unit) {
        var pending = new Pending(unit);
        if (closed) {
            refuse(pending);
            return pending.durable;
        }
        queue.add(pending);
        if (ended && queue.remove(pending)) { // came too late to be seen by the writer
            refuse(pending);
        }
        return pending.durable;
    }

    private static void refuse(Pending late) {
        late.durable.completeExceptionally(new SQLException("the database is closed"));
    }

    /** Whether the last unit could not be written. */
    boolean isFailing() {
        return failing;
    }

    private void run() {
        var batch = new ArrayList<Pending>(MOST);
        boolean more = true;
        while (more) {
            try {
                batch.add(queue.take());
            } catch (InterruptedException end) {
                return;
            }
            queue.drainTo(batch, MOST - 1);
            hold(batch);
            more = !batch.remove(END);
            if (!batch.isEmpty()) {
                batch.forEach(pending -> pending.unit.drained());
                write(batch);
                batch.clear();
                afterCommit.run();
            }
        }
    }

    /** Waits until somebody waits, or the patience is over. */
    private void hold(List<Pending> batch) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        int seen = 0;
        while (batch.size() < MOST) {
            for (; seen < batch.size(); seen++) {
                if (!batch.get(seen).unit.isPatient()) {
                    return;
                }
            }
            try {
                var next = queue.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (next == null) {
                    return;
                }
                batch.add(next);
                queue.drainTo(batch, MOST - batch.size());
            } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void write(List<Pending> batch) {
        try {
            commit(batch);
        } catch (Throwable failed) { // an Error too: who waits must hear of it, and the writer goes on
            rollback();
            boolean refused = failed instanceof ProblemException; // a unit's own word is no fault of the database
            if (batch.size() == 1) {
                if (!refused) {
                    LOG.error("a write failed: {}", failed.getMessage(), failed);
                    failing = true;
                }
                batch.getFirst().durable.completeExceptionally(failed);
                return;
            }
            if (!refused) {
                LOG.warn("a batch of {} failed ({}); writing one by one", batch.size(), failed.getMessage());
            }
            for (var pending : batch) {
                write(List.of(pending));
            }
            return;
        }
        failing = false;
        for (var pending : batch) {
            pending.durable.complete(null);
        }
    }

    private void commit(List<Pending> batch) throws SQLException {
        var open = tx;
        if (open == null) {
            open = opener.open();
            tx = open;
        }
        for (var pending : batch) {
            pending.unit.apply(open);
        }
        open.connection().commit();
    }

    private void rollback() {
        var open = tx;
        if (open == null) {
            return;
        }
        try {
            open.connection().rollback();
        } catch (SQLException broken) {
            LOG.warn("the writer's connection broke and is opened anew: {}", broken.getMessage());
            closeQuietly();
        }
    }

    private void closeQuietly() {
        var open = tx;
        tx = null;
        if (open != null) {
            try {
                open.connection().close();
            } catch (SQLException alreadyBroken) {
                LOG.debug("closing a broken connection", alreadyBroken);
            }
        }
    }

    /** Writes what waits, then ends. */
    @Override
    public void close() {
        closed = true;
        queue.add(END);
        try {
            thread.join();
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        }
        ended = true;
        for (var late = queue.poll(); late != null; late = queue.poll()) {
            refuse(late);
        }
        closeQuietly();
    }
}
