package com.aistrale.server.pricing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class UsageTest {
    @Test
    void theTotalIsInputAndOutput() {
        assertThat(new Usage(10L, 5L, 4L, 3L, 2L).totalTokens()).isEqualTo(15);
    }

    @Test
    void theTotalIsUnknownWhenEitherIs() {
        assertThat(new Usage(null, 5L, null, null, null).totalTokens()).isNull();
        assertThat(new Usage(10L, null, null, null, null).totalTokens()).isNull();
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> new Usage(-1L, 5L, null, null, null))
                .hasMessage("input_tokens is not 0 to 1000000000000: -1");
        assertThatThrownBy(() -> new Usage(1L, 1_000_000_000_001L, null, null, null))
                .hasMessage("output_tokens is not 0 to 1000000000000: 1000000000001");
        assertThatThrownBy(() -> new Usage(10L, 5L, 6L, 5L, null))
                .hasMessage("cached_input_tokens and cache_write_input_tokens are above input_tokens: 11 of 10");
        assertThatThrownBy(() -> new Usage(10L, 5L, null, null, 6L))
                .hasMessage("reasoning_tokens is above output_tokens: 6 of 5");
        assertThatThrownBy(() -> new Usage(10L, 5L, null, 3L, 4L, null))
                .hasMessage("cache_write_one_hour_input_tokens is above cache_write_input_tokens: 4 of 3");
    }

    @Test
    void partsOfAnUnknownWholeAreTaken() {
        var usage = new Usage(null, null, 6L, 5L, 4L, 3L);
        assertThat(usage.cachedInputTokens()).isEqualTo(6);
        assertThat(usage.reasoningTokens()).isEqualTo(3);
    }

    @Test
    void whatAProviderReportsIsKeptWhereItCanBeTrue() {
        assertThat(Usage.reported(10L, 5L, 4L, 3L, 2L, 1L)).isEqualTo(new Usage(10L, 5L, 4L, 3L, 2L, 1L));
        assertThat(Usage.reported(null, null, null, null, null, null))
                .isEqualTo(new Usage(null, null, null, null, null));
    }

    @Test
    void whatAProviderCannotMeanBecomesUnknown() {
        assertThat(Usage.reported(-1L, Long.MAX_VALUE, null, null, null, null))
                .isEqualTo(new Usage(null, null, null, null, null));
        assertThat(Usage.reported(10L, 5L, 11L, 0L, 0L, 6L)).isEqualTo(new Usage(10L, 5L, null, null, null));
        assertThat(Usage.reported(10L, 5L, 1L, 3L, 4L, 5L)).isEqualTo(new Usage(10L, 5L, 1L, 3L, null, 5L));
    }
}
