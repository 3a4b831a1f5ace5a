package com.aistrale.server.telemetry;

import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;

class PostgresTelemetryStoreTest extends TelemetryStoreContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    void watchInserts(OtherConnection other) throws SQLException {
        other.execute("CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$"
                + " BEGIN INSERT INTO seen VALUES (new.id, new.status); RETURN NULL; END $$");
        other.execute("CREATE TRIGGER watch AFTER INSERT ON inference FOR EACH ROW EXECUTE FUNCTION watch()");
    }
}
