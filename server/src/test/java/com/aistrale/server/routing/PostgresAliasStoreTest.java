package com.aistrale.server.routing;

import com.aistrale.server.kit.sql.TestDatabase;

class PostgresAliasStoreTest extends AliasStoreContract {
    @Override
    TestDatabase database() throws Exception {
        return TestDatabase.postgres();
    }
}
