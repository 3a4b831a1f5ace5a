package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T08:00:00Z"));

    @ParameterizedTest
    @CsvSource(nullValues = "none", textBlock = """
            # retry-after                       | retry-after-ms | milliseconds
            7                                   , none           , 7000
            0                                   , none           , 0
            1.5                                 , none           , 1500
            7                                   , 250            , 250
            none                                , 250            , 250
            -3                                  , none           , 0
            99999999                            , none           , 86400000
            'Mon, 23 Nov 2026 08:00:30 GMT'     , none           , 30000
            'Mon, 23 Nov 2026 07:59:00 GMT'     , none           , 0
            'Mon, 23 Nov 2037 08:00:00 GMT'     , none           , 86400000
            soon                                , none           , none
            7                                   , soon           , 7000
            ''                                  , none           , none
            none                                , none           , none
            99999999999999999999999999999       , none           , 86400000
            """)
    void readsSecondsDatesAndMilliseconds(String after, String millis, Long expected) {
        var headers = new HashMap<String, String>();
        headers.put("retry-after", after);
        headers.put("retry-after-ms", millis);

        assertThat(RetryAfter.of(headers::get, CLOCK)).isEqualTo(expected == null ? null : Duration.ofMillis(expected));
    }

    @Property
    void anythingElseIsNothingOrWithinADay(@ForAll String text) {
        var wait = RetryAfter.of(Map.of("retry-after", text)::get, CLOCK);

        assertThat(wait == null || (!wait.isNegative() && wait.compareTo(Duration.ofDays(1)) <= 0))
                .isTrue();
    }

    @Test
    void withoutHeadersThereIsNothing() {
        assertThat(RetryAfter.of(name -> null, CLOCK)).isNull();
    }
}
