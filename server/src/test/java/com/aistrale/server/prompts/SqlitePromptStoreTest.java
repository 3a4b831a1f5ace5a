package com.aistrale.server.prompts;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Sqlite;
import com.aistrale.server.kit.sql.SqliteFile;
import java.nio.file.Path;
import java.util.List;
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

    @Override
    List<String> rows(String query) throws Exception {
        try (var file = new SqliteFile(folder.resolve("aistrale.db"))) {
            return file.rows(query);
        }
    }
}
