package com.aistrale.server.kit.http;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/**
 * One step of a pinned call, on the thread that takes it: getting to the head of the answer, or to the next bytes of its
 * body. It knows where the call may go, and how much it may take off the wire: a server that sends lines without end
 * where a few bytes belong, as in the size of a chunk, would fill the memory of a reader that waits for the line's end.
 */
final class Step {
    /** Far above what certificates, headers (256 KiB at most) and one buffer of a body take together. */
    static final long MOST = 1L << 20;

    private static final ScopedValue<Step> CURRENT = ScopedValue.newInstance();

    private final List<InetAddress> addresses;
    private long taken;

    private Step(List<InetAddress> addresses) {
        this.addresses = addresses;
    }

    static <T> T of(List<InetAddress> addresses, ScopedValue.CallableOp<T, IOException> doing) throws IOException {
        return ScopedValue.where(CURRENT, new Step(addresses)).call(doing);
    }

    static Step current() {
        return CURRENT.get();
    }

    /** Bytes came off the wire, on the thread of a step or on another, where they do not count. */
    static void took(int bytes) throws IOException {
        if (bytes > 0 && CURRENT.isBound()) {
            CURRENT.get().count(bytes);
        }
    }

    private void count(int bytes) throws IOException {
        taken += bytes;
        if (taken > MOST) {
            throw new IOException("the server sends without end where the answer's next bytes belong");
        }
    }

    List<InetAddress> addresses() {
        return addresses;
    }
}
