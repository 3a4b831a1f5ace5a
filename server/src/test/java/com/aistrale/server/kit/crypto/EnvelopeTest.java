package com.aistrale.server.kit.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.kit.crypto.Envelope.CannotOpen;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnvelopeTest {
    private static final String OWNER = "ws_1\nopenai\ntok_1";
    private static final Secret SECRET = new Secret("sk-a-secret-of-somebody");

    private final byte[] old = key(1);
    private final byte[] current = key(2);
    private final Envelope envelope = envelope(current);

    @Test
    void opensWhatItSealed() throws CannotOpen {
        assertThat(envelope.open(envelope.seal(SECRET, OWNER), OWNER).reveal()).isEqualTo(SECRET.reveal());
    }

    @Test
    void sealsTheSameSecretDifferentlyEachTime() {
        assertThat(envelope.seal(SECRET, OWNER)).isNotEqualTo(envelope.seal(SECRET, OWNER));
    }

    @Test
    void theSealedFormHoldsNothingOfTheSecret() {
        var sealed = new String(envelope.seal(SECRET, OWNER), StandardCharsets.ISO_8859_1);

        assertThat(sealed).doesNotContain("sk-").doesNotContain("secret").doesNotContain("ws_1");
    }

    @Test
    void doesNotOpenForAnotherOwner() {
        var sealed = envelope.seal(SECRET, OWNER);

        assertThatThrownBy(() -> envelope.open(sealed, "ws_1\nopenai\ntok_2"))
                .isInstanceOf(CannotOpen.class)
                .hasMessage("it was changed, or belongs elsewhere");
    }

    @Test
    void doesNotOpenWithAnotherMasterKey() {
        var sealed = envelope(old).seal(SECRET, OWNER);

        assertThatThrownBy(() -> envelope.open(sealed, OWNER))
                .isInstanceOf(CannotOpen.class)
                .hasMessage("it was sealed with another master key");
    }

    @Test
    void everyBitCounts() {
        var sealed = envelope.seal(SECRET, OWNER);
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            var changed = sealed.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> envelope.open(changed, OWNER))
                    .as("bit %d", bit)
                    .isInstanceOf(CannotOpen.class);
        }
    }

    @Test
    void noBeginningOpens() {
        var sealed = envelope.seal(SECRET, OWNER);
        for (int length = 0; length < sealed.length; length++) {
            var cut = Arrays.copyOf(sealed, length);
            assertThatThrownBy(() -> envelope.open(cut, OWNER)).isInstanceOf(CannotOpen.class);
        }
    }

    @Test
    void afterRotationOpensTheOldAndSealsWithTheNew() throws CannotOpen {
        var sealedBefore = envelope(old).seal(SECRET, OWNER);
        var rotated = envelope(current, old);

        assertThat(rotated.open(sealedBefore, OWNER).reveal()).isEqualTo(SECRET.reveal());
        var sealedAfter = rotated.seal(SECRET, OWNER);
        assertThat(envelope(current).open(sealedAfter, OWNER).reveal()).isEqualTo(SECRET.reveal());
        assertThatThrownBy(() -> envelope(old).open(sealedAfter, OWNER)).isInstanceOf(CannotOpen.class);
    }

    @Test
    void refusesAMasterKeyOfAnotherLengthWithoutShowingIt() {
        assertThatThrownBy(() -> envelope("0123456789abcdef".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a master key has 16 bytes, not 32");
    }

    @Test
    void aSecretPrintsDots() {
        assertThat(SECRET).hasToString("•••");
        assertThat("token: " + SECRET).isEqualTo("token: •••");
        assertThat(String.format("%s", List.of(SECRET))).isEqualTo("[•••]");
    }

    private static Envelope envelope(byte[]... masterKeys) {
        return new Envelope(List.of(masterKeys), new SecureRandom());
    }

    private static byte[] key(int fill) {
        var key = new byte[32];
        Arrays.fill(key, (byte) fill);
        return key;
    }
}
