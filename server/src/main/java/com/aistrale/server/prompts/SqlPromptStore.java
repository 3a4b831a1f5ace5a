package com.aistrale.server.prompts;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Prompts, their versions and their labels, in their tables. */
final class SqlPromptStore {
    private static final String VERSION =
            "SELECT name, version, content, note, created_at, created_by FROM prompt_version ";

    /** A prompt's row, which is this transaction's until its end. */
    record Locked(@Nullable String description, int latestVersion, long revision) {}

    /** A prompt's numbers after it was made. */
    record Made(int version, long revision) {}

    /** Makes the prompt, or makes a deleted one again; empty when it is there. */
    Optional<Made> create(Tx tx, String workspaceId, String name, @Nullable String description, Instant now) {
        return tx.handle()
                .createQuery("""
                        INSERT INTO prompt (workspace_id, name, description, latest_version, revision, created_at, updated_at)
                        VALUES (:workspace, :name, :description, 1, 1, :now, :now)
                        ON CONFLICT (workspace_id, name) DO UPDATE SET
                          description = excluded.description, latest_version = prompt.latest_version + 1,
                          revision = prompt.revision + 1, created_at = excluded.created_at,
                          updated_at = excluded.updated_at, deleted_at = NULL
                        WHERE prompt.deleted_at IS NOT NULL
                        RETURNING latest_version, revision
                        """)
                .bind("workspace", workspaceId)
                .bind("name", name)
                .bind("description", description)
                .bind("now", now.toEpochMilli())
                .map((row, context) -> new Made(row.getInt(1), row.getLong(2)))
                .findFirst();
    }

    /** Takes the prompt's row for this transaction, as SELECT FOR UPDATE would, which SQLite has not. */
    Optional<Locked> lock(Tx tx, String workspaceId, String name) {
        return tx.handle()
                .createQuery("""
                        UPDATE prompt SET revision = revision
                        WHERE workspace_id = :workspace AND name = :name AND deleted_at IS NULL
                        RETURNING description, latest_version, revision
                        """)
                .bind("workspace", workspaceId)
                .bind("name", name)
                .map((row, context) -> new Locked(row.getString(1), row.getInt(2), row.getLong(3)))
                .findFirst();
    }

    void update(
            Tx tx,
            String workspaceId,
            String name,
            @Nullable String description,
            int latestVersion,
            long revision,
            Instant now) {
        tx.handle()
                .createUpdate("""
                        UPDATE prompt SET description = :description, latest_version = :latest, revision = :revision,
                          updated_at = :now
                        WHERE workspace_id = :workspace AND name = :name
                        """)
                .bind("description", description)
                .bind("latest", latestVersion)
                .bind("revision", revision)
                .bind("now", now.toEpochMilli())
                .bind("workspace", workspaceId)
                .bind("name", name)
                .execute();
    }

    /** The versions stay; the labels do not. */
    void delete(Tx tx, String workspaceId, String name, long revision, Instant now) {
        tx.handle()
                .createUpdate("""
                        UPDATE prompt SET deleted_at = :now, updated_at = :now, revision = :revision
                        WHERE workspace_id = :workspace AND name = :name
                        """)
                .bind("now", now.toEpochMilli())
                .bind("revision", revision)
                .bind("workspace", workspaceId)
                .bind("name", name)
                .execute();
        tx.handle()
                .createUpdate("DELETE FROM prompt_label WHERE workspace_id = :workspace AND name = :name")
                .bind("workspace", workspaceId)
                .bind("name", name)
                .execute();
    }

    Optional<Prompt> byName(Tx tx, String workspaceId, String name) {
        var rows = tx.handle()
                .createQuery("""
                        SELECT p.name, p.description, p.latest_version, p.revision, p.created_at, p.updated_at,
                          l.label, l.version
                        FROM prompt p
                        LEFT JOIN prompt_label l ON l.workspace_id = p.workspace_id AND l.name = p.name
                        WHERE p.workspace_id = :workspace AND p.name = :name AND p.deleted_at IS NULL
                        """)
                .bind("workspace", workspaceId)
                .bind("name", name)
                .map((row, context) -> new Row(row))
                .list();
        return folded(rows).stream().findFirst();
    }

    /**
     * By name, those after {@code after}.
     *
     * @param part what a name must have in it, in whatever case, or null
     */
    List<Prompt> list(Tx tx, String workspaceId, @Nullable String after, @Nullable String part, int limit) {
        var where = new StringBuilder("workspace_id = :workspace AND deleted_at IS NULL");
        if (after != null) {
            where.append(" AND name > :after");
        }
        if (part != null) {
            where.append(" AND lower(name) LIKE :part ESCAPE '!'");
        }
        var select = tx.handle()
                .createQuery("""
                        SELECT p.name, p.description, p.latest_version, p.revision, p.created_at, p.updated_at,
                          l.label, l.version
                        FROM (SELECT * FROM prompt WHERE %s ORDER BY name LIMIT :limit) p
                        LEFT JOIN prompt_label l ON l.workspace_id = p.workspace_id AND l.name = p.name
                        ORDER BY p.name
                        """.formatted(where))
                .bind("workspace", workspaceId)
                .bind("limit", limit);
        if (after != null) {
            select.bind("after", after);
        }
        if (part != null) {
            select.bind("part", "%" + part.toLowerCase(java.util.Locale.ROOT).replaceAll("[!%_]", "!$0") + "%");
        }
        return folded(select.map((row, context) -> new Row(row)).list());
    }

