package com.aistrale.server.telemetry.deletion;

import com.aistrale.server.events.Position;
import com.aistrale.server.nodes.Chore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes, every hour, what is older than its workspace keeps it. */
public final class Retention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Duration FIRST = Duration.ofMinutes(5);
    private static final Duration PERIOD = Duration.ofHours(1);

    private final Deletions deletions;
    private final InstantSource clock;
    private final BooleanSupplier mayRun;
    private final Chore chore;

    /** By workspace, up to where the outbox has none of its events: each hour reads what came of age in it. */
    private final Map<String, Position> looked = new HashMap<>();

    /** Workspaces for which the outbox is looked through at once. */
    private record Pass(int days, Position from) {}

    /** @param mayRun whether it is this node that does it now */
    public Retention(Deletions deletions, InstantSource clock, BooleanSupplier mayRun) {
        this.deletions = deletions;
        this.clock = clock;
        this.mayRun = mayRun;
        this.chore = new Chore(
                "retention", FIRST, PERIOD, this::once, "what is too old could not be deleted; in an hour again");
    }

    /** From now on it works in the background, for the first time in five minutes: a start has other things to do. */
    public Retention start() {
        chore.start();
        return this;
    }

    /** Deletes what is too old by now, unless it is another node's to do. */
    public synchronized void once() {
        if (!mayRun.getAsBoolean()) {
            return;
        }
        var now = clock.instant();
        var days = deletions.retentions();
        days.forEach((workspaceId, most) -> {
            var deleted = deletions.olderThan(workspaceId, now.minus(Duration.ofDays(most)));
            if (deleted.inferences() + deleted.spans() > 0) {
                LOG.info(
                        "{}: {} inferences and {} spans were older than {} days and are deleted",
                        workspaceId,
                        deleted.inferences(),
                        deleted.spans(),
                        most);
            }
        });
        looked.keySet().retainAll(days.keySet());
        var passes = new HashMap<Pass, Set<String>>();
        days.forEach((workspaceId, most) -> passes.computeIfAbsent(
                        new Pass(most, looked.getOrDefault(workspaceId, Position.START)), pass -> new HashSet<>())
                .add(workspaceId));
        passes.forEach((pass, workspaces) -> {
            var end = deletions.eventsOlderThan(workspaces, now.minus(Duration.ofDays(pass.days())), pass.from());
            workspaces.forEach(workspaceId -> looked.put(workspaceId, end));
        });
    }

    @Override
    public void close() {
        chore.close();
    }
}
