package com.aistrale.server.telemetry.summary;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;

class PostgresSummaryTest extends SummaryContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }
}
