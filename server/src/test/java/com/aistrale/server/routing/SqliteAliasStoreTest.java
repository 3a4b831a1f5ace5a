package com.aistrale.server.routing;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteAliasStoreTest extends AliasStoreContract {
    @TempDir
    Path folder;

    @Override
    TestDatabase database() {
        return TestDatabase.sqlite(folder);
    }
}
