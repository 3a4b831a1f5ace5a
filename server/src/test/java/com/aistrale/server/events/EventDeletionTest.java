package com.aistrale.server.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Sqlite;
import com.aistrale.server.kit.sql.SqliteFile;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EventDeletionTest {
    @TempDir
    Path folder;

    private Database database;

    @BeforeEach
    void open() throws Exception {
        database = Sqlite.open(folder.resolve("aistrale.db"));
    }

    @AfterEach
    void close() {
        database.close();
    }

    private void append(String workspace, int count) {
        var events = new SqlEvents();
        database.write(tx -> {
            for (int i = 0; i < count; i++) {
                events.append(tx, new Event("evt_" + i, workspace, "x", Instant.EPOCH, "{}"));
            }
            return true;
        });
    }

    /** Over several pages, in batches; what comes later is found by the next round. */
    @Test
    void aWorkspacesEventsGoAndNoOthers() throws Exception {
        append("ws_1", 700);
        append("ws_2", 6000);
        append("ws_1", 3);
        var deletion = new EventDeletion(database);

        assertThat(deletion.deleteBatch("ws_1", 500)).isEqualTo(500);
        assertThat(deletion.deleteBatch("ws_1", 500)).isEqualTo(200);
        assertThat(deletion.deleteBatch("ws_1", 500)).isEqualTo(3);
        assertThat(deletion.deleteBatch("ws_1", 500)).isZero();
        append("ws_1", 2);
        assertThat(deletion.deleteBatch("ws_1", 500)).isEqualTo(2);
        assertThat(deletion.deleteBatch("ws_1", 500)).isZero();
        try (var file = new SqliteFile(folder.resolve("aistrale.db"))) {
            assertThat(file.rows("SELECT workspace_id, count(*) FROM event GROUP BY 1"))
                    .containsExactly("ws_2|6000");
        }
    }
}
