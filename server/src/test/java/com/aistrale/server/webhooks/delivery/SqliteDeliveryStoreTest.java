package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;

class SqliteDeliveryStoreTest extends DeliveryStoreContract {
    @Override
    TestDatabase database(Path folder) throws Exception {
        return TestDatabase.sqlite(folder);
    }

    @Override
    boolean isShared() {
        return false;
    }
}
