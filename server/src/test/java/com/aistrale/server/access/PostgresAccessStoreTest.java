package com.aistrale.server.access;

import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;

class PostgresAccessStoreTest extends AccessStoreContract {
    @Override
    Database open() throws Exception {
        return TestDatabase.postgres().open();
    }
}
