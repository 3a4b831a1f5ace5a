package com.aistrale.server.kit.sql;

import java.nio.file.Path;
import java.util.List;

class SqliteGroupCommitTest extends GroupCommitContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Override
    List<String> words() {
        return List.of("UNIQUE", "no such table: nowhere");
    }
}
