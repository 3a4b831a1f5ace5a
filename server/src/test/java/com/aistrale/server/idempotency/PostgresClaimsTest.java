package com.aistrale.server.idempotency;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;

class PostgresClaimsTest extends ClaimsContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }
}
