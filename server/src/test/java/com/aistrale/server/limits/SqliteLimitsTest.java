package com.aistrale.server.limits;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;

class SqliteLimitsTest extends LimitsContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Override
    Database forAnotherNode() {
        return database;
    }

    @Override
    void watchUpdates(OtherConnection other) throws SQLException {
        other.execute("CREATE TRIGGER watch AFTER UPDATE ON key_limit"
                + " BEGIN INSERT INTO seen VALUES (new.api_key_id); END");
    }
}
