package com.aistrale.cli;

import com.aistrale.Event;
import com.aistrale.cli.EventFeed.Came;
import com.aistrale.cli.EventFeed.Over;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code aistrale webhooks listen}: shows events, and hands each on before the next one is looked at. */
final class Listener {
    private static final Duration MOMENT = Duration.ofMillis(50);
    private final Io io;
    private final boolean json;
    private final @Nullable Forwarder forwarder;
    private final @Nullable EventCommand command;
    private volatile @Nullable String position;
    private volatile @Nullable Event last;
    private volatile @Nullable Event current;

    /** @param position where it begins, null for now */
    Listener(
            Io io,
            boolean json,
            @Nullable Forwarder forwarder,
            @Nullable EventCommand command,
            @Nullable String position) {
        this.io = io;
        this.json = json;
        this.forwarder = forwarder;
        this.command = command;
        this.position = position;
    }

    /** Until Ctrl-C, until nobody reads on, or until the server refuses. */
    int run(EventFeed feed) throws InterruptedException {
        try (feed;
                var interrupt = new Interrupt(() -> stopped(feed))) {
            feed.begin();
            while (!interrupt.hasCome()) {
                switch (feed.take()) {
                    case Came came -> {
                        current = came.event();
                        handle(came.event(), interrupt);
                        if (io.out().checkError()) {
                            return Exit.OK; // nobody reads on
                        }
                        done(came, interrupt);
                    }
                    case Over over -> {
                        sayWhere(0);
                        throw over.why();
                    }
                }
            }
        }
        return Exit.INTERRUPTED;
    }

    private void done(Came came, Interrupt interrupt) {
        if (!interrupt.hasCome()) {
            position = came.position();
            last = came.event();
            current = null;
        }
    }

    private void handle(Event event, Interrupt interrupt) throws InterruptedException {
        if (json) {
            io.out().println(event.toJson());
            io.out().flush();
        }
        var outcome = forwarder == null ? "" : "  → " + forwarder.forward(event).told();
        if (!json) {
            io.out().println(line(event) + outcome);
            io.out().flush();
        } else if (forwarder != null) {
            io.note(Io.line(event.id()) + outcome);
        }
        if (command != null) {
            var begin = System.nanoTime();
            var exit = command.run(event);
            if (exit != 0 && !interrupt.comesWithin(MOMENT)) {
                io.warn("The command ended with " + exit + " for " + Io.line(event.id()) + ", after "
                        + TelemetryTable.latency((System.nanoTime() - begin) / 1_000_000) + ".");
            }
        }
    }

    private static String line(Event event) {
        return String.format(
                Locale.ROOT,
                "%s  %-23s  %s%s",
                Times.local(event.timestamp()),
                Io.line(event.type()),
                Io.line(event.id()),
                event.test() ? "  (sample)" : "");
    }

    /** Ctrl-C: the command has a moment to end; then it is said where the next listener may begin. */
    private void stopped(EventFeed feed) {
        if (command != null) {
            command.end();
        }
        sayWhere(feed.waiting());
    }

    /** @param waiting how many have come that nobody looked at */
    private void sayWhere(long waiting) {
        var unfinished = current;
        if (last == null && unfinished == null) {
            return; // nothing came
        }
        var text = new StringBuilder(last == null ? "Stopped." : "Stopped behind " + last.id() + ".");
        if (unfinished != null) {
            text.append(" ").append(unfinished.id()).append(" was not finished.");
        }
        if (waiting > 0) {
            text.append(" ").append(waiting).append(" more had come.");
        }
        if (position != null) {
            text.append(" To go on from there: aistrale webhooks listen --since ")
                    .append(position);
        }
        io.note(Io.line(text.toString()));
    }
}
