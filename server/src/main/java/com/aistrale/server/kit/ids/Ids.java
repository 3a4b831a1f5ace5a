package com.aistrale.server.kit.ids;

import java.time.Instant;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * Makes identifiers: a prefix and a UUIDv7 (RFC 9562, 5.7) in 26 characters of lower-case Crockford base32, so that
 * text order is time order to the millisecond. Thread-safe if the generator is.
 */
public final class Ids {
    private static final char[] ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
    private static final int LENGTH = 26;
    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final Instant LAST = Instant.ofEpochMilli((1L << 48) - 1);

    private final InstantSource clock;
    private final RandomGenerator random;

    public Ids(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /** A new id. @param prefix with its underscore, such as {@code inf_} */
    public String next(String prefix) {
        return next(prefix, clock.instant());
    }

    /** A new id of what came to be at {@code time}: for rows that show that time beside it. */
    public String next(String prefix, Instant time) {
        long high = (time.toEpochMilli() << 16) | VERSION_7 | (random.nextInt() & 0xFFF);
        long low = VARIANT | (random.nextLong() >>> 2);
        return encode(prefix, high, low);
    }

    /**
     * The lowest id that can have been made at {@code time}: for ranges of time over ids. Times that no id can tell,
     * before 1970 and after 10889, count as the first and the last that one can.
     */
    public static String floor(String prefix, Instant time) {
        var told = time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time.isAfter(LAST) ? LAST : time;
        return encode(prefix, told.toEpochMilli() << 16, 0);
    }

    private static String encode(String prefix, long high, long low) {
        var text = new char[prefix.length() + LENGTH];
        prefix.getChars(0, prefix.length(), text, 0);
        for (int i = text.length - 1; i >= prefix.length(); i--) {
            text[i] = ALPHABET[(int) (low & 31)];
            low = (low >>> 5) | (high << 59);
            high >>>= 5;
        }
        return new String(text);
    }
}
