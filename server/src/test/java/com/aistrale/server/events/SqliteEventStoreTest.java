package com.aistrale.server.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SqliteEventStoreTest extends EventStoreContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Test
    void aPositionOfAnotherDatabaseIsNotKnown() {
        Database.await(append("evt_1"));

        assertThat(isKnown(new Position(0, 1))).isTrue();
        assertThat(isKnown(new Position(0, 2))).as("of a file that had more").isFalse();
        assertThat(isKnown(new Position(742, 1))).as("of PostgreSQL").isFalse();
    }
}
