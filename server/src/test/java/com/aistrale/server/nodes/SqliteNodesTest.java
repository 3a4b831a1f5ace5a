package com.aistrale.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SqliteNodesTest extends NodesContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    /** The data directory's lock proves it. */
    @Test
    void whoWasThereBeforeIsGoneHoweverLatelySeen() throws Exception {
        other.execute("INSERT INTO node (id, started_at, seen_at) VALUES ('node_killed', 0, "
                + System.currentTimeMillis() + ")");
        var node = new Nodes(database, "node_1");

        node.join(tx -> {});

        assertThat(other.rows("SELECT id FROM node")).containsExactly("node_1");
        node.close();
    }
}
