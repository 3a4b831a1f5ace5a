package com.aistrale.server.idempotency;

import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The claims of a transaction, made in one round trip and in one order: two nodes that are sent the same requests at the
 * same time do not wait for each other.
 */
final class ClaimsTogether implements Tx.Shared {
    private final List<Claim> announced = new ArrayList<>();

    void announce(Claim claim) {
        announced.add(claim);
    }

    /** Makes all that were announced, and this one. */
    void insert(Tx tx, SqlIdempotencyStore store, Claim one) throws SQLException {
        if (!announced.contains(one)) { // another unit was undone since, and what was announced with it
            announced.add(one);
        }
        announced.sort(Comparator.comparing(claim -> claim.key().order()));
        var inserted = store.insert(tx, announced.stream().map(Claim::row).toList());
        for (int i = 0; i < inserted.length; i++) {
            announced.get(i).inserted(inserted[i]);
        }
        announced.clear();
    }

    @Override
    public void flush(Tx tx) {
        // Nothing waits: a claim is made when it is asked for.
    }
}
