package com.aistrale.server.budgets;

/**
 * The sums of a budget in a period, in nano-dollars.
 *
 * @param spent by inferences that ended
 * @param reserved for those that run
 * @param unpriced how many ended whose cost is not known
 */
record Sums(long spent, long reserved, long unpriced) {
    static final Sums NONE = new Sums(0, 0, 0);

    /** The sum, or the most that can be said: nothing wraps around. */
    static long sum(long a, long b) {
        long sum = a + b;
        return a > 0 && b > 0 && sum < 0 ? Long.MAX_VALUE : sum;
    }

    Sums spend(long nanoUsd) {
        return new Sums(sum(spent, nanoUsd), reserved, unpriced);
    }

    Sums unpricedOne() {
        return new Sums(spent, reserved, unpriced + 1);
    }

    /** @param nanoUsd negative to give back */
    Sums reserve(long nanoUsd) {
        return new Sums(spent, sum(reserved, nanoUsd), unpriced);
    }

    /** Whether the limit has room for so much more, beside all that is put aside but {@code own}. */
    boolean hasRoom(long limit, long more, long own) {
        return sum(sum(spent, reserved - own), more) <= limit;
    }

    /** Whether it has room once everything is given back that is put aside. */
    boolean willHaveRoom(long limit, long more) {
        return sum(spent, more) <= limit;
    }
}