    /** Some names, to find the one nearest to a wrong one. */
    List<String> names(Tx tx, String workspaceId, int limit) {
        return tx.handle()
                .createQuery("""
                        SELECT name FROM prompt WHERE workspace_id = :workspace AND deleted_at IS NULL
                        ORDER BY name LIMIT :limit
                        """)
                .bind("workspace", workspaceId)
                .bind("limit", limit)
                .mapTo(String.class)
                .list();
    }

    /** A prompt and one of its labels, if it has one. */
    private record Row(Prompt prompt, @Nullable String label, int version) {
        Row(ResultSet row) throws SQLException {
            this(
                    new Prompt(
                            row.getString(1),
                            row.getString(2),
                            new TreeMap<>(),
                            row.getInt(3),
                            row.getLong(4),
                            Instant.ofEpochMilli(row.getLong(5)),
                            Instant.ofEpochMilli(row.getLong(6))),
                    row.getString(7),
                    row.getInt(8));
        }
    }

    private static List<Prompt> folded(List<Row> rows) {
        var all = new ArrayList<Prompt>();
        for (int i = 0; i < rows.size(); ) {
            var prompt = rows.get(i).prompt();
            var labels = new TreeMap<String, Integer>();
            for (; i < rows.size() && rows.get(i).prompt().name().equals(prompt.name()); i++) {
                var label = rows.get(i).label();
                if (label != null) {
                    labels.put(label, rows.get(i).version());
                }
            }
            all.add(new Prompt(
                    prompt.name(),
                    prompt.description(),
                    labels,
                    prompt.latestVersion(),
                    prompt.revision(),
                    prompt.createdAt(),
                    prompt.updatedAt()));
        }
        return all;
    }

    void add(Tx tx, String workspaceId, PromptVersion version) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO prompt_version (workspace_id, name, version, content, note, created_at, created_by)
                        VALUES (:workspace, :name, :version, :content, :note, :created, :by)
                        """)
                .bind("workspace", workspaceId)
                .bind("name", version.name())
                .bind("version", version.version())
                .bind("content", Json.text(version.content().json()))
                .bind("note", version.note())
                .bind("created", version.createdAt().toEpochMilli())
                .bind("by", version.createdBy())
                .execute();
    }

    Optional<PromptVersion> version(Tx tx, String workspaceId, String name, int version) {
        return tx.handle()
                .createQuery(VERSION + "WHERE workspace_id = :workspace AND name = :name AND version = :version")
                .bind("workspace", workspaceId)
                .bind("name", name)
                .bind("version", version)
                .map((row, context) -> version(row))
                .findFirst();
    }

    /** The newest first, those below {@code below}. */
    List<PromptVersion> versions(Tx tx, String workspaceId, String name, int below, int limit) {
        return tx.handle()
                .createQuery(VERSION + """
                        WHERE workspace_id = :workspace AND name = :name AND version < :below
                        ORDER BY version DESC LIMIT :limit
                        """)
                .bind("workspace", workspaceId)
                .bind("name", name)
                .bind("below", below)
                .bind("limit", limit)
                .map((row, context) -> version(row))
                .list();
    }

    private static PromptVersion version(ResultSet row) throws SQLException {
        return new PromptVersion(
                row.getString(1),
                row.getInt(2),
                PromptContent.stored(row.getString(3)),
                row.getString(4),
                Instant.ofEpochMilli(row.getLong(5)),
                row.getString(6));
    }

    SortedMap<String, Integer> labels(Tx tx, String workspaceId, String name) {
        var labels = new TreeMap<String, Integer>();
        tx.handle()
                .createQuery("SELECT label, version FROM prompt_label WHERE workspace_id = :workspace AND name = :name")
                .bind("workspace", workspaceId)
                .bind("name", name)
                .map((row, context) -> labels.put(row.getString(1), row.getInt(2)))
                .list();
        return labels;
    }

    void setLabel(Tx tx, String workspaceId, String name, String label, int version) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO prompt_label (workspace_id, name, label, version)
                        VALUES (:workspace, :name, :label, :version)
                        ON CONFLICT (workspace_id, name, label) DO UPDATE SET version = excluded.version
                        """)
                .bind("workspace", workspaceId)
                .bind("name", name)
                .bind("label", label)
                .bind("version", version)
                .execute();
    }

    void removeLabel(Tx tx, String workspaceId, String name, String label) {
        tx.handle()
                .createUpdate("""
                        DELETE FROM prompt_label
                        WHERE workspace_id = :workspace AND name = :name AND label = :label
                        """)
                .bind("workspace", workspaceId)
                .bind("name", name)
                .bind("label", label)
                .execute();
    }

    /** Deletes some of all that a workspace has; labels first, as they name versions. @return how many rows */
    int deleteSome(Tx tx, String workspaceId, int most) {
        int labels = deleteSome(tx, workspaceId, "prompt_label", "(name, label)", most);
        if (labels > 0) {
            return labels;
        }
        int versions = deleteSome(tx, workspaceId, "prompt_version", "(name, version)", most);
        return versions > 0 ? versions : deleteSome(tx, workspaceId, "prompt", "(name)", most);
    }

    private static int deleteSome(Tx tx, String workspaceId, String table, String key, int most) {
        return tx.handle()
                .createUpdate("""
                        DELETE FROM %s WHERE workspace_id = :workspace AND %s IN
                          (SELECT %s FROM %s WHERE workspace_id = :workspace LIMIT :most)
                        """.formatted(table, key, key.substring(1, key.length() - 1), table))
                .bind("workspace", workspaceId)
                .bind("most", most)
                .execute();
    }
}
