package com.aistrale.server.prompts;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Sqlite;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqlitePromptStoreTest extends PromptStoreContract {
    @TempDir
    Path folder;

    @Override
    Database open() throws Exception {
        return Sqlite.open(folder.resolve("aistrale.db"));
    }

    @Override
    Database openAgain() throws Exception {
        return open();
    }
}
