package com.aistrale.server.webhooks.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.kit.crypto.Secret;
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Signatures as all official libraries of Standard Webhooks make and check them. */
class SignatureVectorsTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("aistrale.repository", ".."), "contract", "vectors", "webhook-signatures.json");
    private static final JsonNode ALL = JsonMapper.shared().readTree(VECTORS.toFile());

    @TestFactory
    Stream<DynamicTest> sign() {
        var cases = ALL.path("sign");
        assertThat(cases.size()).isEqualTo(45);
        return cases.valueStream()
                .map(vector -> DynamicTest.dynamicTest(
                        vector.path("name").asString(),
                        () -> assertThat(signed(
                                        vector,
                                        List.of(vector.path("secret").asString()),
                                        Base64.getDecoder()
                                                .decode(vector.path("payload_b64")
                                                        .asString())))
                                .isEqualTo(vector.path("expected").asString())));
    }

    @TestFactory
    Stream<DynamicTest> rotation() {
        var cases = ALL.path("rotation");
        assertThat(cases.size()).isEqualTo(3);
        return cases.valueStream()
                .map(vector -> DynamicTest.dynamicTest(vector.path("name").asString(), () -> {
                    var secrets = new ArrayList<String>();
                    vector.path("secrets").forEach(secret -> secrets.add(secret.asString()));
                    var body = vector.path("payload").asString().getBytes(StandardCharsets.UTF_8);
                    assertThat(signed(vector, secrets, body))
                            .isEqualTo(vector.path("expected_header").asString());
                }));
    }

    private static String signed(JsonNode vector, List<String> secrets, byte[] body) {
        var keys = secrets.stream().map(Secret::new).map(Secrets::bytes).toList();
        return Signature.of(
                keys,
                vector.path("id").asString(),
                Instant.ofEpochSecond(vector.path("timestamp").longValue()),
                body);
    }

    /** Whatever the fraction of the second, the header and the signature say the same one. */
    @Test
    void timesAreWholeSeconds() {
        var keys = List.of(new byte[24]);
        var body = "{}".getBytes(StandardCharsets.UTF_8);
        var at = Instant.ofEpochSecond(1_795_446_000);

        assertThat(Signature.of(keys, "evt_1", at.plusMillis(999), body))
                .isEqualTo(Signature.of(keys, "evt_1", at, body))
                .isNotEqualTo(Signature.of(keys, "evt_1", at.plusSeconds(1), body));
    }

    @Test
    void noKeyIsAMistakeOfOurs() {
        assertThatThrownBy(() -> Signature.of(List.of(), "evt_1", Instant.EPOCH, new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** The official library takes what we sign with either secret of a rotation, and nothing that was changed. */
    @Test
    void theOfficialLibraryAccepts() throws Exception {
        var random = new SecureRandom();
        var old = Secrets.make(random);
        var current = Secrets.make(random);
        var now = Instant.now();
        var body = "{\"type\":\"inference.completed\",\"data\":{\"text\":\"größer 🦆\"}}";
        var signature = Signature.of(
                List.of(Secrets.bytes(current), Secrets.bytes(old)),
                "evt_1",
                now,
                body.getBytes(StandardCharsets.UTF_8));
        var headers = Map.of(
                "webhook-id", List.of("evt_1"),
                "webhook-timestamp", List.of(Long.toString(now.getEpochSecond())),
                "webhook-signature", List.of(signature));

        for (var secret : List.of(old, current)) {
            var receiver = new Webhook(secret.reveal());
            assertThatCode(() -> receiver.verify(body, new java.util.HashMap<>(headers)))
                    .doesNotThrowAnyException();
            assertThatThrownBy(() -> receiver.verify(body + " ", new java.util.HashMap<>(headers)))
                    .isInstanceOf(WebhookVerificationException.class);
            assertThat(signature.split(" ")).contains(receiver.sign("evt_1", now.getEpochSecond(), body));
        }
        assertThatThrownBy(
                        () -> new Webhook(Secrets.make(random).reveal()).verify(body, new java.util.HashMap<>(headers)))
                .isInstanceOf(WebhookVerificationException.class);
    }
}
