package com.aistrale.server.access;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Sqlite;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteAccessStoreTest extends AccessStoreContract {
    @TempDir
    Path folder;

    @Override
    Database open() throws Exception {
        return Sqlite.open(folder.resolve("aistrale.db"));
    }
}
