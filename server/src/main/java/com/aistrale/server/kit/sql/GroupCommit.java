package com.aistrale.server.kit.sql;

import com.aistrale.server.kit.problem.ProblemException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer: takes everything that waits, writes it in one transaction, and tells the callers after the commit. So
 * the price of a durable commit is shared by all that came while the last one ran.
 *
 * <p>Waking a thread costs both sides, so it is done where it matters only. A unit that nobody waits for wakes nobody
 * while the writer looks at the queue by itself, which it does every {@link #PATIENCE} for a while after there was
 * something to do.
 *
 * <p>When a batch fails, it is rolled back and its units are written one by one, so that only the guilty fail; where none
 * is ({@link Passing}), the batch is written once more before. A unit that {@linkplain Unit#mayRefuse may refuse} is
 * undone by itself, and the batch goes on.
 */
final class GroupCommit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
    private static final int MOST = 1024;

    /** How long a batch that nobody waits for is held. */
    static final Duration PATIENCE = Duration.ofMillis(10);

    /** How long the writer goes on looking by itself. */
    private static final long LOOKING = Duration.ofSeconds(1).toNanos();

    /** For who was given the way in a deadlock to take it, before this one stands in it again. */
    private static final long LET_OTHERS = Duration.ofMillis(50).toNanos();

    private static final Pending END = new Pending(tx -> {});

    /** Opens the writer's connection, again after it broke. */
    interface Opener {
        Tx open() throws SQLException;
    }

    private static final class Pending extends Inbox.Item<Pending> {
        final Unit unit;
        final CompletableFuture<Void> durable = new CompletableFuture<>();

        /** The unit's word in the batch that is written; told after its commit, as it may rest on others of the batch. */
        @Nullable
        ProblemException refusal;

        Pending(Unit unit) {
            this.unit = unit;
        }
    }

    /** What the writer's thread does, and who has to wake it. */
    private enum State {
        /** It will look at the queue before it waits: nobody. */
        AWAKE,
        /** It will look at the queue within {@link #PATIENCE}: who waits for a commit. */
        DOZING,
        /** Everybody. */
        ASLEEP
    }

    private final Inbox<Pending> queue = new Inbox<>();
    private final AtomicInteger awaited = new AtomicInteger();
    private final AtomicReference<State> state = new AtomicReference<>(State.AWAKE);
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
        add(pending);
        if (ended) { // came too late to be seen by the writer
            refuseRest();
        }
        return pending.durable;
    }

    private void add(Pending pending) {
        boolean patient = pending.unit.isPatient();
        queue.add(pending);
        if (!patient) {
            awaited.incrementAndGet();
        }
        var seen = state.get();
        boolean wakes = seen == State.ASLEEP || (seen == State.DOZING && !patient);
        if (wakes && state.compareAndSet(seen, State.AWAKE)) {
            LockSupport.unpark(thread);
        }
    }

    private static void refuse(Pending late) {
        late.durable.completeExceptionally(new SQLException("the database is closed"));
    }

    /** Whether the last unit could not be written. */
    boolean isFailing() {
        return failing;
    }

    /** Whether nothing more is taken. */
    boolean isClosed() {
        return closed;
    }

    private void run() {
        var batch = new ArrayList<Pending>(MOST);
        boolean more = true;
        while (more) {
            rest();
            more = drainTo(batch);
            if (!batch.isEmpty()) {
                batch.forEach(pending -> pending.unit.drained());
                write(batch);
                batch.clear();
                afterCommit.run();
            }
        }
    }

    /** @return whether more may come */
    private boolean drainTo(List<Pending> batch) {
        boolean more = true;
        for (Pending next; batch.size() < MOST && (next = queue.poll()) != null; ) {
            if (!next.unit.isPatient()) {
                awaited.decrementAndGet();
            }
            if (next == END) {
                more = false;
            } else {
                batch.add(next);
            }
        }
        return more;
    }

    /** Returns when something is to be written: somebody waits for it, or it waited long enough. */
    private void rest() {
        long now = System.nanoTime();
        long lastSeen = now;
        long look = now + PATIENCE.toNanos();
        while (awaited.get() == 0) {
            boolean looks = now - look >= 0;
            if (looks && !queue.isEmpty()) {
                return;
            }
            if (!queue.isEmpty() || now - lastSeen < LOOKING) {
                look = looks ? now + PATIENCE.toNanos() : look;
                park(State.DOZING, look - now);
            } else {
                park(State.ASLEEP, Long.MAX_VALUE);
                lastSeen = System.nanoTime();
                look = lastSeen + PATIENCE.toNanos();
            }
            now = System.nanoTime();
        }
    }

    private void park(State how, long nanos) {
        state.set(how);
        if (awaited.get() == 0 && (how == State.DOZING || queue.isEmpty())) { // else it came too soon to wake
            LockSupport.parkNanos(this, nanos);
        }
        state.set(State.AWAKE);
    }

    private void write(List<Pending> batch) {
        write(batch, false);
    }

    private void write(List<Pending> batch, boolean again) {
        try {
            connect();
        } catch (Throwable unreachable) { // no unit's fault, and each would wait for the same
            if (!failing) {
                LOG.error("the database cannot be opened for writing: {}", unreachable.getMessage(), unreachable);
            }
            fail(batch, unreachable);
            return;
        }
        try {
            commit(batch);
        } catch (OutcomeUnknown lost) {
            rollback();
            LOG.error("{}", lost.getMessage(), lost);
            fail(batch, lost);
            return;
        } catch (Throwable failed) { // an Error too: who waits must hear of it, and the writer goes on
            boolean broken = !rollback();
            if (broken && batch.size() == 1 && !again) {
                write(batch, true); // perhaps it had been broken for long, and this was the first to notice
                return;
            }
            if (Passing.is(failed) && !again) {
                LOG.debug("a batch of {} is written again", batch.size(), failed);
                if (Passing.isOthers(failed)) {
                    LockSupport.parkNanos(LET_OTHERS);
                }
                write(batch, true);
                return;
            }
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
            var refusal = pending.refusal;
            if (refusal == null) {
                pending.durable.complete(null);
            } else {
                pending.durable.completeExceptionally(refusal);
            }
        }
        var committed = tx;
        if (committed != null) {
            committed.committed();
        }
    }

    private void fail(List<Pending> batch, Throwable cause) {
        failing = true;
        for (var pending : batch) {
            pending.durable.completeExceptionally(cause);
        }
    }

    private Tx connect() throws SQLException {
        var open = tx;
        if (open == null) {
            open = opener.open();
            tx = open;
        }
        return open;
    }

    private void commit(List<Pending> batch) throws SQLException {
        var open = connect();
        for (var pending : batch) {
            pending.unit.announce(open);
        }
        open.announced();
        for (var pending : batch) {
            pending.refusal = null; // of a batch that failed
            if (pending.unit.mayRefuse() && batch.size() > 1) {
                pending.refusal = refusalOf(pending.unit, open);
            } else {
                pending.unit.apply(open);
            }
        }
        open.commit();
    }

    /** Applies a unit whose own word undoes itself alone, and not the work of all that came with it. */
    private static @Nullable ProblemException refusalOf(Unit unit, Tx open) throws SQLException {
        open.savepoint();
        try {
            unit.apply(open);
        } catch (ProblemException refusal) {
            open.undo();
            return refusal;
        }
        open.release();
        return null;
    }

    /** @return whether the connection is still good */
    private boolean rollback() {
        var open = tx;
        if (open == null) {
            return false;
        }
        try {
            open.rollback();
            return true;
        } catch (SQLException broken) {
            LOG.warn("the writer's connection broke and is opened anew: {}", broken.getMessage());
            closeQuietly();
            return false;
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
        add(END);
        try {
            thread.join();
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        }
        ended = true;
        refuseRest();
        closeQuietly();
    }

    /** What came after the writer's end. */
    private synchronized void refuseRest() {
        for (var late = queue.poll(); late != null; late = queue.poll()) {
            refuse(late);
        }
    }
}
