package com.aistrale.cli.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {
    @Test
    void saysHowFarHowFastHowLongAndHowDear() {
        var state = new Progress.State(1500, 6000, 900, 1000, 2, new BigDecimal("1.230000"), Duration.ofSeconds(11));
        assertThat(Progress.line(state, Duration.ofSeconds(50), true))
                .isEqualTo("[#####---------------] 1,500 of 6,000 lines, 20/s, 3 min left, $1.23, 2 failed,"
                        + " asked to wait 12 s");
    }

    @Test
    void saysOfAStreamWhatIsKnown() {
        var state = new Progress.State(30, 0, 30, 30, 0, BigDecimal.ZERO, Duration.ZERO);
        assertThat(Progress.line(state, Duration.ofSeconds(60), true)).isEqualTo("30 lines, 30.0/min, $0.00");
    }
}
