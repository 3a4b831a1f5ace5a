package com.aistrale.server.routing;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;

class SqliteOpeningsTest extends OpeningsContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Override
    boolean isShared() {
        return false;
    }
}
