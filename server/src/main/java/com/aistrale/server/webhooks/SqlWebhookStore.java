package com.aistrale.server.webhooks;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Tx;
import com.aistrale.server.webhooks.Webhook.Disabled;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/** Webhooks in their table. One that was deleted is there until its last delivery is gone, empty and not to be found. */
final class SqlWebhookStore {
    private static final String WEBHOOK = """
            SELECT id, workspace_id, name, url, events, filter, include_content, header_names, enabled, disabled_reason,
              failing_since, previous_expires_at, created_at, updated_at
            FROM webhook
            """;

    private static final String OF_WORKSPACE = " WHERE workspace_id = :workspace AND deleted_at IS NULL";

    /** What it keeps to itself goes at once. */
    private static final String EMPTY = """
            UPDATE webhook SET deleted_at = :now, updated_at = :now, name = NULL, url = '', filter = NULL,
              header_names = '[]', headers = NULL, secret = :nothing, previous_secret = NULL, previous_expires_at = NULL
            """;

    /** Closed. @param headers null for none */
    record Sealed(byte[] secret, byte @Nullable [] headers) {}

    int count(Tx tx, String workspaceId) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM webhook" + OF_WORKSPACE)
                .bind("workspace", workspaceId)
                .mapTo(Integer.class)
                .one();
    }

    /** @param since it gets the events with a higher number */
    void add(Tx tx, Webhook webhook, Sealed sealed, long since) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO webhook (id, workspace_id, name, url, events, filter, include_content, header_names,
                          headers, secret, enabled, disabled_reason, since_seq, created_at, updated_at)
                        VALUES (:id, :workspace, :name, :url, :events, :filter, :content, :headerNames,
                          :headers, :secret, :enabled, :disabled, :since, :created, :updated)
                        """)
                .bind("id", webhook.id())
                .bind("workspace", webhook.workspaceId())
                .bind("name", webhook.name())
                .bind("url", webhook.url())
                .bind("events", Json.text(WebhookJson.texts(webhook.events())))
                .bind("filter", filter(webhook))
                .bind("content", webhook.includeContent() ? 1 : 0)
                .bind("headerNames", Json.text(WebhookJson.texts(webhook.headerNames())))
                .bindBySqlType("headers", sealed.headers(), Types.BINARY)
                .bind("secret", sealed.secret())
                .bind("enabled", webhook.isEnabled() ? 1 : 0)
                .bind("disabled", disabled(webhook))
                .bind("since", since)
                .bind("created", webhook.createdAt().toEpochMilli())
                .bind("updated", webhook.updatedAt().toEpochMilli())
                .execute();
    }

    /** Writes what people decide, but for whether it is enabled, which is not theirs alone. */
    void update(Tx tx, Webhook webhook) {
        tx.handle()
                .createUpdate("""
                        UPDATE webhook SET name = :name, url = :url,
                          failing_since = CASE WHEN url = :url THEN failing_since END, events = :events, filter = :filter,
                          include_content = :content, updated_at = :updated
                        WHERE id = :id
                        """)
                .bind("name", webhook.name())
                .bind("url", webhook.url())
                .bind("events", Json.text(WebhookJson.texts(webhook.events())))
                .bind("filter", filter(webhook))
                .bind("content", webhook.includeContent() ? 1 : 0)
                .bind("updated", webhook.updatedAt().toEpochMilli())
                .bind("id", webhook.id())
                .execute();
    }

    /** @param sealed null for none */
    void setHeaders(Tx tx, String id, List<String> names, byte @Nullable [] sealed) {
        tx.handle()
                .createUpdate("UPDATE webhook SET header_names = :names, headers = :headers WHERE id = :id")
                .bind("names", Json.text(WebhookJson.texts(names)))
                .bindBySqlType("headers", sealed, Types.BINARY)
                .bind("id", id)
                .execute();
    }

    /** Unless it is: from now on it gets what has a higher number. */
    void enable(Tx tx, String id, long since) {
        tx.handle().createUpdate("""
                        UPDATE webhook SET enabled = 1, disabled_reason = NULL, failing_since = NULL, since_seq = :since
                        WHERE id = :id AND enabled = 0
                        """).bind("since", since).bind("id", id).execute();
    }

    /** Unless it is: then it keeps its reason. */
    void disable(Tx tx, String id, Disabled reason) {
        tx.handle()
                .createUpdate(
                        "UPDATE webhook SET enabled = 0, disabled_reason = :reason WHERE id = :id AND enabled = 1")
                .bind("reason", reason.wireName())
                .bind("id", id)
                .execute();
    }

    /** The present secret becomes the previous one; the one before it goes. */
    void rotate(Tx tx, String id, byte[] secret, Instant previousExpiresAt, Instant now) {
        tx.handle()
                .createUpdate("""
                        UPDATE webhook SET previous_secret = secret, previous_expires_at = :expires, secret = :secret,
                          updated_at = :now
                        WHERE id = :id
                        """)
                .bind("expires", previousExpiresAt.toEpochMilli())
                .bind("secret", secret)
                .bind("now", now.toEpochMilli())
                .bind("id", id)
                .execute();
    }

    /** @return false when it is not there */
    boolean delete(Tx tx, String workspaceId, String id, Instant now) {
        return tx.handle()
                        .createUpdate(EMPTY + OF_WORKSPACE + " AND id = :id")
                        .bind("now", now.toEpochMilli())
                        .bind("nothing", new byte[0])
                        .bind("workspace", workspaceId)
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /** Deletes all of a workspace, so that nothing more comes for them. @return how many there were */
    int deleteAll(Tx tx, String workspaceId, Instant now) {
        return tx.handle()
                .createUpdate(EMPTY + OF_WORKSPACE)
                .bind("now", now.toEpochMilli())
                .bind("nothing", new byte[0])
                .bind("workspace", workspaceId)
                .execute();
    }

    /** At most {@code most} deliveries of a workspace, with their attempts. @return how many */
    int deleteDeliveries(Tx tx, String workspaceId, int most) {
        var ids = tx.handle()
                .createQuery("""
                        SELECT id FROM webhook_delivery
                        WHERE webhook_id IN (SELECT id FROM webhook WHERE workspace_id = :workspace) LIMIT :most
                        """)
                .bind("workspace", workspaceId)
                .bind("most", most)
                .mapTo(String.class)
                .list();
        if (ids.isEmpty()) {
            return 0;
        }
        tx.handle()
                .createUpdate("DELETE FROM webhook_attempt WHERE delivery_id IN (<ids>)")
                .bindList("ids", ids)
                .execute();
        return tx.handle()
                .createUpdate("DELETE FROM webhook_delivery WHERE id IN (<ids>)")
                .bindList("ids", ids)
                .execute();
    }

    /** At most {@code most} rows of a workspace, those of deleted webhooks too. @return how many */
    int remove(Tx tx, String workspaceId, int most) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM webhook WHERE id IN
                          (SELECT id FROM webhook WHERE workspace_id = :workspace ORDER BY id LIMIT :most)
                        """)
                .bind("workspace", workspaceId)
                .bind("most", most)
                .execute();
    }

    Optional<Webhook> webhook(Tx tx, String workspaceId, String id) {
        return tx.handle()
                .createQuery(WEBHOOK + OF_WORKSPACE + " AND id = :id")
                .bind("workspace", workspaceId)
                .bind("id", id)
                .map((row, context) -> webhook(row))
                .findFirst();
    }

    /** Newest first, those below {@code below}. */
    List<Webhook> webhooks(Tx tx, String workspaceId, @Nullable String below, int limit) {
        var query = tx.handle()
                .createQuery(WEBHOOK + OF_WORKSPACE + (below == null ? "" : " AND id < :below")
                        + " ORDER BY id DESC LIMIT :limit")
                .bind("workspace", workspaceId)
                .bind("limit", limit);
        if (below != null) {
            query.bind("below", below);
        }
        return query.map((row, context) -> webhook(row)).list();
    }

    Sealed sealed(Tx tx, String id) {
        return tx.handle()
                .createQuery("SELECT secret, headers FROM webhook WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> new Sealed(row.getBytes(1), row.getBytes(2)))
                .one();
    }

    private static @Nullable String filter(Webhook webhook) {
        return webhook.filter().isEmpty() ? null : Json.text(WebhookJson.entries(webhook.filter()));
    }

    private static @Nullable String disabled(Webhook webhook) {
        var disabled = webhook.disabled();
        return disabled == null ? null : disabled.wireName();
    }

    private static Webhook webhook(ResultSet row) throws SQLException {
        return new Webhook(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                texts(row.getString(5)),
                entries(row.getString(6)),
                row.getInt(7) == 1,
                texts(row.getString(8)),
                row.getInt(9) == 1 ? null : Disabled.valueOf(row.getString(10).toUpperCase(Locale.ROOT)),
                time(row, 11),
                time(row, 12),
                Instant.ofEpochMilli(row.getLong(13)),
                Instant.ofEpochMilli(row.getLong(14)));
    }

    private static List<String> texts(String json) {
        var texts = new ArrayList<String>();
        ((ArrayNode) Json.parse(json)).forEach(text -> texts.add(text.stringValue()));
        return texts;
    }

    private static Map<String, String> entries(@Nullable String json) {
        var entries = new LinkedHashMap<String, String>();
        if (json != null) {
            Json.parse(json)
                    .properties()
                    .forEach(entry ->
                            entries.put(entry.getKey(), entry.getValue().stringValue()));
        }
        return entries;
    }

    private static @Nullable Instant time(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }
}
