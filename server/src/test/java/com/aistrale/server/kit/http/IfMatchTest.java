package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IfMatchTest {
    @ParameterizedTest
    @ValueSource(strings = {"\"3\"", " \"3\" ", "\"1\", \"3\"", "\"1\",\"3\",", "W/\"3\", \"3\"", "*", " * "})
    void meantForThis(String header) {
        assertThatCode(() -> IfMatch.read(header).check(3, "The thing")).doesNotThrowAnyException();
    }

    @Test
    void withoutTheHeaderForAny() {
        assertThat(IfMatch.read(null)).isSameAs(IfMatch.ANY);
    }

    /** Weak tags never match (RFC 9110, 13.1.1). */
    @ParameterizedTest
    @ValueSource(strings = {"\"2\"", "\"\"", "\"03\"", "\"1\", \"2\"", "W/\"3\"", "\"*\"", "\"a,b\""})
    void meantForAnother(String header) {
        var refused = catchThrowableOfType(
                ProblemException.class, () -> IfMatch.read(header).check(3, "The thing"));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.PRECONDITION_FAILED);
        assertThat(refused.problem().detail())
                .isEqualTo("The thing has changed meanwhile: its revision is now 3."
                        + " Read it again, then send the change with If-Match: \"3\".");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3", "\"3", "3\"", "\"3\" \"4\"", "*, \"3\"", "w/\"3\"", "\"a b\"", ","})
    void noTagAtAll(String header) {
        var refused = catchThrowableOfType(ProblemException.class, () -> IfMatch.read(header));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.INVALID_REQUEST);
        assertThat(refused.problem().detail()).contains("`" + header + "`").contains("with its quotes");
    }
}
