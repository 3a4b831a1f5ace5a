package com.aistrale.emulator.http;

import java.io.IOException;
import java.io.PushbackInputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Notices that the client has left while its request is being answered: a thread of its own reads the connection's next
 * byte, which is either the next request's first or the end. Safe for use by several threads.
 */
final class Departure {
    private final CountDownLatch gone = new CountDownLatch(1);
    private final Thread watch;

    Departure(PushbackInputStream in) {
        watch = Thread.ofVirtual().name("emulator-departure").start(() -> read(in));
    }

    private void read(PushbackInputStream in) {
        try {
            int next = in.read();
            if (next >= 0) {
                in.unread(next);
                return;
            }
            gone.countDown();
        } catch (IOException reset) {
            gone.countDown();
        }
    }

    boolean happened() {
        return gone.getCount() == 0;
    }

    /** Waits so long, or until the client has left; true if it has. */
    boolean awaited(long millis) throws InterruptedException {
        return gone.await(millis, TimeUnit.MILLISECONDS);
    }

    /** Waits for the next request's first byte; false if the client closed instead. */
    boolean nextRequestBegins() throws InterruptedException {
        watch.join();
        return !happened();
    }
}
