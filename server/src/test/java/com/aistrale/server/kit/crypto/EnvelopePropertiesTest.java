package com.aistrale.server.kit.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.crypto.Envelope.CannotOpen;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class EnvelopePropertiesTest {
    private final Envelope envelope = new Envelope(List.of(new byte[32]), new SecureRandom());

    @Property(tries = 300)
    void whatIsSealedOpensAgain(@ForAll("text") String secret, @ForAll("text") String owner) throws CannotOpen {
        var sealed = envelope.seal(new Secret(secret), owner);

        assertThat(sealed).hasSize(1 + 4 + 12 + 48 + 12 + 16 + secret.getBytes(StandardCharsets.UTF_8).length);
        assertThat(envelope.open(sealed, owner).reveal()).isEqualTo(secret);
    }

    @Provide
    Arbitrary<String> text() {
        return Arbitraries.strings()
                .ofMinLength(1)
                .ofMaxLength(200)
                .filter(text -> StandardCharsets.UTF_8.newEncoder().canEncode(text));
    }
}
