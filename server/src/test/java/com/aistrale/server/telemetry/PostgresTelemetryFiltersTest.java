package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;

class PostgresTelemetryFiltersTest extends TelemetryFiltersContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    boolean knowsEveryLetter() {
        return true;
    }
}
