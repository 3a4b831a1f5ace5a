package com.aistrale.server.prompts.dotprompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.aistrale.server.inference.NativeShape;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.prompts.VersionReader;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are made to cost more than they are long. The time given is many times what each needs. */
class DotpromptBoundsTest {
    private static final Duration PLENTY = Duration.ofSeconds(10);
    private static final DotpromptReader READER = new DotpromptReader(new VersionReader(new NativeShape()));

    private static List<String> mistakes(String file) {
        var problem = assertTimeoutPreemptively(
                        PLENTY, () -> catchThrowableOfType(ProblemException.class, () -> READER.read("greeting", file)))
                .problem();
        assertThat(problem.code()).isEqualTo(ProblemCode.INVALID_REQUEST);
        return problem.errors().stream()
                .map(error -> error.pointer() + ": " + error.detail())
                .toList();
    }

    @Test
    void longKeysAboveManyValuesTakeNoMoreRoomThanTheFile() {
        var key = "k".repeat(1_000);
        var file = "---\naistrale.settings:\n  " + (key + ": {").repeat(45) + key + ": [" + "0,".repeat(300_000) + "0]"
                + "}".repeat(45) + "\n---\nx";

        assertThat(mistakes(file))
                .containsExactly("/aistrale.settings/" + key + ": unknown field `" + key + "` (line 3)");
    }

    @Test
    void aTextOfCommentsIsReadInOneGo() {
        assertThat(mistakes("{{!--}}".repeat(140_000))).containsExactly(": the file has no prompt in it");
    }

    @Test
    void commentsThatDoNotEndAreReadInOneGo() {
        assertThat(mistakes("{{!--x}}".repeat(120_000)))
                .hasSize(50)
                .allSatisfy(mistake -> assertThat(mistake).contains("a comment that does not end"));
    }

    @Test
    void textsBetweenCommentsArePutTogetherInOneGo() {
        var file = "ююююю{{!}}".repeat(99_000);
        assertTimeoutPreemptively(PLENTY, () -> {
            for (int i = 0; i < 10; i++) {
                assertThat(catchThrowableOfType(ProblemException.class, () -> READER.read("greeting", file)))
                        .hasMessageContaining("has 495000 characters of text; the most is 200000");
            }
        });
    }

    @Test
    void aSchemaOfMoreVariablesThanThereMayBeIsRefusedAsOne() {
        var fields = IntStream.range(100_000, 220_000)
                .mapToObj(i -> "k" + i + ": string")
                .collect(Collectors.joining(","));

        assertThat(mistakes("---\ninput: {schema: {" + fields + "}}\n---\nx"))
                .containsExactly("/input/schema: has 120000 variables; the most is 100 (line 2)");
    }

    @Test
    void whatIsLongerThanAnyVersionIsNotRead() {
        assertThat(mistakes("x".repeat(1_000_001)))
                .containsExactly(": the template has 1000001 characters; the most is 1000000");
        assertThat(mistakes("---\naistrale.note: " + "x".repeat(2_000_000) + "\n---\nx"))
                .containsExactly(": the front matter has 2000015 characters; the most is 2000000");
        assertThat(mistakes("#" + "x".repeat(4_000_000)))
                .containsExactly(": the file has 4000001 characters; the most is 4000000");
    }

    @Test
    void ofMistakesWithoutEndTheFirstAreNamed() {
        var fields =
                IntStream.range(0, 100_000).mapToObj(i -> "f" + i + ": 0\n").collect(Collectors.joining());

        var mistakes = mistakes("---\n" + fields + "---\nx");

        assertThat(mistakes).hasSize(101).startsWith("/f0: `f0` is not taken (line 2)");
        assertThat(mistakes.getLast()).isEqualTo(": there are more; only the first 100 mistakes are named");
    }

    @Test
    void aLongPlaceIsNotSaidAHundredTimes() {
        var fields = IntStream.range(0, 1_000).mapToObj(i -> "f" + i + ": x").collect(Collectors.joining(","));
        var file = "---\ninput:\n  schema:\n    ? " + "k".repeat(500_000) + "\n    : {" + fields + "}\n---\nx";

        assertThat(mistakes(file).stream().mapToInt(String::length).sum()).isLessThan(5_000_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name: {a: 1}",
                "name: [greeting]",
                "output: {format: {a: b}}",
                "output: {format: [json]}",
                "input: {schema: {type: object, properties: {a: {type: string}}, required: [[1]]}}",
                "input: {schema: {type: object, properties: {a: {type: string}}, required: a}}",
                "input: {schema: {type: object, properties: {a: {type: [string, [x]]}}}}"
            })
    void whatIsNoWordWhereOneMustBeIsAMistake(String front) {
        assertThat(mistakes("---\n" + front + "\n---\nx")).hasSize(1).allMatch(mistake -> mistake.endsWith("(line 2)"));
    }
}
