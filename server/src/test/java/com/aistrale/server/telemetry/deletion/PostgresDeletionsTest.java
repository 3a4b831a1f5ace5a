package com.aistrale.server.telemetry.deletion;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;

class PostgresDeletionsTest extends DeletionsContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }
}
