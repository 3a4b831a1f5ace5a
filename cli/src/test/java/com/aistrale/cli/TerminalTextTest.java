package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What others wrote, as it stands on a terminal: in its columns, and without what would show it as something else. */
class TerminalTextTest {
    private static final String FAMILY = "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67";
    private static final String JAPAN = "\uD83C\uDDEF\uD83C\uDDF5";
    private static final String THUMB = "\uD83D\uDC4D\uD83C\uDFFD";

    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    /** The table of these models, each with a fallback behind it; what follows that is left out. */
    private List<String> rows(int columns, String... models) {
        var records = new String[models.length];
        for (var i = 0; i < models.length; i++) {
            records[i] = "{\"name\":\"a\",\"created_at\":\"2026-11-01T12:00:00Z\",\"model\":\"" + models[i]
                    + "\",\"fallbacks\":[\"behind\"],\"updated_at\":\"2026-11-01T12:00:00Z\"}";
        }
        server.list("GET /api/v1/aliases", records);
        var ran = new Ran.With(home)
                .server(server)
                .env("COLUMNS", String.valueOf(columns))
                .terminal()
                .run("aliases", "list");
        assertThat(ran.err()).isEmpty();
        return ran.out()
                .lines()
                .skip(1)
                .map(row -> row.replaceAll(" +2026-.*", "|"))
                .toList();
    }

    @Test
    void columnsAreCountedAndNotLetters() {
        assertThat(rows(
                        100,
                        "plain letters",
                        "日本語",
                        "ﾊﾝｶｸ",
                        "한국어",
                        "\uD83D\uDE80 go",
                        FAMILY + " home",
                        JAPAN + THUMB,
                        "❤\uFE0F 1\uFE0F\u20E3 ❤",
                        "cafe\u0301",
                        "می\u200Cخواهم",
                        "\u1112\u1161\u11AB"))
                .containsExactly(
                        "a     plain letters  behind|",
                        "a     日本語         behind|",
                        "a     ﾊﾝｶｸ           behind|",
                        "a     한국어         behind|",
                        "a     \uD83D\uDE80 go          behind|",
                        "a     " + FAMILY + " home        behind|",
                        "a     " + JAPAN + THUMB + "           behind|",
                        "a     ❤\uFE0F 1\uFE0F\u20E3 ❤        behind|",
                        "a     cafe\u0301           behind|",
                        "a     می\u200Cخواهم        behind|",
                        "a     \u1112\u1161\u11AB             behind|");
    }

    @Test
    void aCellIsCutBetweenWhatAReaderSeesAsLetters() {
        // a table takes 35 columns beside the models
        assertThat(rows(
                        50,
                        "日本語日本語日本語",
                        FAMILY.repeat(9),
                        JAPAN.repeat(9),
                        THUMB.repeat(9),
                        "e\u0301".repeat(18),
                        "abcdefghijklmnopqr",
                        "a日本語日本語日本"))
                .containsExactly(
                        "a     日本語日本語日…  behind|",
                        "a     " + FAMILY.repeat(7) + "…  behind|",
                        "a     " + JAPAN.repeat(7) + "…  behind|",
                        "a     " + THUMB.repeat(7) + "…  behind|",
                        "a     " + "e\u0301".repeat(14) + "…  behind|",
                        "a     abcdefghijklmn…  behind|",
                        "a     a日本語日本語…   behind|");
    }

    @Test
    void whatTurnsLettersAroundOrHidesThemIsLeftOut() {
        assertThat(rows(
                        100,
                        "a\u202Eb\u2066c\u2069d\u200Ee\u200Ff\u061Cg",
                        "x\uFEFFy\u200Bz\u2060\u00AD",
                        "hi\uDB40\uDC01\uDB40\uDC48\uDB40\uDC7F",
                        "one\u2028two",
                        "می\u200Cخواهم " + FAMILY))
                .containsExactly(
                        "a     abcdefg     behind|",
                        "a     xyz         behind|",
                        "a     hi          behind|",
                        "a     one two     behind|",
                        "a     می\u200Cخواهم " + FAMILY + "  behind|");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "glpat-abcdefghij_klmnop-1234",
                "gho_abcdefghijklmnopqrst0123456789",
                "xoxb-123456789012-abcdefghijkl"
            })
    void aSecretInTheWrongPlaceIsNotSaidAgain(String secret) {
        var ran = new Ran.With(home).server(server).run("aliases", "list", "--token=" + secret);
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("•••").doesNotContain(secret.substring(8));
    }
}
