package com.aistrale.server.webhooks.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private static final String HOW =
            "; `echo whsec_$(openssl rand -base64 32)` makes a good one, and so does the server"
                    + " when none is given.";

    @Test
    void madeSecretsAreRandomAndReadBack() throws SecretRefused {
        var random = new SecureRandom();
        var seen = new HashSet<String>();
        for (int i = 0; i < 100; i++) {
            var secret = Secrets.make(random);
            assertThat(secret.reveal()).matches("whsec_[A-Za-z0-9+/]{43}=");
            assertThat(Secrets.bytes(secret)).hasSize(32);
            assertThat(Secrets.parse(secret.reveal()).reveal()).isEqualTo(secret.reveal());
            seen.add(secret.reveal());
        }
        assertThat(seen).hasSize(100);
        assertThat(Secrets.make(random)).asString().isEqualTo("•••");
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 25, 26, 32, 63, 64})
    void twentyFourToSixtyFourBytesAreTaken(int length) throws SecretRefused {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0xfb); // spells + and /
        var text = "whsec_" + Base64.getEncoder().encodeToString(bytes);

        assertThat(Secrets.bytes(Secrets.parse(text))).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 23, 65, 100})
    void fewerAndMoreAreNot(int length) {
        var text = "whsec_" + Base64.getEncoder().encodeToString(new byte[length]);

        assertThatThrownBy(() -> Secrets.parse(text))
                .isInstanceOf(SecretRefused.class)
                .hasMessage("A webhook secret has 24 to 64 bytes in base64, this one " + length + HOW);
    }

    @ParameterizedTest
    @CsvSource({
        // without the prefix, or with another one
        "'', begins",
        "SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR, begins",
        "WHSEC_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR, begins",
        "whsk_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR, begins",
        "' whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR', begins",
        // not base64, or the one for URLs
        "whsec_SR3ChlNqDPFvBKNGDg_gSC-WSCGpRUXR, not",
        "whsec_my very secret passphrase, not",
        "'whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR ', not",
        "whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXRß, not",
        // padding left out, bits behind the end
        "whsec_7If3xSL5l2kAIgw7G/63s5zKJX7O2kDo2w, padding",
        "whsec_7If3xSL5l2kAIgw7G/63s5zKJX7O2kDo2x==, padding"
    })
    void whatIsWrongIsSaid(String text, String what) {
        var expected = switch (what) {
            case "begins" -> "A webhook secret begins with `whsec_`";
            case "not" -> "Behind `whsec_` a webhook secret is base64 (A-Z, a-z, 0-9, + and /), which this is not";
            default -> "The base64 of this webhook secret is cut off or lacks its padding (`=` at its end)";
        };
        assertThatThrownBy(() -> Secrets.parse(text))
                .isInstanceOf(SecretRefused.class)
                .hasMessage(expected + HOW);
    }
}
