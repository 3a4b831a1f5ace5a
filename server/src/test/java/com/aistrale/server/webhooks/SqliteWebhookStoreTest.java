package com.aistrale.server.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SqliteWebhookStoreTest extends WebhookStoreContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Override
    List<Node> nodes() {
        return List.of(first());
    }

    @Test
    void theFilesHoldNoSecret() throws Exception {
        var webhook = made();
        first().webhooks.rotate(CALLER, webhook.id(), SECOND);
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as("%s", file)
                        .doesNotContain("whsec_");
            }
        }
    }
}
