package com.aistrale.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitTimeTest {
    @ParameterizedTest
    @CsvSource(textBlock = """
            0, 0s
            1, 1ms
            1000, 1ms
            1001, 2ms
            850000, 850ms
            999001, 1s
            1000000, 1s
            1200000, 1.2s
            8640000, 8.64s
            59999000, 59.999s
            59999001, 1m0s
            60000000, 1m0s
            61005000, 1m1.005s
            7200000000, 120m0s
            """)
    void timesAreWrittenAsOpenAiWritesThem(long micros, String text) {
        assertThat(LimitTime.text(micros)).isEqualTo(text);
    }
}
