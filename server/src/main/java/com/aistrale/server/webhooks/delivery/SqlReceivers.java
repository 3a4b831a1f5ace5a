package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.crypto.Envelope.CannotOpen;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.webhooks.Sealing;
import com.aistrale.server.webhooks.signing.Secrets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link Receiver}s out of the table {@code webhook}. What was opened of a row is remembered while it is the same. Thread-safe. */
final class SqlReceivers {
    private static final Logger LOG = LoggerFactory.getLogger(SqlReceivers.class);

    private static final String SELECT = """
            SELECT id, workspace_id, url, events, filter, include_content, headers, secret, previous_secret,
              previous_expires_at, enabled, failing_since, since_seq
            FROM webhook WHERE deleted_at IS NULL AND \
            """;

    /** More than are told anything at a time on one server. */
    private static final int REMEMBERED = 10_000;

    private final Sealing sealing;
    private final ConcurrentHashMap<String, Opened> opened = new ConcurrentHashMap<>();

    /** What stood sealed in a row, and what it says. */
    private record Opened(
            byte[] secret,
            byte @Nullable [] previous,
            byte @Nullable [] sealedHeaders,
            List<byte[]> keys,
            Map<String, String> headers) {
        boolean isOf(byte[] other, byte @Nullable [] otherPrevious, byte @Nullable [] otherHeaders) {
            return Arrays.equals(secret, other)
                    && Arrays.equals(previous, otherPrevious)
                    && Arrays.equals(sealedHeaders, otherHeaders);
        }
    }

    SqlReceivers(Sealing sealing) {
        this.sealing = sealing;
    }

    /** Whether any webhook is to be told anything. */
    boolean isAnyEnabled(Tx tx) {
        return tx.handle()
                .createQuery("SELECT 1 FROM webhook WHERE enabled = 1 AND deleted_at IS NULL LIMIT 1")
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
    }

    /** Those of these workspaces that are enabled. */
    List<Receiver> enabledOf(Tx tx, Collection<String> workspaces) {
        return tx.handle()
                .createQuery(SELECT + "enabled = 1 AND workspace_id IN (<workspaces>)")
                .bindList("workspaces", List.copyOf(workspaces))
                .map((row, context) -> receiver(row))
                .list();
    }

    /** Those that are there, disabled ones too, by id. */
    Map<String, Receiver> among(Tx tx, Collection<String> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return tx
                .handle()
                .createQuery(SELECT + "id IN (<ids>)")
                .bindList("ids", List.copyOf(ids))
                .map((row, context) -> receiver(row))
                .stream()
                .collect(Collectors.toMap(Receiver::id, receiver -> receiver));
    }

    private Receiver receiver(ResultSet row) throws SQLException {
        var id = row.getString(1);
        var workspaceId = row.getString(2);
        var known = opened(workspaceId, id, row.getBytes(8), row.getBytes(9), row.getBytes(7));
        long previousExpiresAt = row.getLong(10);
        long failingSince = row.getLong(12);
        boolean fails = !row.wasNull();
        return new Receiver(
                id,
                workspaceId,
                row.getString(3),
                events(row.getString(4)),
                filter(row.getString(5)),
                row.getInt(6) == 1,
                known.headers(),
                known.keys(),
                previousExpiresAt,
                row.getInt(11) == 1,
                fails ? Long.valueOf(failingSince) : null,
                row.getLong(13));
    }

    private static Set<String> events(String json) {
        var events =
                Json.parse(json).valueStream().map(type -> type.stringValue()).collect(Collectors.toSet());
        return events.contains("*") ? Set.of() : Set.copyOf(events);
    }

    private static Map<String, String> filter(@Nullable String json) {
        if (json == null) {
            return Map.of();
        }
        var filter = new LinkedHashMap<String, String>();
        Json.parse(json)
                .properties()
                .forEach(entry -> filter.put(entry.getKey(), entry.getValue().stringValue()));
        return filter;
    }

    private Opened opened(
            String workspaceId, String id, byte[] secret, byte @Nullable [] previous, byte @Nullable [] headers) {
        var known = opened.get(id);
        if (known != null && known.isOf(secret, previous, headers)) {
            return known;
        }
        var now = open(workspaceId, id, secret, previous, headers);
        if (opened.size() >= REMEMBERED) {
            opened.clear();
        }
        opened.put(id, now);
        return now;
    }

    private Opened open(
            String workspaceId, String id, byte[] secret, byte @Nullable [] previous, byte @Nullable [] headers) {
        try {
            var keys = new ArrayList<byte[]>();
            keys.add(Secrets.bytes(sealing.openSecret(workspaceId, id, secret)));
            if (previous != null) {
                keys.add(Secrets.bytes(sealing.openSecret(workspaceId, id, previous)));
            }
            var open = headers == null ? Map.<String, String>of() : sealing.openHeaders(workspaceId, id, headers);
            return new Opened(secret, previous, headers, List.copyOf(keys), open);
        } catch (CannotOpen cannot) {
            LOG.error("the secrets of {} cannot be opened, so nothing is sent to it: {}", id, cannot.getMessage());
            return new Opened(secret, previous, headers, List.of(), Map.of());
        }
    }
}
