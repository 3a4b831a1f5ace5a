package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;

class SqliteTelemetryFiltersTest extends TelemetryFiltersContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Override
    boolean knowsEveryLetter() {
        return false;
    }
}
