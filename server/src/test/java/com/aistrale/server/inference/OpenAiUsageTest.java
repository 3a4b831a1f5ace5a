package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.Usage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiUsageTest {
    @Test
    void openAi() {
        assertThat(read("{\"prompt_tokens\":100,\"completion_tokens\":50,\"total_tokens\":150,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":64,\"cache_write_tokens\":8},"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":30}}"))
                .isEqualTo(new Usage(100L, 50L, 64L, 8L, 30L));
    }

    @Test
    void xAiCountsReasoningApart() {
        assertThat(read("{\"prompt_tokens\":100,\"completion_tokens\":20,\"total_tokens\":150,"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":30}}"))
                .isEqualTo(new Usage(100L, 50L, null, null, 30L));
    }

    @Test
    void otherNamesForCacheReads() {
        assertThat(read("{\"prompt_tokens\":9,\"completion_tokens\":1,\"prompt_cache_hit_tokens\":4}"))
                .isEqualTo(new Usage(9L, 1L, 4L, null, null));
        assertThat(read("{\"prompt_tokens\":9,\"completion_tokens\":1,\"cached_tokens\":5}"))
                .isEqualTo(new Usage(9L, 1L, 5L, null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "[]", "7", "{\"prompt_tokens\":\"many\"}", "{\"prompt_tokens\":1.5}"})
    void nothingToRead(String json) {
        assertThat(read(json)).isNull();
    }

    @Test
    void detailsThatAreNull() {
        assertThat(read("{\"prompt_tokens\":9,\"completion_tokens\":1,\"prompt_tokens_details\":null,"
                        + "\"completion_tokens_details\":null}"))
                .isEqualTo(new Usage(9L, 1L, null, null, null));
    }

    @Test
    void written() {
        assertThat(OpenAiUsage.write(new Usage(100L, 50L, 64L, 8L, 30L)))
                .hasToString("{\"prompt_tokens\":100,\"completion_tokens\":50,\"total_tokens\":150,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":64,\"cache_write_tokens\":8},"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":30}}");
        assertThat(OpenAiUsage.write(new Usage(1L, 2L, null, null, null)))
                .hasToString("{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}");
    }

    @Test
    void unknownIsNotZero() {
        assertThat(OpenAiUsage.write(null)).isNull();
        assertThat(OpenAiUsage.write(new Usage(1L, null, null, null, null))).isNull();
    }

    private static @Nullable Usage read(String json) {
        return OpenAiUsage.read(Json.parse(json));
    }
}
