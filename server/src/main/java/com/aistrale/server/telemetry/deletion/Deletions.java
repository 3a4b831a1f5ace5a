package com.aistrale.server.telemetry.deletion;

import com.aistrale.server.events.Events;
import com.aistrale.server.events.Events.Stored;
import com.aistrale.server.events.Position;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.telemetry.TelemetryFilter;
import com.aistrale.server.telemetry.deletion.SqlDeletionStore.Found;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Deletes records with all that belongs to them. Each batch is a transaction of its own, found and deleted by key, so
 * that calls in between wait for one batch at most; what was interrupted is done by doing it again. Thread-safe.
 */
public final class Deletions {
    private static final int BATCH = 200;
    private static final int LOOK = 2000;
    private static final String USER = "user";

    /** Through how many rows one statement looks that passes over most of them. */
    private static final int PIECE = 20_000;

    /** By how much the clocks of nodes may differ, and one jump back, before an old event is deleted late. */
    private static final Duration SKEW = Duration.ofHours(1);

    /** What is gone. */
    public record Deleted(long inferences, long spans) {}

    /** Who keeps something of events that are deleted; called in that transaction. */
    @FunctionalInterface
    public interface Forgetting {
        void forget(Tx tx, List<String> eventIds);
    }

    /** An event that goes. */
    private record Due(Position position, String id) {
        static Due of(Stored stored) {
            return new Due(stored.position(), stored.id());
        }
    }

    private final Database database;
    private final Events events;
    private final Forgetting others;
    private final SqlDeletionStore store = new SqlDeletionStore();

    /** How far the outbox was looked through for a workspace that is being deleted. */
    private final ConcurrentHashMap<String, Position> reached = new ConcurrentHashMap<>();

    private final int piece;

    /** @param others who keeps something of events, too */
    public Deletions(Database database, Events events, Forgetting others) {
        this(database, events, others, PIECE);
    }

    Deletions(Database database, Events events, Forgetting others, int piece) {
        this.database = database;
        this.events = events;
        this.others = others;
        this.piece = piece;
    }

    /** Of the workspaces with a retention, in days, by id. */
    Map<String, Integer> retentions() {
        return database.read(store::retentions);
    }

    /** What began before {@code time}, but for its events. */
    Deleted olderThan(String workspaceId, Instant time) {
        var below = Ids.floor("inf_", time);
        long inferences = batches(tx -> store.deleteInferencesBelow(tx, workspaceId, below, BATCH));
        return new Deleted(inferences, traces(workspaceId, time.toEpochMilli()));
    }

    /**
     * The events of these workspaces that are older than {@code time}.
     *
     * @param from before it there are none
     * @return the same for the next time, with a later {@code time}
     */
    Position eventsOlderThan(Set<String> workspaces, Instant time, Position from) {
        var enough = time.plus(SKEW);
        var position = from;
        var settled = from;
        while (true) {
            var start = position;
            var looked = database.read(tx -> events.stored(tx, start, LOOK)).stream()
                    .takeWhile(stored -> !stored.timestamp().isAfter(enough))
                    .toList();
            delete(looked.stream()
                    .filter(stored -> workspaces.contains(stored.workspaceId())
                            && stored.timestamp().isBefore(time))
                    .map(Due::of)
                    .toList());
            if (settled.equals(start)) {
                settled = looked.stream()
                        .takeWhile(stored -> stored.timestamp().isBefore(time))
                        .reduce((former, latter) -> latter)
                        .map(Stored::position)
                        .orElse(start);
            }
            if (looked.size() < LOOK) {
                return settled;
            }
            position = looked.getLast().position();
        }
    }

    /** At most {@code most} rows of a workspace, in a transaction of its own. @return how many; 0 when none is left */
    public int ofWorkspace(String workspaceId, int most) {
        int rows = database.write(tx -> {
            int inferences = store.deleteInferencesBelow(tx, workspaceId, null, most);
            return inferences > 0 ? inferences : deleteTrace(tx, workspaceId, most);
        });
        if (rows > 0) {
            return rows;
        }
        return eventsOfWorkspace(workspaceId, most);
    }

