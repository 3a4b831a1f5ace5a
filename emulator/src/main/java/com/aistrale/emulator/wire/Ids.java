package com.aistrale.emulator.wire;

import java.util.concurrent.atomic.AtomicLong;

/** Numbers for ids: unique within one emulator, and the same from start to start. Thread-safe. */
public final class Ids {
    private final AtomicLong last = new AtomicLong();

    /** The next id: the prefix and 24 digits and letters. */
    public String next(String prefix) {
        return prefix + "emu" + "0".repeat(9) + String.format("%012d", last.incrementAndGet());
    }

    /** The next 32 hexadecimal digits. */
    public String hex() {
        return String.format("%032x", last.incrementAndGet());
    }
}
