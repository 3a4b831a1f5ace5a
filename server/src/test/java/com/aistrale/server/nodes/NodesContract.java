package com.aistrale.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
abstract class NodesContract {
    @TempDir
    Path folder;

    Database database;
    OtherConnection other;

    abstract TestDatabase database(Path folder) throws Exception;

    @BeforeEach
    void open() throws Exception {
        var kind = database(folder);
        database = kind.open();
        other = kind.connect();
    }

    @AfterEach
    void close() throws Exception {
        other.close();
        database.close();
    }

    @Test
    void aNodeIsInTheTableWhileItLives() throws Exception {
        var node = new Nodes(database, "node_1");
        node.join(tx -> {});
        assertThat(other.rows("SELECT id, url FROM node")).containsExactly("node_1|null");
        long now = Long.parseLong(other.rows("SELECT seen_at FROM node").getFirst());
        database.probe("node_1", 1);
        assertThat(now).isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis() + 60_000);

        node.close();
        assertThat(other.rows("SELECT id FROM node")).isEmpty();
        assertThat(other.rows("SELECT node_id FROM probe")).isEmpty();
    }

    @Test
    void atTheStartWhatTheRemovedLeftIsEndedInTheSameTransaction() throws Exception {
        var inherited = new AtomicInteger();
        var node = new Nodes(database, "node_1");

        node.join(tx -> {
            inherited.incrementAndGet();
            assertThat(tx.handle()
                            .createQuery("SELECT id FROM node")
                            .mapTo(String.class)
                            .list())
                    .containsExactly("node_1");
        });

        assertThat(inherited.get()).isEqualTo(1);
        node.close();
    }

    @Test
    void aLoneNodeMayDoEverythingAgainAndAgain() {
        var node = new Nodes(database, "node_1");
        node.join(tx -> {});

        assertThat(node.mayDo("retention")).isTrue();
        assertThat(node.mayDo("retention")).isTrue();
        assertThat(node.mayDo("webhooks")).isTrue();
        node.close();
    }
}
