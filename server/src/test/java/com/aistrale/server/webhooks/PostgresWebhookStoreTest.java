package com.aistrale.server.webhooks;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

class PostgresWebhookStoreTest extends WebhookStoreContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Override
    List<Node> nodes() throws SQLException {
        return List.of(first(), new Node(() -> {}));
    }
}
