package com.aistrale.server.idempotency;

import com.aistrale.server.idempotency.SqlIdempotencyStore.New;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.kit.sql.Unit;
import com.aistrale.server.telemetry.Condition;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * To be the one who runs a request. Held in the transaction in which its inference begins, it is this node's until the
 * one in which that ends. For one inference; whoever made it calls {@link #over} whatever happens.
 */
public final class Claim implements Condition {
    /**
     * By how much the numbers of a run's events are above those of the run before: who saw events of one never gets the
     * rest of another.
     */
    private static final int STRIDE = 1_000_000;

    /** So many runs are told apart, which is more than a day has. */
    private static final int RUNS = 2000;

    private final Claims claims;
    private final RequestKey key;
    private final Ongoing ongoing;
    private @Nullable New row;
    private @Nullable Boolean inserted;
    private int run;

    Claim(Claims claims, RequestKey key, Ongoing ongoing) {
        this.claims = claims;
        this.key = key;
        this.ongoing = ongoing;
    }

    /** From now on it is known that this node runs the inference, or is about to. */
    public Condition of(String inferenceId) {
        row = new New(key, claims.node(), inferenceId, claims.now());
        claims.begins(inferenceId, ongoing);
        return this;
    }

    RequestKey key() {
        return key;
    }

    New row() {
        if (row == null) {
            throw new IllegalStateException("a claim without an inference");
        }
        return row;
    }

    void inserted(boolean is) {
        inserted = is;
    }

    @Override
    public void announce(Tx tx) {
        inserted = null;
        tx.shared(ClaimsTogether.class, ClaimsTogether::new).announce(this);
    }

    @Override
    public @Nullable RuntimeException hold(Tx tx) throws SQLException {
        if (inserted == null) {
            tx.shared(ClaimsTogether.class, ClaimsTogether::new).insert(tx, claims.store(), this);
        }
        if (Boolean.TRUE.equals(inserted)) {
            run = 0;
            return null;
        }
        var seen = claims.store().standing(tx, key);
        if (seen == null || !claims.isFree(seen)) {
            return claims.refusal(key, seen);
        }
        run = seen.run() + 1;
        return claims.store().takeOver(tx, row(), seen) ? null : new ClaimTaken();
    }

    @Override
    public void giveBack(Tx tx) throws SQLException {
        claims.store().giveBack(tx, key, row().inferenceId(), run == 0);
    }

    /** How often the request was run before. */
    public int run() {
        return run;
    }

    /** The number of the run's first event, less one: 0 for the first run. */
    public int firstEvent() {
        return first(run);
    }

    private static int first(int run) {
        return run % RUNS * STRIDE;
    }

    /** The number that an event of {@code run} has within that, counted from 1; negative when it is none of that. */
    public static int eventIn(int run, int event) {
        int number = event - first(run);
        return number < 1 || number >= STRIDE ? -1 : number;
    }

    /** For who waits. */
    public Ongoing ongoing() {
        return ongoing;
    }

    /** Written with the record of the answer: from then on everybody gets it. */
    public Unit answered(KeptAnswer answer) {
        var headers = claims.headers(answer);
        var sealed = claims.seal(key, answer.body());
        return tx -> claims.store().answer(tx, key, answer.inferenceId(), headers, sealed);
    }

    /**
     * Written with the record of the failure: from then on the request can be run again.
     *
     * @param told whether anybody may have seen events of this run
     */
    public Unit released(boolean told) {
        var id = row().inferenceId();
        return told || run > 0
                ? tx -> claims.store().release(tx, key, id)
                : tx -> claims.store().forget(tx, key, id);
    }

    /** It has ended, or did not begin. */
    public void over(Ended ended) {
        if (row != null) {
            claims.ends(row.inferenceId());
        }
        ongoing.end(ended);
    }
}
