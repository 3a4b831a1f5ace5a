package com.aistrale.server.limits;

import com.aistrale.server.access.RateLimits;
import java.time.Instant;

/**
 * What a key has left.
 *
 * @param at when, in microseconds since 1970
 */
record Level(long at, Bucket requests, Bucket tokens) {
    /** By so much may the clocks of nodes differ. */
    private static final long FURTHEST_APART = 5 * Bucket.MINUTE;

    /** Of a key that never ran anything. */
    static final Level UNUSED = new Level(0, Bucket.NONE, Bucket.NONE);

    static long micros(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000);
    }

    /**
     * At a time. At the same one where that is before, as nothing comes back twice and nodes' clocks differ; but a clock
     * that is further behind than those of nodes ever are was set, and nobody waits for hours until it is here again: from
     * there it goes on, and what is out stays out.
     */
    Level at(long now) {
        if (now > at) {
            return new Level(now, requests.after(now - at), tokens.after(now - at));
        }
        return at - now > FURTHEST_APART ? new Level(now, requests, tokens) : this;
    }

    Level limitedTo(RateLimits limits) {
        return new Level(
                at,
                requests.limitedTo(limit(limits.requestsPerMinute())),
                tokens.limitedTo(limit(limits.tokensPerMinute())));
    }

    private static long limit(@org.jspecify.annotations.Nullable Long limit) {
        return limit == null ? 0 : limit;
    }

    /** In how many microseconds there is room for another request of so many tokens; 0: now. */
    long roomIn(long moreTokens) {
        return Math.max(requests.roomIn(1), tokens.roomIn(moreTokens));
    }

    /** With a request taken, and so many tokens. */
    Level take(long tokensTaken) {
        return new Level(at, requests.take(1), tokens.take(tokensTaken));
    }

    Level giveBack(long tokensTaken) {
        return new Level(at, requests.giveBack(1), tokens.giveBack(tokensTaken));
    }

    /** With so many more tokens used than were taken, or less where it is below 0. */
    Level correct(long moreTokens) {
        return new Level(at, requests, tokens.add(moreTokens));
    }
}
