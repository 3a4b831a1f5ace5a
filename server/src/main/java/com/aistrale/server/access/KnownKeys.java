package com.aistrale.server.access;

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
import org.jspecify.annotations.Nullable;

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
    private final ConcurrentHashMap<ByteBuffer, Known> known = new ConcurrentHashMap<>();
    private final AtomicLong changes = new AtomicLong();

    private final ConcurrentHashMap<String, Instant> unwritten = new ConcurrentHashMap<>();
    private final AtomicBoolean isQueued = new AtomicBoolean();

    KnownKeys(Database database, SqlAccessStore store) {
        this.database = database;
        this.store = store;
    }

    /** The key with this hash, revoked ones too; null when there is none. */
    @Nullable
    Known find(byte[] hash) {
        var at = ByteBuffer.wrap(hash);
        var found = known.get(at);
        return found == null ? load(at, hash) : found;
    }

    private @Nullable Known load(ByteBuffer at, byte[] hash) {
        long before = changes.get();
        var key = database.read(tx -> store.byHash(tx, hash).orElse(null));
        if (key == null) {
            return null;
        }
        var loaded = new Known(key);
        if (key.revokedAt() == null) {
            known.put(at, loaded);
            if (changes.get() != before) { // perhaps of this key, after it was read
                known.remove(at);
            }
        }
        return loaded;
    }

    /** To be called after the commit that changed them. */
    void forget(Predicate<ApiKey> changed) {
        changes.incrementAndGet();
        known.values().removeIf(entry -> changed.test(entry.key));
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
