package com.aistrale.server.telemetry.deletion;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Sqlite;
import com.aistrale.server.kit.sql.SqliteFile;
import java.nio.file.Path;

class SqliteDeletionsTest extends DeletionsContract {
    @Override
    Database open(Path folder) throws Exception {
        return Sqlite.open(folder.resolve("aistrale.db"));
    }

    @Override
    void workspace(Database database, String id, String retentionDays) throws Exception {
        try (var file = new SqliteFile(folder.resolve("aistrale.db"))) {
            file.execute("INSERT INTO workspace (id, name, created_at, retention_days) VALUES ('" + id + "', '" + id
                    + "', 0, " + retentionDays + ")");
        }
    }

    @Override
    void setRetention(String id, String retentionDays) throws Exception {
        try (var file = new SqliteFile(folder.resolve("aistrale.db"))) {
            file.execute("UPDATE workspace SET retention_days = " + retentionDays + " WHERE id = '" + id + "'");
        }
    }
}
