package com.aistrale.cli.chat;

/** What stands where the answer will, until it comes. */
final class Waiting implements AutoCloseable {
    private static final int PATIENCE_MS = 400;
    private final Screen screen;
    private String word = "…";
    private boolean over;
    private boolean shown;

    Waiting(Screen screen) {
        this.screen = screen;
        if (screen.colours()) {
            var thread = new Thread(this::begin, "aistrale-waiting");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void begin() {
        try {
            Thread.sleep(PATIENCE_MS);
            show();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The model is at work, and has not said anything yet. */
    synchronized void thinking() {
        if (!word.equals("thinking…")) {
            word = "thinking…";
            if (screen.colours()) {
                show();
            }
        }
    }

    private synchronized void show() {
        if (!over) {
            screen.print("\r\u001B[K" + Style.escape(Style.DIM) + word + Style.escape(Style.PLAIN));
            shown = true;
        }
    }

    /** Takes it away. May be called several times. */
    @Override
    public synchronized void close() {
        over = true;
        if (shown) {
            screen.print("\r\u001B[K");
            shown = false;
        }
    }
}
