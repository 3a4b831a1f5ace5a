package com.aistrale.server.nodes;

import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node among those on the same database. Each says every {@link #BEAT} that it lives; who was not seen for {@link
 * #GONE} is gone, and what it left running is ended by {@link Heirs}. A node is buried only by one that itself reached the
 * database all that time and saw it silent: after an outage, or where a clock jumps, everybody has the time to say that he
 * lives. Times in the tables are the database's, whose clock is the same for all. Thread-safe.
 *
 * <p>Who lives and could not say so is buried all the same. So each inference ends once, whoever tells it first.
 *
 * <p>On SQLite there is one node, as the lock of the data directory proves: it does not beat, and may do everything.
 */
public final class Nodes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);

    /** How often a node says that it lives. */
    public static final Duration BEAT = Duration.ofSeconds(5);

    /** How long a node that is silent counts as living. */
    public static final Duration GONE = Duration.ofSeconds(30);

    private static final long SILENT_BEATS = GONE.dividedBy(BEAT);

    /** Tells the time, in milliseconds. */
    @FunctionalInterface
    interface Clock {
        long now(Tx tx);
    }

    /** Ends, in this transaction, what nodes left running that are not in the table {@code node}. */
    @FunctionalInterface
    public interface Heirs {
        void inherit(Tx tx) throws SQLException;
    }

    private final Database database;
    private final SqlNodeStore store = new SqlNodeStore();
    private final String self;
    private final Clock clock;
    private volatile Heirs heirs = tx -> {};
    private volatile long startedAt;
    private volatile @Nullable Thread thread;
    private boolean failing;

    /** The others as the last beats saw them; nothing of before a beat that failed. */
    private Map<String, Silence> silences = Map.of();

    /** @param beats how many beats of this node saw no newer word of that one */
    private record Silence(long seenAt, int beats) {}

    /** @param self this process, told from all others: {@code node_…} */
    public Nodes(Database database, String self) {
        this(database, self, new SqlNodeStore()::now);
    }

    Nodes(Database database, String self, Clock clock) {
        this.database = database;
        this.self = self;
        this.clock = clock;
    }

    /** This node's id, by which its rows are known. */
    public String self() {
        return self;
    }

    /**
     * Takes this node up, before it begins anything, and ends what those left behind who are known to be gone.
     *
     * @throws ProblemException {@code database_unavailable}
     */
    public void join(Heirs whoEnds) {
        heirs = whoEnds;
        database.write(tx -> {
            long now = clock.now(tx);
            startedAt = now;
            store.see(tx, self, now, now);
            if (database.isShared()) {
                bury(tx, Map.of());
            } else {
                store.removeOthers(tx, self);
                store.removeProbes(tx);
                heirs.inherit(tx);
            }
            return true;
        });
        if (database.isShared()) {
            thread = Thread.ofPlatform().daemon().name("nodes").start(this::run);
        }
    }

    /** Whether no other node is known to work on this database. @throws ProblemException {@code database_unavailable} */
    public boolean isAlone() {
        return !database.isShared()
                || database.read(tx -> store.othersSeen(tx, self)).isEmpty();
    }

    /** Where this node listens, for the operators of several. */
    public void listensOn(String url) {
        if (!database.isShared()) {
            return;
        }
        database.write(tx -> {
            store.setUrl(tx, self, url);
            return true;
        });
    }

    private void run() {
        while (true) {
            try {
                Thread.sleep(BEAT);
                beat();
                failing = false;
            } catch (InterruptedException end) {
                return;
            } catch (ProblemException unavailable) {
                if (!failing) {
                    LOG.warn("cannot say that this node lives, and go on trying: {}", unavailable.getMessage());
                }
                failing = true;
            }
        }
    }

    /** Says that this node lives, keeps its leases, and buries who was silent for as long as it takes. */
    void beat() {
        var before = silences;
        silences = Map.of();
        silences = database.write(tx -> {
            long now = clock.now(tx);
            store.see(tx, self, startedAt, now);
            store.keepLeases(tx, self, now + GONE.toMillis());
            var seen = silences(before, store.othersSeen(tx, self));
            bury(tx, seen);
            return seen;
        });
    }

    private static Map<String, Silence> silences(Map<String, Silence> before, Map<String, Long> seen) {
        var all = new HashMap<String, Silence>();
        seen.forEach((id, seenAt) -> {
            var last = before.get(id);
            int beats = last != null && last.seenAt() == seenAt ? last.beats() + 1 : 0;
            all.put(id, new Silence(seenAt, beats));
        });
        return all;
    }

    private void bury(Tx tx, Map<String, Silence> others) throws SQLException {
        tx.lock("nodes");
        int gone = 0;
        for (var other : others.entrySet()) {
            if (other.getValue().beats() >= SILENT_BEATS) {
                gone += store.removeSilent(tx, other.getKey(), other.getValue().seenAt());
            }
        }
        if (gone > 0) {
            LOG.warn("{} other nodes were not seen for {} s and count as gone", gone, GONE.toSeconds());
            store.removeProbes(tx);
        }
        heirs.inherit(tx);
    }

    /**
     * Whether this node is the one for some work. A node that may goes on being it until it stops or is gone. Asked before
     * each piece of that work: were this node taken for gone, another may have begun.
     *
     * @param work such as {@code retention}
     * @throws ProblemException {@code database_unavailable}
     */
    public boolean mayDo(String work) {
        if (!database.isShared()) {
            return true;
        }
        return database.write(tx -> {
            long now = clock.now(tx);
            long until = now + GONE.toMillis();
            return store.lease(tx, work, self, now, until, until);
        });
    }

    /** Leaves: the others need not wait for it to be gone. */
    @Override
    public void close() {
        var beating = thread;
        if (beating != null) {
            beating.interrupt();
            try {
                beating.join();
            } catch (InterruptedException early) {
                Thread.currentThread().interrupt();
            }
        }
        try {
            database.write(tx -> {
                store.remove(tx, self);
                return true;
            });
        } catch (ProblemException unavailable) {
            LOG.warn("cannot say that this node leaves: {}", unavailable.getMessage());
        }
    }
}
