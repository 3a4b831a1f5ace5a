package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.kit.problem.ProblemException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link HttpServerTest} does not say of it. */
class HostGuardTest {
    @Test
    void namesThatItWasToldAreServedWithAnyPort() {
        var guard = new HostGuard(true, List.of("Models.Example", "[fe80::1]"));

        assertThatCode(() -> guard.check("models.example:443")).doesNotThrowAnyException();
        assertThatCode(() -> guard.check("MODELS.EXAMPLE")).doesNotThrowAnyException();
        assertThatCode(() -> guard.check("[fe80::1]:16000")).doesNotThrowAnyException();
        assertThatCode(() -> guard.check("localhost")).doesNotThrowAnyException();
        assertThatThrownBy(() -> guard.check("other.example")).isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> guard.check("[fe80::2]:16000")).isInstanceOf(ProblemException.class);
    }

    @Test
    void onAPublicAddressItLetsEveryNameThrough() {
        assertThatCode(() -> new HostGuard(false, List.of()).check("anything.example"))
                .doesNotThrowAnyException();
    }
}
