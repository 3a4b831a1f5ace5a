package com.aistrale.cli.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {
    private static List<String> read(String text) throws IOException {
        return read(text.getBytes(UTF_8));
    }

    /** Each entry as its line and its fields, or as its place and why not. */
    private static List<String> read(byte[] bytes) throws IOException {
        var read = new ArrayList<String>();
        try (var csv = new Csv(new ByteArrayInputStream(bytes), ',')) {
            for (var entry = csv.next(); entry != null; entry = csv.next()) {
                read.add(
                        switch (entry) {
                            case Entry.Fields fields -> fields.line() + " " + shown(fields.fields());
                            case Entry.Malformed wrong ->
                                wrong.line() + ":" + wrong.column() + " "
                                        + wrong.message().replaceAll(" \\(.*", "");
                        });
            }
        }
        return read;
    }

    private static String shown(Map<String, ?> fields) {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + field.getValue())
                .collect(Collectors.joining("|"));
    }

    @Test
    void readsCellsInQuotesAndWithout() throws IOException {
        assertThat(read("a,b\n1,2\n\"x,y\",\"say \"\"hi\"\"\"\n,\n\"\",\"\"\n 3 , 4"))
                .containsExactly("2 a=1|b=2", "3 a=x,y|b=say \"hi\"", "4 a=|b=", "5 a=|b=", "6 a= 3 |b= 4");
    }

    @Test
    void keepsLineEndsWithinCellsAndCountsLines() throws IOException {
        assertThat(read("a,b\r\n\"1\r\n2\",x\r\n\r\n3,\"4\n\n5\"\r\n6,7\r\n"))
                .containsExactly("2 a=1\r\n2|b=x", "5 a=3|b=4\n\n5", "8 a=6|b=7");
    }

    @Test
    void namesEachMistakeAndGoesOn() throws IOException {
        assertThat(read("a,b\n1\n1,2,3\n\"x\"y,2\nx\"y,2\n8,9\n"))
                .containsExactly(
                        "2:2 there are 2 columns, and this record has 1 cells",
                        "3:5 there are 2 columns, and this record has 3 cells",
                        "4:4 something follows the quote that closes a cell",
                        "5:2 a quote stands within a cell that does not begin with one",
                        "6 a=8|b=9");
    }

    @Test
    void whatIsNeverClosedTakesOneLineWithIt() throws IOException {
        assertThat(read("a,b\n1,\"open\n3,4\n5,6\n"))
                .containsExactly("2:3 a quote opens here that is never closed", "3 a=3|b=4", "4 a=5|b=6");
        assertThat(read("a,b\n1,\"open\n3,\"4\"\n5,6\n"))
                .containsExactly(
                        "2:3 a quote opens here, and something follows the one that closes it, in line 3, column 4",
                        "3 a=3|b=4",
                        "4 a=5|b=6");
    }

    @Test
    void inOneColumnTheMiddleOfACellIsNoPrompt() throws IOException {
        assertThat(read("a\n\"one\ntwo\nthree\" more\nfour\n"))
                .containsExactly(
                        "2:1 a quote opens here, and something follows the one that closes it, in line 4, column 7",
                        "5 a=four");
    }

    @Test
    void whatIsNoTextFailsAlone() throws IOException {
        assertThat(read(new byte[] {'a', ',', 'b', '\n', '1', ',', (byte) 0xC3, '\n', '2', ',', 0, '\n', '3', ',', '4'
                }))
                .containsExactly("2:3 not UTF-8", "3:3 has the character U+0000", "4 a=3|b=4");
    }

    @Test
    void passesOverAMarkOfUtf8() throws IOException {
        assertThat(read("\uFEFFa,b\n1,\u00e9\u4f60\ud83d\ude00\n")).containsExactly("2 a=1|b=\u00e9\u4f60\ud83d\ude00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a,a\n1,2", "a,\n1,2", "\"a\nb,c\n"})
    void withoutNamesNothingIsRead(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(BatchException.class);
    }

    @Test
    void aLineLongerThanTheBufferIsOneLine() throws IOException {
        var longText = "\u00e9x".repeat(100_000);
        assertThat(read("a,b\n1," + longText + "\n2,3\n")).containsExactly("2 a=1|b=" + longText, "3 a=2|b=3");
    }
}
