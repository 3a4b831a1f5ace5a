package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;

class PostgresDeliveryStoreTest extends DeliveryStoreContract {
    @Override
    TestDatabase database(Path folder) throws Exception {
        return TestDatabase.postgres();
    }

    @Override
    boolean isShared() {
        return true;
    }
}
