package com.aistrale.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SqliteTokenStoreTest extends TokenStoreContract {
    @Override
    TestDatabase database(Path folder) {
        return TestDatabase.sqlite(folder);
    }

    @Test
    void theFilesHoldNoSecret() throws Exception {
        at.add("openai", SECRET);
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as("%s", file)
                        .doesNotContain("TOPSECRET");
            }
        }
    }
}
