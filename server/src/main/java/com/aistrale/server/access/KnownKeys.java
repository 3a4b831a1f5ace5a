package com.aistrale.server.access;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.memo.Remembered;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.kit.sql.Unit;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * The keys that opened something, so that a call costs no query, and when each last did. Revoked keys are not among
 * them. Thread-safe.
 */
final class KnownKeys {
    /** How often at most a key's use is written down. */
    static final Duration NOTED_EVERY = Duration.ofMinutes(1);

    private static final long NEVER = 0;

    /** A key, and when its use was last written down. */
    static final class Known {
        private final ApiKey key;
        private final AtomicLong noted;

        private Known(ApiKey key) {
            this.key = key;
            this.noted = new AtomicLong(
                    key.lastUsedAt() == null ? NEVER : key.lastUsedAt().toEpochMilli());
        }

        ApiKey key() {
            return key;
        }
    }

    /**
     * All uses that wait, in the order of the ids, as nodes that lock rows in different orders would wait for each other.
     * Written when the writer comes by; nobody waits for it.
     */
    private final class Uses implements Unit {
        private final TreeMap<String, Instant> taken = new TreeMap<>();

        @Override
        public void drained() {
            isQueued.set(false);
            for (var id : unwritten.keySet()) {
                var at = unwritten.remove(id);
                if (at != null) {
                    taken.put(id, at);
                }
            }
        }

        @Override
        public void apply(Tx tx) {
            taken.forEach((id, at) -> store.used(tx, id, at));
        }

        @Override
        public boolean isPatient() {
            return true;
        }
    }

    private final Database database;
    private final SqlAccessStore store;
    private final Remembered<ByteBuffer, Known> known;

    private final ConcurrentHashMap<String, Instant> unwritten = new ConcurrentHashMap<>();
    private final AtomicBoolean isQueued = new AtomicBoolean();

    KnownKeys(Database database, SqlAccessStore store) {
        this.database = database;
        this.store = store;
        this.known = new Remembered<>(database.trust(), System::nanoTime);
    }

    /** The key with this hash. @throws ProblemException {@code authentication_failed}: there is none, or it is revoked */
    Known find(byte[] hash) {
        return known.get(ByteBuffer.wrap(hash), any -> load(hash));
    }

    private Known load(byte[] hash) {
        var key = database.read(tx -> store.byHash(tx, hash))
                .orElseThrow(() -> Access.refused("This server does not know the API key that came with the request."));
        if (key.revokedAt() != null) {
            throw Access.refused("The API key " + key.id() + " was revoked on " + Json.time(key.revokedAt()) + ".");
        }
        return new Known(key);
    }

    /** To be called after the commit that changed them. */
    void forget(Predicate<ApiKey> changed) {
        known.forgetIf((hash, entry) -> changed.test(entry.key));
    }

    /** Notes that the key opened something, without waiting for the row. */
    void used(Known used, Instant now) {
        long last = used.noted.get();
        if (now.toEpochMilli() - last >= NOTED_EVERY.toMillis() && used.noted.compareAndSet(last, now.toEpochMilli())) {
            unwritten.put(used.key.id(), now);
            if (isQueued.compareAndSet(false, true)) {
                var _ = database.submit(new Uses());
            }
        }
    }
}
