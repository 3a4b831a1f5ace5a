package com.aistrale.server.events;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;

class SqliteEventStoreTest extends EventStoreContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }
}
