package com.aistrale.server.tokens;

import com.aistrale.server.kit.crypto.Secret;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A workspace's tokens of one provider, as they were read. Thread-safe. */
final class Stored {
    static final Stored NONE = new Stored(List.of());

    /** How long a token that was set aside is left alone while there are others. */
    static final Duration REST = Duration.ofMinutes(5);

    /** How long the one call has that tries it then, before another one does. */
    private static final Duration TRIAL = Duration.ofSeconds(30);

    private final List<Held> active = new ArrayList<>();
    private final List<Held> setAside = new ArrayList<>(); // the first first

    /** An opened token. @param setAsideAt in milliseconds; {@link #IN_USE} if it is not */
    static final class Held {
        static final long IN_USE = -1;

        final String id;
        final Secret secret;
        final byte[] sealed;
        final int weight;
        final long setAsideAt;
        private final AtomicLong triedAgainAt;

        /** @param now when it was read, as a clock may have gone back since it was set aside */
        Held(String id, Secret secret, byte[] sealed, int weight, long setAsideAt, long now) {
            this.id = id;
            this.secret = secret;
            this.sealed = sealed;
            this.weight = weight;
            this.setAsideAt = setAsideAt;
            this.triedAgainAt = new AtomicLong(Math.min(setAsideAt, now) + REST.toMillis());
        }

        boolean isSetAside() {
            return setAsideAt != IN_USE;
        }

        private boolean isMineToTry(long now) {
            long at = triedAgainAt.get();
            return now >= at && triedAgainAt.compareAndSet(at, now + TRIAL.toMillis());
        }
    }

    Stored(List<Held> all) {
        for (var each : all) {
            (each.isSetAside() ? setAside : active).add(each);
        }
        setAside.sort(Comparator.comparingLong(each -> each.setAsideAt));
    }

    boolean hasActive() {
        return !active.isEmpty();
    }

    boolean isEmpty() {
        return active.isEmpty() && setAside.isEmpty();
    }

    @Nullable
    Held byId(String id) {
        for (var each : active) {
            if (each.id.equals(id)) {
                return each;
            }
        }
        for (var each : setAside) {
            if (each.id.equals(id)) {
                return each;
            }
        }
        return null;
    }

    /** The one that was set aside and is due to be tried again, for one call; null when there is none. */
    @Nullable
    Held due(Set<String> without, long now) {
        for (var each : setAside) {
            if (!without.contains(each.id) && each.isMineToTry(now)) {
                return each;
            }
        }
        return null;
    }

    /** One of those in use, by their weights; null when there is none. */
    @Nullable
    Held choose(Set<String> without, RandomGenerator random) {
        int total = 0;
        Held last = null;
        int candidates = 0;
        for (var each : active) {
            if (!without.contains(each.id)) {
                total += each.weight;
                last = each;
                candidates++;
            }
        }
        if (candidates < 2) {
            return last;
        }
        int left = random.nextInt(total);
        for (var each : active) {
            if (!without.contains(each.id)) {
                left -= each.weight;
                if (left < 0) {
                    return each;
                }
            }
        }
        throw new IllegalStateException("the weights changed");
    }

    /** The one that was set aside first; null when there is none. */
    @Nullable
    Held longestSetAside(Set<String> without) {
        for (var each : setAside) {
            if (!without.contains(each.id)) {
                return each;
            }
        }
        return null;
    }
}
