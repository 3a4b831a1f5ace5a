package com.aistrale.server.tokens;

import com.aistrale.server.kit.crypto.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A workspace's tokens of one provider, as they were read. Thread-safe. */
final class Stored {
    static final Stored NONE = new Stored(List.of());

    /** How long a token that was set aside is left alone while there are others. */
    static final Duration REST = Duration.ofMinutes(5);

    private final List<Held> all;
    private final List<Held> active = new ArrayList<>();
    private final List<Held> setAside = new ArrayList<>(); // the first first

    /** An opened token. @param setAsideAt null while it is in use */
    record Held(
            String id,
            Secret secret,
            byte[] sealed,
            int weight,
            @Nullable Instant setAsideAt) {
        boolean isSetAside() {
            return setAsideAt != null;
        }

        /** Whether it has rested; so it has where the clock went back. */
        private boolean isDue(Instant now) {
            return setAsideAt != null && (now.isBefore(setAsideAt) || !now.isBefore(setAsideAt.plus(REST)));
        }
    }

    Stored(List<Held> all) {
        this.all = List.copyOf(all);
        for (var each : all) {
            (each.isSetAside() ? setAside : active).add(each);
        }
        setAside.sort(Comparator.comparing(Held::setAsideAt, Comparator.nullsFirst(Comparator.naturalOrder())));
    }

    boolean hasActive() {
        return !active.isEmpty();
    }

    boolean hasSetAside() {
        return !setAside.isEmpty();
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    Set<String> ids() {
        return all.stream().map(Held::id).collect(Collectors.toSet());
    }

    @Nullable
    Held byId(String id) {
        for (var each : all) {
            if (each.id.equals(id)) {
                return each;
            }
        }
        return null;
    }

    /**
     * One that was set aside and has rested; null when there is none.
     *
     * @param claim whether the caller may be the one who tries it
     */
    @Nullable
    Held due(Set<String> without, Instant now, Predicate<Held> claim) {
        for (var each : setAside) {
            if (each.isDue(now) && !without.contains(each.id) && claim.test(each)) {
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
