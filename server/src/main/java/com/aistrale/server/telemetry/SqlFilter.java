package com.aistrale.server.telemetry;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/** The WHERE of a {@link TelemetryFilter} on {@code inference}; one text for both databases. One thread. */
public final class SqlFilter {
    /** Both sides go through the database's own {@code lower}, which on SQLite knows ASCII only. */
    private static final String TEXT = """
            (lower(model) LIKE lower(:text) ESCAPE '!' OR lower(prompt_name) LIKE lower(:text) ESCAPE '!'
              OR lower(error_message) LIKE lower(:text) ESCAPE '!'
              OR EXISTS (SELECT 1 FROM inference_content c
                WHERE c.workspace_id = inference.workspace_id AND c.inference_id = inference.id
                  AND (lower(c.messages) LIKE lower(:json) ESCAPE '!' OR lower(c.message) LIKE lower(:json) ESCAPE '!')))\
            """;

    private final Map<String, String> conditions = new LinkedHashMap<>();
    private final Map<String, Object> values = new LinkedHashMap<>();

    private SqlFilter() {}

    public static SqlFilter of(String workspaceId, TelemetryFilter filter) {
        var sql = new SqlFilter().and("workspace_id = :workspace", "workspace", workspaceId);
        sql.and("id >= :since", "since", filter.since() == null ? null : Ids.floor("inf_", filter.since()));
        sql.and("id < :until", "until", filter.until() == null ? null : Ids.floor("inf_", filter.until()));
        sql.and("provider = :provider", "provider", filter.provider());
        sql.and("model = :model", "model", filter.model());
        sql.and(
                "status = :status",
                "status",
                filter.status() == null ? null : filter.status().wireName());
        sql.and("session_id = :session", "session", filter.sessionId());
        var prompt = filter.prompt();
        if (prompt != null) {
            sql.and("prompt_name = :prompt", "prompt", prompt.name());
            sql.and("prompt_version = :version", "version", prompt.version());
        }
        sql.and("api_key_id = :key", "key", filter.apiKeyId());
        sql.and("client = :client", "client", filter.client());
        int number = 0;
        for (var entry : filter.metadata().entrySet()) {
            var name = "metadata" + number++;
            // Exact, see MetadataText; replace() because it minds the case on both, which LIKE does not.
            sql.and(
                    "replace(metadata, :" + name + ", '') <> metadata",
                    name,
                    MetadataText.entry(entry.getKey(), entry.getValue()));
        }
        if (filter.text() != null) {
            sql.and(TEXT, "text", contains(filter.text()));
            sql.values.put("json", contains(inJson(filter.text())));
        }
        return sql;
    }

    /** One more condition with its one value; none where the value is null. */
    public SqlFilter and(String condition, String name, @Nullable Object value) {
        if (value != null) {
            conditions.put(name, condition);
            values.put(name, value);
        }
        return this;
    }

    /**
     * Only ids above this, where the page before ended. It takes the place of the window's beginning: of two bounds SQLite
     * looks one up and passes row by row to the other, so that each page would begin at the beginning.
     */
    public SqlFilter above(@Nullable String id) {
        if (id == null || (values.get("since") instanceof String since && since.compareTo(id) > 0)) {
            return this;
        }
        return without("since").and("id > :above", "above", id);
    }

    /** Only ids below this, where the page before ended; in the place of the window's end. */
    public SqlFilter below(@Nullable String id) {
        if (id == null || (values.get("until") instanceof String until && until.compareTo(id) <= 0)) {
            return this;
        }
        return without("until").and("id < :below", "below", id);
    }

    private SqlFilter without(String name) {
        conditions.remove(name);
        values.remove(name);
        return this;
    }

    /** What stands behind {@code WHERE}. */
    public String where() {
        return String.join(" AND ", conditions.values());
    }

    public <S extends SqlStatement<S>> S bindTo(S statement) {
        return statement.bindMap(values);
    }

    private static String contains(String text) {
        return "%" + text.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%";
    }

    /** As the text stands in a JSON string. */
    private static String inJson(String text) {
        var quoted = Json.text(JsonNodeFactory.instance.stringNode(text));
        return quoted.substring(1, quoted.length() - 1);
    }
}
