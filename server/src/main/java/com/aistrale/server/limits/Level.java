package com.aistrale.server.limits;

import com.aistrale.server.access.RateLimits;
import java.time.Instant;

/**
 * What a key has left.
 *
 * @param at when, in microseconds since 1970; never goes back
 */
record Level(long at, Bucket requests, Bucket tokens) {
    /** Of a key that never ran anything. */
    static final Level UNUSED = new Level(0, Bucket.NONE, Bucket.NONE);

    static long micros(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000);
    }

    /** At a time; at the same one where the clock went back, as nothing comes back twice. */
    Level at(long now) {
        return now <= at ? this : new Level(now, requests.after(now - at), tokens.after(now - at));
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
