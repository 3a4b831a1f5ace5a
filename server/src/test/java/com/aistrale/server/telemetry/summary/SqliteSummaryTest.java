package com.aistrale.server.telemetry.summary;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;

class SqliteSummaryTest extends SummaryContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }
}
