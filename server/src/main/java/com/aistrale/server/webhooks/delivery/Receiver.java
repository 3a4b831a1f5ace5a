package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.events.Event;
import com.aistrale.server.kit.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A webhook as its deliveries need it.
 *
 * @param events the types that it is told; empty: all
 * @param filter what an event's metadata must have; empty: anything
 * @param headers of its own
 * @param keys that sign: the current one first; empty when they cannot be opened
 * @param previousExpiresAt until when the keys behind the first sign, in milliseconds since 1970
 * @param failingSince when its attempts began to fail; null while they do not
 * @param sinceSeq the number of the last event before it was there
 */
record Receiver(
        String id,
        String workspaceId,
        String url,
        Set<String> events,
        Map<String, String> filter,
        boolean includeContent,
        Map<String, String> headers,
        List<byte[]> keys,
        long previousExpiresAt,
        boolean enabled,
        @Nullable Long failingSince,
        long sinceSeq) {

    boolean wants(Event event, long seq) {
        return enabled
                && seq > sinceSeq
                && !event.test()
                && (events.isEmpty() || events.contains(event.type()))
                && (filter.isEmpty() || passes(event));
    }

    private boolean passes(Event event) {
        var metadata = Json.parse(event.data()).path("metadata");
        return filter.entrySet().stream()
                .allMatch(entry ->
                        entry.getValue().equals(metadata.path(entry.getKey()).stringValue(null)));
    }

    /** The keys that sign at this time. */
    List<byte[]> keys(long now) {
        return now < previousExpiresAt || keys.isEmpty() ? keys : keys.subList(0, 1);
    }
}
