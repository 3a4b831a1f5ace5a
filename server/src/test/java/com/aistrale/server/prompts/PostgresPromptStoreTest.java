package com.aistrale.server.prompts;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import java.util.List;

class PostgresPromptStoreTest extends PromptStoreContract {
    private TestDatabase kind;

    @Override
    Database open() throws Exception {
        kind = TestDatabase.postgres();
        return kind.open();
    }

    @Override
    Database openAgain() throws Exception {
        return kind.open();
    }

    @Override
    List<String> rows(String query) throws Exception {
        try (var other = kind.connect()) {
            return other.rows(query);
        }
    }
}
