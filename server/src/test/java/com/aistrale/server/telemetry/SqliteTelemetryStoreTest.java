package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;

class SqliteTelemetryStoreTest extends TelemetryStoreContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Override
    void watchInserts(OtherConnection other) throws SQLException {
        other.execute("CREATE TRIGGER watch AFTER INSERT ON inference"
                + " BEGIN INSERT INTO seen VALUES (new.id, new.status); END");
    }
}