    private int eventsOfWorkspace(String workspaceId, int most) {
        var due = new ArrayList<Due>();
        boolean more = true;
        while (more && due.isEmpty()) {
            var from = reached.getOrDefault(workspaceId, Position.START);
            var piece = database.read(tx -> events.stored(tx, from, LOOK));
            piece.stream()
                    .filter(stored -> stored.workspaceId().equals(workspaceId))
                    .limit(most)
                    .forEach(stored -> due.add(Due.of(stored)));
            more = piece.size() == LOOK;
            if (more) {
                reached.put(
                        workspaceId,
                        due.size() < most
                                ? piece.getLast().position()
                                : due.getLast().position());
            }
        }
        if (!more) {
            reached.remove(workspaceId);
        }
        return due.isEmpty()
                ? 0
                : database.write(tx -> {
                    delete(tx, due);
                    return due.size();
                });
    }

    /** Spans of the oldest trace, and that trace with the last of them; at the end those that have no trace. */
    private int deleteTrace(Tx tx, String workspaceId, int most) {
        var oldest = store.tracesBefore(tx, workspaceId, null, 1);
        if (oldest.isEmpty()) {
            return store.deleteSpans(tx, workspaceId, most);
        }
        var trace = oldest.getFirst();
        store.hold(tx, workspaceId, oldest);
        int spans = store.deleteSpans(tx, workspaceId, trace, most);
        if (spans == most) {
            return spans;
        }
        store.deleteTraceWithoutSpans(tx, workspaceId, trace);
        return spans + 1;
    }

    /**
     * What is kept of an end user: inferences whose {@code metadata.user} says so, their content and events, the spans of
     * every trace that such an inference belongs to, and spans whose {@code attributes.user} says so. What runs just now
     * is kept, as it is yet to be written.
     */
    public Deleted user(String workspaceId, String user) {
        var filter = TelemetryFilter.ALL.withMetadata(Map.of(USER, user));
        long inferences = 0;
        long spans = 0;
        String after = null;
        String last;
        do {
            var start = after;
            last = database.read(tx -> store.endOfPiece(tx, workspaceId, start, piece));
            List<Found> found;
            do {
                var from = after;
                var to = last;
                found = database.read(tx -> store.inferences(tx, workspaceId, filter, from, to, BATCH));
                if (!found.isEmpty()) {
                    after = found.getLast().id();
                    spans += spansOf(workspaceId, found);
                    inferences += inferences(workspaceId, found);
                }
            } while (found.size() == BATCH);
            after = last;
        } while (last != null);
        spans += spansNaming(workspaceId, user);
        eventsNaming(workspaceId, user);
        return new Deleted(inferences, spans);
    }

    private long inferences(String workspaceId, List<Found> found) {
        var ids = found.stream().map(Found::id).toList();
        var traces = found.stream()
                .map(Found::traceId)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        return database.write(tx -> {
            long deleted = store.deleteInferences(tx, workspaceId, ids);
            store.deleteEmptyTraces(tx, workspaceId, traces);
            return deleted;
        });
    }

    /** Before the inferences: until then it can be found again whose they are. */
    private long spansOf(String workspaceId, List<Found> found) {
        var traces = new LinkedHashSet<String>();
        found.stream().map(Found::traceId).filter(Objects::nonNull).forEach(traces::add);
        var ids = found.stream().map(Found::id).toList();
        traces.addAll(database.read(tx -> store.tracesNaming(tx, workspaceId, ids)));
        long spans = 0;
        for (var trace : traces) {
            spans += batches(tx -> {
                store.hold(tx, workspaceId, List.of(trace));
                int deleted = store.deleteSpans(tx, workspaceId, trace, BATCH);
                if (deleted < BATCH) {
                    store.deleteEmptyTraces(tx, workspaceId, List.of(trace));
                }
                return deleted;
            });
        }
        return spans;
    }

