package com.aistrale.server.telemetry.deletion;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;

class SqliteDeletionsTest extends DeletionsContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }
}
