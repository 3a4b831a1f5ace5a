package com.aistrale.server.prompts;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.json.Json;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is remembered takes no more room than it may, whatever the versions are made of. */
class PromptCacheTest {
    private final PromptCache cache = new PromptCache(() -> 0);

    private void put(int number, String text, List<Variable> variables) {
        var content = new PromptContent(text, null, variables, Json.object());
        cache.put("ws_1", new CompiledPrompt(new PromptVersion("a", number, content, null, Instant.EPOCH, "key_1")));
    }

    /** How many of the first versions are remembered. */
    private long remembered(int most) {
        long count = 0;
        for (int i = 1; i <= most; i++) {
            count += cache.version("ws_1", "a", i) == null ? 0 : 1;
        }
        return count;
    }

    @Test
    void manyPlacesForValuesWeighMoreThanTheirText() {
        for (int i = 1; i <= 30; i++) {
            put(i, "{{a}}".repeat(40_000), List.of());
        }

        assertThat(cache.version("ws_1", "a", 30)).isNotNull();
        assertThat(remembered(30)).isLessThan(5);
    }

    @Test
    void aDefaultWeighsWhatItIsLong() {
        var usual = Json.object().stringNode("x".repeat(900_000));
        var variables = List.of(new Variable("a", Variable.Type.STRING, false, usual, null));
        for (int i = 1; i <= 60; i++) {
            put(i, "{{a}}", variables);
        }

        assertThat(cache.version("ws_1", "a", 60)).isNotNull();
        assertThat(remembered(60)).isLessThan(23);
    }

    @Test
    void smallVersionsAreRememberedByTheThousand() {
        for (int i = 1; i <= 5_000; i++) {
            put(i, "Hello {{who}}", List.of());
        }

        assertThat(remembered(5_000)).isEqualTo(5_000);
    }
}