    private long spansNaming(String workspaceId, String user) {
        var inner = entry(user);
        long spans = 0;
        var after = new String[] {"", ""};
        while (true) {
            var start = after;
            var last = database.read(tx -> store.endOfSpans(tx, workspaceId, start, piece));
            List<String[]> found;
            do {
                var from = after;
                found = database.read(tx -> store.spansNaming(tx, workspaceId, inner, from, last, BATCH));
                if (!found.isEmpty()) {
                    after = found.getLast();
                    spans += deleteNamed(workspaceId, user, found);
                }
            } while (found.size() == BATCH);
            if (last == null) {
                return spans;
            }
            after = last;
        }
    }

    private long deleteNamed(String workspaceId, String user, List<String[]> found) {
        var named = found.stream()
                .filter(span -> user.equals(Json.parse(span[2]).path(USER).stringValue(null)))
                .toList();
        return database.write(tx -> {
            long deleted = 0;
            for (var span : named) {
                deleted += store.deleteSpan(tx, workspaceId, span[0], span[1]);
            }
            store.deleteEmptyTraces(
                    tx,
                    workspaceId,
                    named.stream().map(span -> span[0]).distinct().toList());
            return deleted;
        });
    }

    /** Spans go first, and the trace with its last one: what is sent for it meanwhile begins it anew. */
    private long traces(String workspaceId, long startedBefore) {
        long spans = 0;
        while (true) {
            var traces = database.read(tx -> store.tracesBefore(tx, workspaceId, startedBefore, BATCH));
            if (traces.isEmpty()) {
                return spans;
            }
            for (var trace : traces) {
                spans += batches(tx -> {
                    store.hold(tx, workspaceId, List.of(trace));
                    int deleted = store.deleteSpans(tx, workspaceId, trace, BATCH);
                    if (deleted < BATCH) {
                        store.deleteTraceWithoutSpans(tx, workspaceId, trace);
                    }
                    return deleted;
                });
            }
        }
    }

    private long batches(Database.Read<Integer> batch) {
        long all = 0;
        while (true) {
            int deleted = database.write(batch);
            all += deleted;
            if (deleted < BATCH) {
                return all;
            }
        }
    }

    private void eventsNaming(String workspaceId, String user) {
        var entry = entry(user);
        var position = Position.START;
        while (true) {
            var start = position;
            var piece = database.read(tx -> events.stored(tx, start, LOOK));
            if (piece.stream().anyMatch(stored -> stored.workspaceId().equals(workspaceId))) {
                var last = piece.getLast().position();
                var named = database.read(tx -> events.containing(tx, workspaceId, entry, start, last));
                delete(named.stream()
                        .filter(appended -> isOf(user, appended.event().data()))
                        .map(appended ->
                                new Due(appended.position(), appended.event().id()))
                        .toList());
            }
            if (piece.size() < LOOK) {
                return;
            }
            position = piece.getLast().position();
        }
    }

    private void delete(Tx tx, List<Due> due) throws SQLException {
        events.delete(tx, due.stream().map(Due::position).toList());
        others.forget(tx, due.stream().map(Due::id).toList()); // behind it: who wrote for such an event has ended now
    }

    private void delete(List<Due> due) {
        for (int i = 0; i < due.size(); i += BATCH) {
            var some = due.subList(i, Math.min(due.size(), i + BATCH));
            database.write(tx -> {
                delete(tx, some);
                return true;
            });
        }
    }

    /** What stands in the JSON of whatever names this user. */
    private static String entry(String user) {
        var object = Json.text(Json.object().put(USER, user));
        return object.substring(1, object.length() - 1);
    }

    private static boolean isOf(String user, String data) {
        return user.equals(Json.parse(data).path("metadata").path(USER).stringValue(null));
    }
}
