package com.aistrale.cli;

/** What is to be done when Ctrl-C comes before this is closed; the process ends when it is done. */
final class Interrupt implements AutoCloseable {
    private final Thread hook;
    private volatile boolean come;

    /** @param then returns soon, and throws nothing */
    Interrupt(Runnable then) {
        this.hook = new Thread(() -> {
            come = true;
            then.run();
        });
        Runtime.getRuntime().addShutdownHook(hook);
    }

    boolean hasCome() {
        return come;
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
