package com.aistrale.server.idempotency;

import com.aistrale.server.idempotency.SqlIdempotencyStore.New;
import com.aistrale.server.idempotency.SqlIdempotencyStore.Row;
import com.aistrale.server.kit.crypto.Envelope;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Unit;
import com.aistrale.server.telemetry.Ends;
import com.aistrale.server.telemetry.InferenceRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Who runs which request, and the answers of those that were run, for {@link #KEPT}. A request is one by its workspace,
 * route and Idempotency-Key. Thread-safe.
 */
public final class Claims implements Ends {
    /** How long an answer is given again. */
    public static final Duration KEPT = Duration.ofHours(24);

    /** How long a request that was cancelled by its key is refused: so much later than its cancelling it may arrive. */
    public static final Duration REFUSED = Duration.ofSeconds(30);

    private static final Problem MISMATCH = Problem.of(
            ProblemCode.IDEMPOTENCY_MISMATCH,
            "This Idempotency-Key was used with another body in the last 24 hours. Send the same body again, or use a key"
                    + " of its own for each request.");

    private final Database database;
    private final Envelope envelope;
    private final InstantSource clock;
    private final String node;
    private final SqlIdempotencyStore store = new SqlIdempotencyStore();

    /** What this node runs, or is about to, by inference. */
    private final Map<String, Ongoing> ongoing = new ConcurrentHashMap<>();

    /** @param node this one, among those on the database */
    public Claims(Database database, Envelope envelope, InstantSource clock, String node) {
        this.database = database;
        this.envelope = envelope;
        this.clock = clock;
        this.node = node;
    }

    /** For one try to run a request. @param transcript what others may read while it runs, or null */
    public Claim claim(RequestKey key, @Nullable Transcript transcript) {
        return new Claim(this, key, new Ongoing(transcript));
    }

    /**
     * Where a request stands.
     *
     * @throws com.aistrale.server.kit.problem.ProblemException {@code idempotency_mismatch} when it is another one's key
     */
    public Standing look(RequestKey key) {
        var row = database.read(tx -> store.find(tx, key));
        if (row == null || isFree(row) || isRefused(row)) {
            return new Standing.Free();
        }
        if (!key.hasBody(row.fingerprint())) {
            throw MISMATCH.exception();
        }
        return row.runs()
                ? new Standing.Runs(row.inferenceId(), row.run(), ongoing.get(row.inferenceId()))
                : new Standing.Answered(open(key, row));
    }

    private KeptAnswer open(RequestKey key, Row row) {
        var sealed = row.answer();
        if (sealed == null) {
            throw new IllegalStateException(row.inferenceId() + " is answered without an answer");
        }
        var headers = new HashMap<String, String>();
        Json.parse(row.headers() == null ? "{}" : row.headers())
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().stringValue()));
        try {
            return new KeptAnswer(row.inferenceId(), row.run(), headers, envelope.openBytes(sealed, key.owner()));
        } catch (Envelope.CannotOpen cannot) {
            throw Problem.of(
                            ProblemCode.INTERNAL,
                            "The answer that is kept for this Idempotency-Key cannot be opened: " + cannot.getMessage()
                                    + ". Start the server with the master key of before as well, or use another"
                                    + " Idempotency-Key.")
                    .exception(cannot);
        }
    }

    /**
     * Has a request not run: one that comes within {@link #REFUSED} is refused, as it may have been on its way when its
     * sender gave it up. Where it has its answer nothing changes. A run of this node hears of it by {@link
     * Ongoing#onCancel}; one of another node has to be told by the caller.
     *
     * @param none an id that no inference has
     * @return the inference that runs it or did last; null for none
     */
    public @Nullable String cancel(RequestKey key, String none) {
        var found = new AtomicReference<Row>();
        var now = clock.instant();
        database.write(tx -> {
            found.set(store.cancel(tx, new New(key, node, none, now), now.minus(KEPT)));
            return true;
        });
        var row = found.get();
        if (row == null || !row.wasRun()) {
            return null;
        }
        var here = ongoing.get(row.inferenceId());
        if (here != null) {
            here.cancel();
        }
        return row.inferenceId();
    }

    /** Whether the request may be run (again). */
    boolean isFree(Row row) {
        if (row.createdAt().isBefore(clock.instant().minus(KEPT))) {
            return true;
        }
        return !isRefused(row) && isNobodys(row);
    }

    private boolean isNobodys(Row row) {
        return row.runs()
                // what this node does not run any more, it could not say the end of
                ? !row.ownerLives() || (row.owner().equals(node) && !ongoing.containsKey(row.inferenceId()))
                : !row.state().equals(SqlIdempotencyStore.ANSWERED);
    }

    /** Whether the request is not to be run, by nobody. */
    private boolean isRefused(Row row) {
        return row.isCancelled()
                && isNobodys(row)
                && clock.instant().isBefore(row.createdAt().plus(REFUSED));
    }

    RuntimeException refusal(RequestKey key, @Nullable Row seen) {
        if (seen != null && isRefused(seen)) {
            return Problem.of(
                            ProblemCode.CANCELLED,
                            "The request was cancelled by its Idempotency-Key, at " + seen.createdAt()
                                    + ": what comes with this key within " + REFUSED.toSeconds()
                                    + " s of that is not run. Use another key, or send it again after that.")
                    .exception();
        }
        return seen == null || key.hasBody(seen.fingerprint()) ? new ClaimTaken() : MISMATCH.exception();
    }

    String headers(KeptAnswer answer) {
        var json = Json.object();
        answer.headers().forEach(json::put);
        return Json.text(json);
    }

    byte[] seal(RequestKey key, byte[] body) {
        return envelope.seal(body, key.owner());
    }

    Instant now() {
        return clock.instant();
    }

    String node() {
        return node;
    }

    SqlIdempotencyStore store() {
        return store;
    }

    void begins(String inferenceId, Ongoing run) {
        ongoing.put(inferenceId, run);
    }

    void ends(String inferenceId) {
        ongoing.remove(inferenceId);
    }

    /** Whether this node runs the inference, or is about to. */
    public boolean runs(String inferenceId) {
        return ongoing.containsKey(inferenceId);
    }

    /** How many keyed requests this node runs. */
    int running() {
        return ongoing.size();
    }

    /** Nothing: whoever holds a claim knows more of the end. */
    @Override
    public @Nullable Unit of(InferenceRecord record) {
        return null;
    }

    /** An answer that was withheld is not kept: the request can be run again. */
    @Override
    public Unit late(InferenceRecord record) {
        return tx -> store.releaseRunning(tx, record.id());
    }

    /** At most {@code most} rows of a workspace, in a transaction of its own. @return how many; 0 when none is left */
    public int ofWorkspace(String workspaceId, int most) {
        return database.write(tx -> store.deleteOfWorkspace(tx, workspaceId, most));
    }
}
