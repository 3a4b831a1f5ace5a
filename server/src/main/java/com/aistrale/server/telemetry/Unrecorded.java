package com.aistrale.server.telemetry;

import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Unit;
import com.aistrale.server.telemetry.InferenceRecord.Charge;
import com.aistrale.server.telemetry.InferenceRecord.Failure;
import com.aistrale.server.telemetry.InferenceRecord.Result;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ends that could not be written, so that they are when the database takes writes again: whatever was withheld, the
 * provider was paid. What finds no place here, or is here when the process ends, is named at the next start as all that
 * was left running. Thread-safe.
 */
final class Unrecorded {
    private static final Logger LOG = LoggerFactory.getLogger(Unrecorded.class);
    private static final int MOST = 4096;
    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 5000;

    private final Database database;
    private final Function<InferenceRecord, Unit> late;
    private final ArrayDeque<InferenceRecord> waiting = new ArrayDeque<>();
    private boolean trying;

    /** @param late writes an end where there is none */
    Unrecorded(Database database, Function<InferenceRecord, Unit> late) {
        this.database = database;
        this.late = late;
    }

    /** Keeps this end, without what was said, and goes on trying to write it. */
    synchronized void keep(InferenceRecord last) {
        if (!add(withheld(last)) || trying) {
            return;
        }
        trying = true;
        Thread.ofVirtual().name("late-records").start(this::tryOn);
    }

    private synchronized boolean add(InferenceRecord record) {
        if (waiting.size() >= MOST) {
            LOG.error("{} ends wait to be recorded; {} will be named when the server starts anew", MOST, record.id());
            return false;
        }
        return waiting.add(record);
    }

    /** An answer that nobody got is no completed inference. A failure stays what it was. */
    private static InferenceRecord withheld(InferenceRecord last) {
        var result = last.result();
        if (last.status() != Status.COMPLETED || result == null) {
            return last;
        }
        var failure = new Failure(
                ProblemCode.DATABASE_UNAVAILABLE.wireName(),
                "The provider answered, but the answer could not be recorded at once, so it was withheld.",
                last.provider(),
                null);
        return new InferenceRecord(
                last.id(),
                Status.FAILED,
                last.createdAt(),
                last.completedAt(),
                last.origin(),
                last.provider(),
                last.model(),
                new Result(
                        null,
                        result.usage(),
                        result.charge(),
                        result.latencyMs(),
                        result.timeToFirstTokenMs(),
                        result.attempts(),
                        failure));
    }

    /** The end of one whose begin could not be recorded, so that no provider was asked. */
    static InferenceRecord neverRan(InferenceRecord running) {
        var failure = new Failure(
                ProblemCode.DATABASE_UNAVAILABLE.wireName(),
                "The begin could not be recorded, so no provider was asked.",
                running.provider(),
                null);
        return new InferenceRecord(
                running.id(),
                Status.FAILED,
                running.createdAt(),
                running.createdAt(),
                running.origin(),
                running.provider(),
                running.model(),
                new Result(null, null, Charge.UNKNOWN, null, null, List.of(), failure));
    }

    private void tryOn() {
        long pause = FIRST_PAUSE_MILLIS;
        try {
            while (isNeeded()) {
                Thread.sleep(pause);
                pause = writes() ? FIRST_PAUSE_MILLIS : Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isNeeded() {
        trying = !waiting.isEmpty() && !database.isClosed();
        return trying;
    }

    /** One alone first: while the database is away the others need not be told so too. */
    private boolean writes() {
        InferenceRecord first;
        synchronized (this) {
            first = waiting.remove();
        }
        if (!isWritten(first, database.submit(late.apply(first)))) {
            return false;
        }
        var others = new ArrayList<InferenceRecord>();
        synchronized (this) {
            others.addAll(waiting);
            waiting.clear();
        }
        var durable =
                others.stream().map(other -> database.submit(late.apply(other))).toList();
        int written = 1;
        for (int i = 0; i < others.size(); i++) {
            written += isWritten(others.get(i), durable.get(i)) ? 1 : 0;
        }
        LOG.warn("{} inferences whose end could not be recorded at once are recorded now", written);
        return true;
    }

    /** Where it is not, it waits again, behind the others. */
    private boolean isWritten(InferenceRecord record, CompletableFuture<Void> durable) {
        try {
            Database.await(durable);
            return true;
        } catch (ProblemException unavailable) {
            add(record);
            return false;
        }
    }
}
