package com.aistrale.cli.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.internal.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a credential looks like, as the contract has it for every list of such forms. */
class SecretFormsTest {
    record Found(String before, String secret, String after) {
        String text() {
            return before + secret + after;
        }
    }

    private static Map<?, ?> texts() throws Exception {
        var vectors = Json.parseObject(Files.readString(Path.of("../contract/vectors/secrets.json")));
        return vectors.get("texts") instanceof Map<?, ?> texts ? texts : Map.of();
    }

    static List<Found> found() throws Exception {
        var all = new ArrayList<Found>();
        if (texts().get("found") instanceof List<?> list) {
            for (var each : list) {
                if (each instanceof Map<?, ?> one && one.get("secret") instanceof List<?> pieces) {
                    var secret = new StringBuilder();
                    pieces.forEach(secret::append);
                    all.add(new Found(
                            String.valueOf(one.get("before")), secret.toString(), String.valueOf(one.get("after"))));
                }
            }
        }
        return all;
    }

    static List<?> notFound() throws Exception {
        return texts().get("not_found") instanceof List<?> list ? list : List.of();
    }

    @ParameterizedTest
    @MethodSource("found")
    void eachFormIsSeenAndHidden(Found each) {
        assertThat(SecretForms.isIn(each.text())).isTrue();
        assertThat(SecretForms.begins(each.secret()))
                .isEqualTo(!each.before().toLowerCase(Locale.ROOT).endsWith("bearer "));
        assertThat(SecretForms.hidden(each.text()))
                .startsWith(each.before())
                .endsWith("•••" + each.after())
                .doesNotContain(each.secret().substring(each.secret().length() - 8));
    }

    @ParameterizedTest
    @MethodSource("notFound")
    void wordsAreNone(String text) {
        assertThat(SecretForms.isIn(text)).isFalse();
    }

    @Test
    void aPrivateKeyThatIsVeryLongOrNeverEndsIsHiddenToo() {
        var cut = "-----BEGIN " + "PRIVATE KEY-----" + ("\n" + "MIIEvQ0w".repeat(8)).repeat(20_000);
        assertThat(SecretForms.hidden(cut)).isEqualTo("•••");
        assertThat(SecretForms.hidden(cut + "\n-----END " + "PRIVATE KEY-----!"))
                .isEqualTo("•••!");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sk-abcdef", "ais_abcdef", "xoxb-12345678", "glpat-abcdef", "gho_abcdef"})
    void whatIsCutOffIsHiddenToo(String begun) {
        assertThat(SecretForms.isIn(begun)).isFalse();
        assertThat(SecretForms.hidden("x " + begun + " y"))
                .doesNotContain("abcdef")
                .doesNotContain("12345678")
                .endsWith("••• y");
    }
}
