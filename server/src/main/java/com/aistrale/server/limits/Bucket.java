package com.aistrale.server.limits;

/**
 * A bucket that holds a minute's worth of a limit and refills evenly. It counts what is out of it, in parts of which a
 * limit of {@code n} refills {@code n} in a microsecond: whole numbers, so that nothing is gained or lost by rounding.
 *
 * @param limit how many fit, and come back in a minute; 0: there is no limit, and nothing is counted
 * @param out the parts that are out; more than fit when more was used than was thought
 */
record Bucket(long limit, long out) {
    /** So many of a minute's microseconds, and so many parts has one of what is counted. */
    static final long MINUTE = 60_000_000;

    /** More of anything than a request can use; a bucket that is out by so much is out for years. */
    private static final long MOST = 10_000_000_000L;

    private static final long MOST_OUT = 4 * MOST * MINUTE;

    static final Bucket NONE = new Bucket(0, 0);

    Bucket {
        if (limit < 0 || out < 0 || out > MOST_OUT) {
            throw new IllegalArgumentException("no bucket of " + limit + " is out by " + out);
        }
    }

    static Bucket full(long limit) {
        return new Bucket(limit, 0);
    }

    /** The same after a time. */
    Bucket after(long micros) {
        return out == 0 || micros <= 0
                ? this
                : micros >= micros(out) ? new Bucket(limit, 0) : new Bucket(limit, out - micros * limit);
    }

    /**
     * The same with another limit. What is out stays out, so a higher limit has room at once; of a lower one no more than
     * all is out, so that it has room within a minute.
     */
    Bucket limitedTo(long other) {
        return other == limit ? this : new Bucket(other, Math.min(out, other * MINUTE));
    }

    /** In how many microseconds there is room for so many; 0: now. */
    long roomIn(long amount) {
        return limit == 0 ? 0 : micros(Math.max(0, out + amount * MINUTE - limit * MINUTE));
    }

    Bucket take(long amount) {
        return add(amount);
    }

    Bucket giveBack(long amount) {
        return add(-amount);
    }

    /** So many more are out, or less where it is below 0. */
    Bucket add(long amount) {
        if (limit == 0) {
            return this;
        }
        long parts = Math.clamp(amount, -MOST, MOST) * MINUTE;
        return new Bucket(limit, Math.clamp(out + parts, 0, MOST_OUT));
    }

    /** How many whole ones are left. */
    long left() {
        return Math.max(0, limit * MINUTE - out) / MINUTE;
    }

    /** In how many microseconds nothing is out. */
    long fullIn() {
        return micros(out);
    }

    private long micros(long parts) {
        return limit == 0 ? 0 : Math.ceilDiv(parts, limit);
    }
}
