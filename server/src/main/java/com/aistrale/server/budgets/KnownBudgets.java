package com.aistrale.server.budgets;

import com.aistrale.server.kit.problem.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which budgets a workspace has, at most {@code trust} late; what is made here is known before it is there. Under load
 * that is read beside the calls, so that none of them waits for it. It may know too many, never too few: limits, and
 * whether a budget is there at all, are looked at in the transaction. Thread-safe.
 */
final class KnownBudgets {
    private static final Logger LOG = LoggerFactory.getLogger(KnownBudgets.class);

    /** What has to be known of a budget to see whether it counts an inference. */
    record Entry(String id, Scope scope, Period period, boolean blocks) {
        static Entry of(Budget budget) {
            return new Entry(budget.id(), budget.scope(), budget.period(), budget.action() == Budget.Action.BLOCK);
        }

        /** From when on the periods matter to an inference that began then. */
        Instant since(Instant begun) {
            return period.start(begun);
        }
    }

    private record Known(List<Entry> entries, long askedAt) {}

    /** A question to the database on its way. */
    private record Asked(long at, CompletableFuture<List<Entry>> answer) {
        List<Entry> answered() {
            try {
                return answer.join();
            } catch (CompletionException failed) {
                throw failed.getCause() instanceof RuntimeException told ? told : failed;
            }
        }
    }

    private final ConcurrentHashMap<String, Known> known = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, List<Entry>> coming = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Asked> asking = new ConcurrentHashMap<>();
    private final AtomicLong changes = new AtomicLong();
    private final Function<String, List<Entry>> read;
    private final long trustNanos;
    private final LongSupplier nanoTime;

    /**
     * @param read asks the database about a workspace
     * @param nanoTime {@link System#nanoTime}
     */
    KnownBudgets(Function<String, List<Entry>> read, Duration trust, LongSupplier nanoTime) {
        this.read = read;
        this.trustNanos = trust.toNanos();
        this.nanoTime = nanoTime;
    }

    /** Asks where it must, and waits for the answer. @throws ProblemException {@code database_unavailable} */
    List<Entry> of(String workspaceId) {
        var before = coming(workspaceId);
        var last = known.get(workspaceId);
        long age = last == null ? Long.MAX_VALUE : nanoTime.getAsLong() - last.askedAt();
        if (last == null || age >= trustNanos) {
            return both(ask(workspaceId), before);
        }
        if (age >= trustNanos / 2) {
            askBeside(workspaceId);
        }
        return both(last.entries(), before);
    }

    /** As {@link #of}; where that cannot be read, as it was last known: who has the answer is not told that it failed. */
    List<Entry> ofWhatRan(String workspaceId) {
        try {
            return of(workspaceId);
        } catch (ProblemException unavailable) {
            var last = known.get(workspaceId);
            return both(last == null ? List.of() : last.entries(), coming(workspaceId));
        }
    }

    private List<Entry> coming(String workspaceId) {
        return coming.isEmpty() ? List.of() : coming.getOrDefault(workspaceId, List.of());
    }

    private static List<Entry> both(List<Entry> some, List<Entry> more) {
        if (more.isEmpty()) {
            return some;
        }
        var all = new ArrayList<>(some);
        for (var entry : more) {
            if (some.stream().noneMatch(other -> other.id().equals(entry.id()))) {
                all.add(entry);
            }
        }
        return all;
    }

    /** Asks once for all who want to know meanwhile. */
    private List<Entry> ask(String workspaceId) {
        long now = nanoTime.getAsLong();
        var mine = new Asked(now, new CompletableFuture<>());
        var other = asking.putIfAbsent(workspaceId, mine);
        if (other != null && now - other.at() < trustNanos) {
            return other.answered();
        }
        return answer(workspaceId, mine);
    }

    private List<Entry> answer(String workspaceId, Asked mine) {
        try {
            var entries = read(workspaceId, mine.at());
            mine.answer().complete(entries);
            return entries;
        } catch (RuntimeException unavailable) {
            mine.answer().completeExceptionally(unavailable);
            throw unavailable;
        } finally {
            asking.remove(workspaceId, mine);
        }
    }

    private List<Entry> read(String workspaceId, long now) {
        long before = changes.get();
        var entries = read.apply(workspaceId);
        synchronized (changes) {
            if (changes.get() == before) { // else it may be as it was before the change
                known.put(workspaceId, new Known(entries, now));
            }
        }
        return entries;
    }

    private void askBeside(String workspaceId) {
        var mine = new Asked(nanoTime.getAsLong(), new CompletableFuture<>());
        if (asking.putIfAbsent(workspaceId, mine) != null) {
            return;
        }
        Thread.ofVirtual().name("known-budgets").start(() -> {
            try {
                answer(workspaceId, mine);
            } catch (ProblemException unavailable) {
                LOG.debug("the budgets of {} cannot be read", workspaceId, unavailable);
            }
        });
    }

    /** A budget is being made: from now on it is looked for. */
    void comes(String workspaceId, Entry entry) {
        coming.merge(workspaceId, List.of(entry), KnownBudgets::both);
    }

    /** It is made, or is not. */
    void came(String workspaceId, Entry entry) {
        changed(workspaceId);
        coming.computeIfPresent(workspaceId, (id, entries) -> {
            var others = entries.stream().filter(other -> !other.equals(entry)).toList();
            return others.isEmpty() ? null : others;
        });
    }

    /** What the database has is another. */
    void changed(String workspaceId) {
        synchronized (changes) {
            changes.incrementAndGet();
            known.remove(workspaceId);
            asking.remove(workspaceId); // who asks from now on wants to know of this change
        }
    }
}
