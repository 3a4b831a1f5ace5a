package com.aistrale.server.idempotency;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;

class SqliteClaimsTest extends ClaimsContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }
}
