package com.aistrale.server.kit.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
}
