package com.aistrale.server.kit.problem;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.problem.Problem.FieldError;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProblemTest {
    @Test
    void namesTheFieldAtFaultInItsDetail() {
        var problem = Problem.invalid("/model", "is empty");

        assertThat(problem.detail()).isEqualTo("/model: is empty");
        assertThat(problem.errors()).containsExactly(new FieldError("/model", "is empty"));
    }

    @Test
    void countsFurtherFaults() {
        var problem = Problem.invalid(List.of(
                new FieldError("", "the body is empty"), new FieldError("/a", "wrong"), new FieldError("/b", "wrong")));

        assertThat(problem.detail()).isEqualTo("the body is empty (and 2 more, see errors)");
    }

    @Test
    void anExceptionCarriesCodeDetailAndCause() {
        var cause = new IOException("the inside");
        var exception =
                Problem.of(ProblemCode.NOT_FOUND, "There is no such token.").exception(cause);

        assertThat(exception).hasMessage("not_found: There is no such token.").hasCause(cause);
        assertThat(exception.problem().code().status()).isEqualTo(404);
    }
}
