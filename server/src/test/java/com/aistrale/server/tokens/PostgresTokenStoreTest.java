package com.aistrale.server.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.sql.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PostgresTokenStoreTest extends TokenStoreContract {
    @Override
    TestDatabase database(Path folder) throws SQLException {
        return TestDatabase.postgres();
    }

    @Test
    void theTableHoldsNoSecret() throws Exception {
        at.add("openai", SECRET);
        try (var other = kind.connect()) {
            assertThat(other.rows("SELECT encode(sealed, 'escape') FROM provider_token"))
                    .hasSize(1)
                    .noneMatch(stored -> stored.contains("TOPSECRET"));
        }
    }

    @Test
    void whatOneNodeChangesTheOthersUseWithinTwoSeconds() throws Exception {
        try (var other = new Surroundings(kind, Map.of(), Map.of(), List.of())) {
            var token = at.add("openai", SECRET);
            assertThat(secret(other)).isEqualTo(SECRET);
            assertThat(other.tokens.defaultModel(at.workspace(), true)).startsWith("openai/");

            at.tokens.update(at.caller(), token.id(), TokenChange.of(new Secret("sk-other-0123456789-wxyz")));
            await().atMost(Duration.ofSeconds(2)).until(() -> secret(other).equals("sk-other-0123456789-wxyz"));

            at.tokens.delete(at.caller(), token.id());
            await().atMost(Duration.ofSeconds(2))
                    .until(() -> other.tokens
                            .credential(at.workspace(), true, at.spec("openai"))
                            .isEmpty());
        }
    }

    @Test
    void whatOneNodeSetsAsideTheOthersLeaveAloneWithinTwoSeconds() throws Exception {
        try (var other = new Surroundings(kind, Map.of(), Map.of(), List.of())) {
            var bad = at.add("openai", SECRET);
            at.tokens.refused(at.workspace(), at.openAi().orElseThrow(), "expired");
            var good = at.add("openai", "sk-good-0123456789");
            await().atMost(Duration.ofSeconds(2)).until(() -> good.id().equals(other.next()));
            for (int i = 0; i < 20; i++) {
                assertThat(other.next()).isEqualTo(good.id());
            }
            at.tokens.accepted(at.workspace(), at.openAi(good.id()).orElseThrow());
            await().atMost(Duration.ofSeconds(2)).until(() -> bad.id().equals(other.next()));
        }
    }

    private static String secret(Surroundings node) {
        return Objects.requireNonNull(node.tokens
                        .credential(node.workspace(), true, node.spec("openai"))
                        .orElseThrow()
                        .secret())
                .reveal();
    }
}
