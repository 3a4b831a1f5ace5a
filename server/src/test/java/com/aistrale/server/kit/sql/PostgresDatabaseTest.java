package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class PostgresDatabaseTest extends DatabaseContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    String readOnly() {
        return "read-only transaction";
    }

    @Test
    void aCommitIsOnTheDisk() {
        var settings = database.write(tx -> tx.handle()
                .createQuery("SELECT current_setting('synchronous_commit') || ' ' || current_setting('fsync')")
                .mapTo(String.class)
                .one());

        assertThat(settings).isEqualTo("on on");
    }

    @Test
    void idsAreInTheOrderOfTheirBytesWhateverTheDatabasesOwnOrder() throws SQLException {
        other.execute(INSERT.formatted("ws_a"));
        other.execute(INSERT.formatted("ws_B"));
        other.execute(INSERT.formatted("ws-c"));

        assertThat(other.rows("SELECT id FROM workspace ORDER BY id")).containsExactly("ws-c", "ws_B", "ws_a");
        assertThat(other.rows("SELECT x FROM (VALUES ('ws_a'), ('ws_B'), ('ws-c')) AS all_of (x) ORDER BY x"))
                .as("without, it would be another")
                .isNotEqualTo(other.rows("SELECT id FROM workspace ORDER BY id"));
    }
}
