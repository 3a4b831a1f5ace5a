package com.aistrale.server.kit.problem;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    private static final List<String> KNOWN = List.of("model", "messages", "max_output_tokens", "stop", "stream");

    @ParameterizedTest
    @CsvSource({
        "modle, model",
        "Model, model",
        "mesages, messages",
        "max-output-tokens, max_output_tokens",
        "maxOutputTokens, max_output_tokens",
        "steam, stream",
        "stopp, stop"
    })
    void findsWhatWasMeant(String wrong, String meant) {
        assertThat(Nearest.to(wrong, KNOWN)).contains(meant);
        assertThat(Nearest.hint(wrong, KNOWN)).isEqualTo("; did you mean `" + meant + "`?");
    }

    @Test
    void guessesNothingWhenNothingIsNear() {
        assertThat(Nearest.to("frobnicate", KNOWN)).isEmpty();
        assertThat(Nearest.hint("frobnicate", KNOWN)).isEmpty();
        assertThat(Nearest.hint("model", List.of())).isEmpty();
    }

    /** No name is so long, and what somebody sends must not cost more than it is worth. */
    @Test
    void aVeryLongWordIsNoSlip() {
        assertThat(Nearest.to("m".repeat(200), List.of("m".repeat(199)))).contains("m".repeat(199));
        assertThat(Nearest.to("m".repeat(201), List.of("m".repeat(199)))).isEmpty();
    }

    @Test
    void guessingCostsLittleMemory() {
        var known = IntStream.range(0, 100).mapToObj(i -> "y".repeat(150 + i)).toList();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        for (var wrong : List.of("x".repeat(200), "x".repeat(1_000_000))) {
            assertThat(Nearest.to(wrong, known)).isEmpty();
        }

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(2_000_000);
    }
}
