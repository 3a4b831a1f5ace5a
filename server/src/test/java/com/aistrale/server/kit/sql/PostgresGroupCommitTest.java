package com.aistrale.server.kit.sql;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

class PostgresGroupCommitTest extends GroupCommitContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    List<String> words() {
        return List.of("duplicate key value", "relation \"nowhere\" does not exist");
    }
}
