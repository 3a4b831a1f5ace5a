package com.aistrale.server.nodes;

import com.aistrale.server.kit.sql.Dialect;
import com.aistrale.server.kit.sql.Tx;
import java.util.Map;
import java.util.stream.Collectors;

/** Nodes and leases in their tables. */
final class SqlNodeStore {
    /** Each database tells its own time in its own way. */
    private static final String NOW_SQLITE = "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)";

    private static final String NOW_POSTGRESQL = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";

    /** In milliseconds, by the database's clock, which is the same for all nodes. */
    long now(Tx tx) {
        return tx.handle()
                .createQuery(tx.dialect() == Dialect.POSTGRESQL ? NOW_POSTGRESQL : NOW_SQLITE)
                .mapTo(Long.class)
                .one();
    }

    /** When each of the others was last seen. */
    Map<String, Long> othersSeen(Tx tx, String self) {
        return tx
                .handle()
                .createQuery("SELECT id, seen_at FROM node WHERE id <> :self")
                .bind("self", self)
                .map((row, context) -> Map.entry(row.getString(1), row.getLong(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Also for a node that another took for gone. */
    void see(Tx tx, String id, long startedAt, long now) {
        tx.handle()
                .createUpdate("""
                        INSERT INTO node (id, started_at, seen_at) VALUES (:id, :started, :now)
                        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
                        """)
                .bind("id", id)
                .bind("started", startedAt)
                .bind("now", now)
                .execute();
    }

    void setUrl(Tx tx, String id, String url) {
        tx.handle()
                .createUpdate("UPDATE node SET url = :url WHERE id = :id")
                .bind("url", url)
                .bind("id", id)
                .execute();
    }

    /** Removes a node, unless it spoke again. @return how many */
    int removeSilent(Tx tx, String id, long seenAt) {
        return tx.handle()
                .createUpdate("DELETE FROM node WHERE id = :id AND seen_at = :seen")
                .bind("id", id)
                .bind("seen", seenAt)
                .execute();
    }

    int removeOthers(Tx tx, String id) {
        return tx.handle()
                .createUpdate("DELETE FROM node WHERE id <> :id")
                .bind("id", id)
                .execute();
    }

    /** The node and its leases. */
    void remove(Tx tx, String id) {
        tx.handle()
                .createUpdate("DELETE FROM lease WHERE node_id = :id")
                .bind("id", id)
                .execute();
        tx.handle()
                .createUpdate("DELETE FROM probe WHERE node_id = :id")
                .bind("id", id)
                .execute();
        tx.handle()
                .createUpdate("DELETE FROM node WHERE id = :id")
                .bind("id", id)
                .execute();
    }

    /** What nodes wrote to see whether they can, who are not there any more. */
    void removeProbes(Tx tx) {
        tx.handle().execute("DELETE FROM probe WHERE node_id NOT IN (SELECT id FROM node)");
    }

    /** Takes or keeps a lease, unless another node has it until a time between now and {@code longest}. */
    boolean lease(Tx tx, String name, String id, long now, long until, long longest) {
        return tx.handle()
                        .createUpdate("""
                                INSERT INTO lease (name, node_id, until) VALUES (:name, :id, :until)
                                ON CONFLICT (name) DO UPDATE SET node_id = excluded.node_id, until = excluded.until
                                WHERE lease.node_id = excluded.node_id
                                  OR lease.until NOT BETWEEN :now AND :longest
                                """)
                        .bind("name", name)
                        .bind("id", id)
                        .bind("until", until)
                        .bind("now", now)
                        .bind("longest", longest)
                        .execute()
                == 1;
    }

    /** Keeps all that the node has. */
    void keepLeases(Tx tx, String id, long until) {
        tx.handle()
                .createUpdate("UPDATE lease SET until = :until WHERE node_id = :id")
                .bind("until", until)
                .bind("id", id)
                .execute();
    }
}
