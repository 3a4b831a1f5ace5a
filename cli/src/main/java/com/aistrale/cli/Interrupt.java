package com.aistrale.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What is to be done when Ctrl-C comes before this is closed; the process ends when it is done. */
final class Interrupt implements AutoCloseable {
    private final Thread hook;
    private final CountDownLatch come = new CountDownLatch(1);

    /** @param then returns soon, and throws nothing */
    Interrupt(Runnable then) {
        this.hook = new Thread(() -> {
            come.countDown();
            then.run();
        });
        Runtime.getRuntime().addShutdownHook(hook);
    }

    boolean hasCome() {
        return come.getCount() == 0;
    }

    /** Of a terminal it comes to all processes at once, and another one may be the first to end by it. */
    boolean comesWithin(Duration time) throws InterruptedException {
        return come.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It has come: the hook runs already.
        }
    }
}
