package com.aistrale.server.idempotency;

import com.aistrale.server.kit.sql.Database;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;

/** What somebody asked to end, for the node that runs it. Thread-safe. */
public final class Cancellations {
    private final Database database;
    private final InstantSource clock;
    private final String node;
    private final SqlIdempotencyStore store = new SqlIdempotencyStore();

    /** @param node this one, among those on the database */
    public Cancellations(Database database, InstantSource clock, String node) {
        this.database = database;
        this.clock = clock;
        this.node = node;
    }

    /** Whether other nodes run inferences too. */
    public boolean areShared() {
        return database.isShared();
    }

    /** Asks the node that runs it to end an inference; may be asked again. */
    public void ask(String workspaceId, String inferenceId) {
        var now = clock.instant();
        database.write(tx -> {
            store.ask(tx, workspaceId, inferenceId, now);
            return true;
        });
    }

    /** What this node was asked to end. */
    public List<String> asked() {
        return database.read(tx -> store.asked(tx, node));
    }

    /** These were ended. */
    public void heard(Collection<String> inferenceIds) {
        database.write(tx -> {
            store.deleteAsked(tx, inferenceIds);
            return true;
        });
    }

    /** Nobody has to be told of what has ended. */
    public void forgetEnded() {
        database.write(tx -> {
            store.deleteAskedOfEnded(tx, node);
            return true;
        });
    }
}
