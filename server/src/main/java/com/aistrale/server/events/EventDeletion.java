package com.aistrale.server.events;

import com.aistrale.server.kit.sql.Database;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Deletes a workspace's events. They stand in the order of their commits, with no index by workspace, as that would cost
 * every call; so they are looked for page by page, beside the writer. Thread-safe.
 */
public final class EventDeletion {
    private static final int PAGE = 5_000;

    private final Database database;
    private final SqlEvents events = new SqlEvents();
    private final ConcurrentHashMap<String, Long> seen = new ConcurrentHashMap<>();

    public EventDeletion(Database database) {
        this.database = database;
    }

    /** @return how many were deleted, at most {@code most}; 0 when none is left */
    public int deleteBatch(String workspaceId, int most) {
        while (true) {
            long from = seen.getOrDefault(workspaceId, 0L);
            var page = database.read(tx -> events.behind(tx, from, PAGE));
            if (page.isEmpty()) {
                seen.remove(workspaceId);
                return 0;
            }
            var own = page.stream()
                    .filter(event -> event.workspaceId().equals(workspaceId))
                    .map(SqlEvents.Owned::seq)
                    .limit(most)
                    .toList();
            // Where the page has more than a batch, the rest of it is looked at again.
            seen.put(
                    workspaceId,
                    own.size() == most ? own.getLast() : page.getLast().seq());
            if (!own.isEmpty()) {
                return database.write(tx -> events.delete(tx, own));
            }
        }
    }
}
