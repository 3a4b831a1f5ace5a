package com.aistrale.server.telemetry.summary;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Sqlite;
import java.nio.file.Path;

class SqliteSummaryTest extends SummaryContract {
    @Override
    Database open(Path folder) throws Exception {
        return Sqlite.open(folder.resolve("aistrale.db"));
    }
}
