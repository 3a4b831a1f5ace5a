package com.aistrale.server.kit.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class ReadingTest {
    private final Reading reading = new Reading();

    @Test
    void pointersEscapeWhatTheyMust() {
        assertThat(Pointer.ROOT).hasToString("");
        assertThat(Pointer.ROOT.field("a/b").at(3).field("~").field("")).hasToString("/a~1b/3/~0/");
    }

    @Test
    void absentAndNullAreNoMistakes() {
        var object = object("{\"a\": null}");
        for (var field : new String[] {"a", "b"}) {
            assertThat(reading.string(object, Pointer.ROOT, field)).isNull();
            assertThat(reading.bool(object, Pointer.ROOT, field)).isNull();
            assertThat(reading.number(object, Pointer.ROOT, field)).isNull();
            assertThat(reading.integer(object, Pointer.ROOT, field)).isNull();
            assertThat(reading.object(object, Pointer.ROOT, field)).isNull();
            assertThat(reading.array(object, Pointer.ROOT, field)).isNull();
        }
        assertThatCode(reading::check).doesNotThrowAnyException();
    }

    @Test
    void aTimeIsReadWithItsOffset() {
        var object = object("{\"t\": \"2026-11-23T08:00:00.5+01:00\", \"n\": null}");
        assertThat(reading.instant(object, Pointer.ROOT, "t")).isEqualTo(Instant.parse("2026-11-23T07:00:00.500Z"));
        assertThat(reading.instant(object, Pointer.ROOT, "n")).isNull();
        reading.check();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "today",
                "",
                "2026-11-23",
                "1969-12-31T23:59:59Z",
                "+10000-01-01T00:00:00Z",
                "-0001-01-01T00:00:00Z"
            })
    void whatIsNoTimeIsNamed(String text) {
        reading.instant(Json.object().put("t", text), Pointer.ROOT, "t");
        assertThat(reading.mistakes())
                .containsExactly(new FieldError("/t", "is no RFC 3339 time, such as 2026-11-23T08:00:00Z"));
    }

    @Test
    void unknownFieldsAreNamedWithTheNearest() {
        reading.known(object("{\"name\": 1, \"nmae\": 2, \"other\": null}"), Pointer.ROOT.at(0), List.of("name"));
        assertThat(reading.mistakes())
                .containsExactly(
                        new FieldError("/0/nmae", "unknown field `nmae`; did you mean `name`?"),
                        new FieldError("/0/other", "unknown field `other`"));
    }

    @Test
    void everyWrongTypeIsNamed() {
        var object = object("{\"s\": 1, \"b\": \"x\", \"n\": [], \"i\": 0.5, \"o\": true, \"a\": {}}");
        reading.string(object, Pointer.ROOT, "s");
        reading.bool(object, Pointer.ROOT, "b");
        reading.number(object, Pointer.ROOT, "n");
        reading.integer(object, Pointer.ROOT, "i");
        reading.object(object, Pointer.ROOT, "o");
        reading.array(object, Pointer.ROOT.at(1), "a");
        reading.required(object, Pointer.ROOT, "missing");
        assertThat(reading.mistakes())
                .containsExactly(
                        new FieldError("/s", "must be a string, not the number 1"),
                        new FieldError("/b", "must be true or false, not a string"),
                        new FieldError("/n", "must be a number, not an array"),
                        new FieldError("/i", "must be a whole number, not the number 0.5"),
                        new FieldError("/o", "must be an object, not true"),
                        new FieldError("/1/a", "must be an array, not an object"),
                        new FieldError("/missing", "is missing"));
        assertThatThrownBy(reading::check)
                .isInstanceOf(ProblemException.class)
                .hasMessage("invalid_request: /s: must be a string, not the number 1 (and 6 more, see errors)");
    }

    @Test
    void numbersOfEverySize() {
        var object = object(
                "{\"whole\": 2.0, \"most\": 9223372036854775807, \"more\": 9223372036854775808, \"huge\": 1e400}");
        assertThat(reading.integer(object, Pointer.ROOT, "whole")).isEqualTo(2);
        assertThat(reading.integer(object, Pointer.ROOT, "most")).isEqualTo(Long.MAX_VALUE);
        assertThat(reading.number(object, Pointer.ROOT, "huge")).isInfinite();
        assertThat(reading.mistakes()).isEmpty();
        assertThat(reading.integer(object, Pointer.ROOT, "more")).isNull();
        assertThat(reading.mistakes()).hasSize(1);
    }

    @Test
    void ofMistakesWithoutEndTheFirstHundredAreNamed() {
        for (int i = 1; i <= 100; i++) {
            reading.mistake(Pointer.ROOT.at(i), "is wrong");
        }
        assertThat(reading.mistakes()).hasSize(100).endsWith(new FieldError("/100", "is wrong"));

        var object = Json.object();
        for (int i = 0; i < 1_000; i++) {
            object.put("f" + i, 0);
        }
        reading.known(object, Pointer.ROOT, List.of());

        assertThat(reading.mistakes())
                .hasSize(101)
                .endsWith(
                        new FieldError("/100", "is wrong"),
                        new FieldError("", "there are more; only the first 100 mistakes are named"));
    }

    @Test
    void longMistakesAreNamedAsFarAsTheyFit() {
        var at = Pointer.ROOT.field("k".repeat(60_000));
        for (int i = 0; i < 10; i++) {
            reading.mistake(at.at(i), "is wrong");
        }

        assertThat(reading.mistakes())
                .extracting(FieldError::detail)
                .containsExactly("is wrong", "is wrong", "there are more; only the first 2 mistakes are named");
    }

    private static ObjectNode object(String json) {
        return (ObjectNode) Json.parse(json);
    }
}
