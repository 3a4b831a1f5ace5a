package com.aistrale.cli.batch;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;

/** What stands on the screen while a batch runs: one line that is written anew, or where that cannot be a line each ten seconds. */
final class Progress implements AutoCloseable {
    private static final long LIVE_MILLIS = 200;
    private static final long OTHERWISE_MILLIS = 10_000;
    private static final int BAR = 20;
    private static final String CLEAR = "\r\u001B[K";

    /** How far it is. @param total 0 where it is not known */
    record State(long begun, long total, long answered, long asked, long failed, BigDecimal costUsd, Duration pause) {}

    /** Where that is asked for. */
    interface Watched {
        State state();
    }

    private final Screen screen;
    private final Watched watched;
    private final long started = System.nanoTime();
    private final Thread thread = new Thread(this::show, "batch-progress");
    private boolean shown;
    private boolean closed;

    Progress(Screen screen, Watched watched) {
        this.screen = screen;
        this.watched = watched;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** A line beside it. */
    synchronized void say(String text) {
        screen.write((shown ? CLEAR : "") + text + "\n");
        shown = false;
    }

    private void show() {
        try {
            while (true) {
                Thread.sleep(screen.isLive() ? LIVE_MILLIS : OTHERWISE_MILLIS);
                draw();
            }
        } catch (InterruptedException e) {
            return; // the batch has ended
        }
    }

    private synchronized void draw() {
        if (closed) {
            return;
        }
        var line = line(watched.state(), Duration.ofNanos(System.nanoTime() - started), screen.isLive());
        if (screen.isLive()) {
            var room = Math.max(1, screen.width() - 1);
            screen.write(CLEAR + (line.length() > room ? line.substring(0, room) : line));
            shown = true;
        } else {
            screen.write(line + "\n");
        }
    }

    static String line(State state, Duration since, boolean bar) {
        var text = new StringBuilder();
        if (state.total() > 0 && bar) {
            var full = (int) Math.min(BAR, state.begun() * BAR / state.total());
            text.append('[')
                    .append("#".repeat(full))
                    .append("-".repeat(BAR - full))
                    .append("] ");
        }
        text.append(count(state.begun()));
        if (state.total() > 0) {
            text.append(" of ").append(count(state.total()));
        }
        text.append(" lines");
        var seconds = since.toMillis() / 1000.0;
        if (state.asked() > 0 && seconds > 0) {
            var rate = state.asked() / seconds;
            text.append(", ").append(rate(rate));
            if (state.total() > state.begun()) {
                text.append(", ")
                        .append(time((long) ((state.total() - state.begun()) / rate)))
                        .append(" left");
            }
        }
        text.append(", ").append(dollars(state.costUsd()));
        if (state.failed() > 0) {
            text.append(", ").append(count(state.failed())).append(" failed");
        }
        if (!state.pause().isZero()) {
            text.append(", asked to wait ").append(time(state.pause().toSeconds() + 1));
        }
        return text.toString();
    }

    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    static String dollars(BigDecimal cost) {
        var shown = cost.stripTrailingZeros();
        return "$" + (shown.scale() < 2 ? shown.setScale(2) : shown).toPlainString();
    }

    private static String rate(double perSecond) {
        return perSecond >= 10
                ? Math.round(perSecond) + "/s"
                : perSecond >= 1
                        ? String.format(Locale.ROOT, "%.1f/s", perSecond)
                        : String.format(Locale.ROOT, "%.1f/min", perSecond * 60);
    }

    static String time(long seconds) {
        return seconds < 120
                ? seconds + " s"
                : seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h " + seconds / 60 % 60 + " min";
    }

    @Override
    public void close() {
        synchronized (this) {
            if (shown) {
                screen.write(CLEAR);
                shown = false;
            }
            closed = true;
        }
        thread.interrupt();
    }
}
