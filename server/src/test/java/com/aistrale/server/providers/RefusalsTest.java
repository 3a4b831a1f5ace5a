package com.aistrale.server.providers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.Leftover;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.ProblemException;
import org.junit.jupiter.api.Test;

class RefusalsTest {
    @Test
    void ofFieldsWithoutEndTheFirstAreNamed() {
        var refusals = new Refusals("Nobody's format");
        for (int i = 0; i < 1_000; i++) {
            refusals.extra("f" + i, new Leftover(Json.object()));
        }

        var problem = catchThrowableOfType(ProblemException.class, refusals::throwIfAny)
                .problem();

        assertThat(problem.errors()).hasSize(101);
        assertThat(problem.detail())
                .isEqualTo("/f0: Nobody's format has nothing that means this; leave it out (and 100 more, see errors)");
    }
}
