package com.aistrale.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void numbersLoseNothing() throws Json.MalformedJson {
        assertThat(Json.parse("9007199254740993")).isEqualTo(9007199254740993L);
        assertThat(Json.parse("18446744073709551616")).isEqualTo(new BigInteger("18446744073709551616"));
        assertThat(Json.parse("0.000000001")).isEqualTo(new BigDecimal("0.000000001"));
        assertThat(Json.parse("-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1,]",
                "{'a':1}",
                "nul",
                "1 2",
                "{\"a\":1}x",
                "NaN",
                "<html>",
                "\"\u0001\"",
                "01",
                "{\"a\"}"
            })
    void refusesWhatIsNotJson(String text) {
        assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(Json.MalformedJson.class);
    }

    @Test
    void refusesToNestWithoutEnd() {
        assertThatThrownBy(() -> Json.parse("[".repeat(100_000))).isInstanceOf(Json.MalformedJson.class);
    }

    @Test
    void refusesToWriteWhatJsonDoesNotHave() {
        assertThatThrownBy(() -> Json.write(Map.of("a", new Object())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Object");
        assertThatThrownBy(() -> Json.write(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void fieldsNameTheFieldThatIsWrong() throws Json.MalformedJson {
        var fields = new Fields(
                "thing", Json.parseObject("{\"n\":\"x\",\"list\":[{\"id\":1}],\"big\":18446744073709551616}"));
        assertThatThrownBy(() -> fields.integer("n")).hasMessage("\"n\" of the server's thing is not an integer");
        assertThatThrownBy(() -> fields.text("absent")).hasMessage("the server's thing has no \"absent\"");
        assertThatThrownBy(() -> fields.list("list", f -> f.text("id")))
                .hasMessage("\"id\" of the server's thing.list[0] is not a string");
        assertThatThrownBy(() -> fields.integer("big")).isInstanceOf(Fields.Mismatch.class);
    }

    @Property(tries = 300)
    void readsWhatItWrote(@ForAll("values") Object value) throws Json.MalformedJson {
        assertThat(Json.parse(Json.write(value))).isEqualTo(value);
    }

    @Provide
    Arbitrary<Object> values() {
        var leaf = Arbitraries.oneOf(
                Arbitraries.strings()
                        .ofMaxLength(20)
                        .filter(s -> s.chars().noneMatch(c -> Character.isSurrogate((char) c))),
                Arbitraries.longs(),
                Arbitraries.bigDecimals().ofScale(9),
                Arbitraries.of(true, false));
        // At most four levels: without a limit a rare value is so large that the test takes a minute.
        return Arbitraries.recursive(() -> leaf.map(v -> (Object) v), JsonTest::holding, 0, 4);
    }

    private static Arbitrary<Object> holding(Arbitrary<Object> values) {
        return Arbitraries.oneOf(
                values.list().ofMaxSize(3).map(v -> (Object) v),
                Arbitraries.maps(Arbitraries.strings().alpha().ofMaxLength(5), values)
                        .ofMaxSize(3)
                        .map(v -> (Object) v),
                Arbitraries.just((Object) Arrays.asList(null, List.of())));
    }
}
