package com.aistrale;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code contract/vectors/webhook-signatures.json}, and the official library: what we sign is signed, what we refuse is not. */
class WebhookSignatureTest {
    private static final Path VECTORS = Path.of(
            System.getProperty("aistrale.repository", "../.."), "contract", "vectors", "webhook-signatures.json");
    private static final String SECRET = "whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR";
    private static final String OTHER = "whsec_" + Base64.getEncoder().encodeToString(new byte[24]);
    private static final byte[] BODY = "{\"type\":\"größe 🙂\"}".getBytes(UTF_8);
    private static final String EVENT = """
            {"id":"evt_1","type":"prompt.updated","timestamp":"2026-11-25T08:30:00.412Z","workspace_id":"ws_1","test":true,\
            "data":{"name":"größe 🙂","version":3,"labels":["production"],"change":"of_the_future","updated_by":"key_1","more":1},\
            "later":[1.10]}""";

    private static Fields vectors() throws Exception {
        return new Fields("vectors", Json.parseObject(Files.readString(VECTORS)));
    }

    private static byte[] payload(Fields vector) {
        return Base64.getDecoder().decode(vector.text("payload_b64"));
    }

    private static Instant now(Fields vectors) {
        return Instant.ofEpochSecond(vectors.integer("verify_at"));
    }

    @TestFactory
    Stream<DynamicTest> signatures() throws Exception {
        var cases = vectors().list("sign", vector -> vector);
        assertThat(cases).hasSizeGreaterThanOrEqualTo(45);
        return cases.stream()
                .map(vector -> DynamicTest.dynamicTest(vector.text("name"), () -> {
                    var time = Instant.ofEpochSecond(vector.integer("timestamp"));
                    var headers = Webhooks.sign(payload(vector), vector.text("id"), time, vector.text("secret"));
                    assertThat(headers)
                            .containsExactly(
                                    Map.entry("webhook-id", vector.text("id")),
                                    Map.entry("webhook-timestamp", Long.toString(vector.integer("timestamp"))),
                                    Map.entry("webhook-signature", vector.text("expected")));
                    assertThatCode(() -> verify(payload(vector), headers, time, vector.text("secret")))
                            .doesNotThrowAnyException();
                }));
    }

    @TestFactory
    Stream<DynamicTest> verdicts() throws Exception {
        var vectors = vectors();
        var cases = Stream.concat(
                        vectors.list("verify", vector -> vector).stream(),
                        vectors.list("divergent", vector -> vector).stream())
                .toList();
        assertThat(cases).hasSizeGreaterThanOrEqualTo(78);
        return cases.stream()
                .map(vector -> DynamicTest.dynamicTest(vector.text("name"), () -> {
                    var headers = WebhookSignature.headers(vector.texts("headers"));
                    var refused = refusal(payload(vector), headers, now(vectors), vector.text("secret"));
                    assertThat(refused == null ? "accept" : "reject").isEqualTo(vector.text("expect"));
                    if (refused != null && vector.text("secret").length() > 6) {
                        assertThat(refused)
                                .hasMessageNotContaining(vector.text("secret").substring(6));
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> rotations() throws Exception {
        return vectors().list("rotation", vector -> vector).stream()
                .map(vector -> DynamicTest.dynamicTest(vector.text("name"), () -> {
                    var secrets = Objects.requireNonNull(vector.optionalTexts("secrets"));
                    var body = vector.text("payload").getBytes(UTF_8);
                    var time = Instant.ofEpochSecond(vector.integer("timestamp"));
                    var headers = Webhooks.sign(body, vector.text("id"), time, secrets.toArray(String[]::new));
                    assertThat(headers).containsEntry("webhook-signature", vector.text("expected_header"));
                    for (var secret : secrets) {
                        verify(body, headers, time, secret);
                        verify(body, headers, time, OTHER, secret);
                    }
                    assertThat(refusal(body, headers, time, OTHER)).isNotNull();
                }));
    }

    private static void verify(byte[] body, Map<String, String> headers, Instant now, String... secrets) {
        WebhookSignature.verify(body, headers, List.of(secrets), now);
    }

    private static @Nullable WebhookVerificationException refusal(
            byte[] body, Map<String, String> headers, Instant now, String... secrets) {
        return catchThrowableOfType(WebhookVerificationException.class, () -> verify(body, headers, now, secrets));
    }

    @Test
    void theOfficialLibraryVerifiesWhatWeSign() throws Exception {
        var headers = Webhooks.sign(BODY, OTHER, SECRET);
        var several = headers.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, header -> List.of(header.getValue())));
        new Webhook(SECRET).verify(new String(BODY, UTF_8), several);
        new Webhook(OTHER).verify(new String(BODY, UTF_8), several);
        assertThatThrownBy(() -> new Webhook(SECRET).verify("{}", several))
                .isInstanceOf(com.standardwebhooks.exceptions.WebhookVerificationException.class);
    }

    @Test
    void weVerifyWhatTheOfficialLibrarySigns() throws Exception {
        var now = Instant.now().getEpochSecond();
        var headers = Map.of(
                "Webhook-Id", List.of("msg_1"),
                "Webhook-Timestamp", List.of(Long.toString(now)),
                "Webhook-Signature", List.of(new Webhook(SECRET).sign("msg_1", now, new String(BODY, UTF_8))));
        Webhooks.verify(BODY, headers, SECRET);
        assertThatThrownBy(() -> Webhooks.verify(new byte[0], headers, SECRET))
                .isInstanceOf(WebhookVerificationException.class);
    }

    @Property(tries = 200)
    void whatIsSignedIsVerifiedAndNothingElse(@ForAll byte[] body, @ForAll byte[] other) {
        var headers = Webhooks.sign(body, SECRET);
        Webhooks.verify(body, headers, SECRET);
        assertThat(catchThrowableOfType(
                                WebhookVerificationException.class, () -> Webhooks.verify(other, headers, SECRET))
                        == null)
                .isEqualTo(Arrays.equals(body, other));
    }

    @Property(tries = 200)
    void noHeaderIsTooStrangeToBeRefused(@ForAll String id, @ForAll String timestamp, @ForAll String signature) {
        var headers = Map.of("webhook-id", id, "webhook-timestamp", timestamp, "webhook-signature", signature);
        assertThatThrownBy(() -> Webhooks.verify(BODY, headers, SECRET))
                .isInstanceOf(WebhookVerificationException.class);
    }

    @Test
    void headersAreTakenAsEverybodyHasThem() {
        var signed = Webhooks.sign(BODY, SECRET);
        Webhooks.verify(BODY, signed::get, SECRET);
        var http = java.net.http.HttpHeaders.of(
                signed.entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getKey, header -> List.of(header.getValue()))),
                (name, value) -> true);
        Webhooks.verify(BODY, http.map(), SECRET);
        var twice = http.map().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        header -> List.of(
                                header.getValue().get(0), header.getValue().get(0))));
        Webhooks.verify(BODY, twice, SECRET);
        var arrays = signed.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, header -> new String[] {header.getValue()}));
        Webhooks.verify(BODY, arrays, SECRET);
        arrays.put("Webhook-Id", new String[] {"another"});
        assertThatThrownBy(() -> Webhooks.verify(BODY, arrays, SECRET)).hasMessageContaining("webhook-id twice");
        twice.put("WEBHOOK-ID", List.of("another"));
        assertThatThrownBy(() -> Webhooks.verify(BODY, twice, SECRET)).hasMessageContaining("webhook-id twice");
        assertThatThrownBy(() -> Webhooks.verify(BODY, name -> null, SECRET))
                .hasMessageContaining("has no webhook-id header");
    }

    /** The receiver of the README. */
    @Test
    void aReceiverTakesWhatIsSignedAndRefusesWhatIsNot() throws Exception {
        var receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var came = new LinkedBlockingQueue<Event>();
        receiver.createContext("/", exchange -> {
            var status = 204;
            try {
                var body = exchange.getRequestBody().readAllBytes();
                came.add(Webhooks.unwrap(body, exchange.getRequestHeaders(), SECRET));
            } catch (WebhookVerificationException e) {
                status = 400;
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        receiver.start();
        try {
            assertThat(post(receiver, EVENT, SECRET)).isEqualTo(204);
            assertThat(came).extracting(Event::id).containsExactly("evt_1");
            assertThat(post(receiver, EVENT, OTHER)).isEqualTo(400);
            assertThat(came).hasSize(1);
        } finally {
            receiver.stop(0);
        }
    }

    private static int post(HttpServer receiver, String body, String secret) throws Exception {
        var to = URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + "/");
        var request = HttpRequest.newBuilder(to).POST(HttpRequest.BodyPublishers.ofString(body));
        Webhooks.sign(body.getBytes(UTF_8), secret).forEach(request::header);
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void refusalsSayWhatIsWrong() {
        var time = Instant.ofEpochSecond(1795446000);
        var headers = Webhooks.sign(BODY, "evt_1", time, SECRET);
        assertThat(refusal(BODY, headers, time.plusSeconds(301), SECRET)).hasMessageContaining("signed 301 s ago");
        assertThat(refusal(BODY, headers, time.minusSeconds(301), SECRET))
                .hasMessageContaining("signed 301 s in the future");
        assertThat(refusal(BODY, headers, time)).hasMessageContaining("there is no secret");
        assertThat(refusal(BODY, headers, time, OTHER)).hasMessageContaining("byte for byte");
    }

    /** Also where the signature is over what is written so: there is one way to write a time. */
    @ParameterizedTest
    @ValueSource(strings = {"01795446000", "+1795446000", " 1795446000", "1795446000.0", "١٧٩٥٤٤٦٠٠٠"})
    void aTimeThatIsWrittenOtherwiseIsRefused(String timestamp) {
        var signature = WebhookSignature.of(List.of(SECRET), "evt_1", timestamp, BODY);
        var headers = Map.of("webhook-id", "evt_1", "webhook-timestamp", timestamp, "webhook-signature", signature);
        assertThat(refusal(BODY, headers, Instant.ofEpochSecond(1795446000), SECRET))
                .hasMessageContaining("not a time in whole seconds");
    }

    /** A secret that was read from a file has the file's line end; one that is broken is shown to nobody. */
    @ParameterizedTest
    @ValueSource(strings = {"", "whsec_", "whsec_not base64", "whsec_SR3C*", "sk-ant-something-else"})
    void aSecretThatIsNoneIsRefusedAndNotShown(String secret) {
        var headers = Webhooks.sign(BODY, SECRET + "\n");
        Webhooks.verify(BODY, headers, " " + SECRET);
        assertThatThrownBy(() -> Webhooks.verify(BODY, headers, secret))
                .isInstanceOf(WebhookVerificationException.class)
                .hasNoCause()
                .hasMessage(
                        "not a webhook to be trusted: the secret is not whsec_ and base64: pass it as it was shown when the"
                                + " webhook was made");
    }

    @Test
    void anEventIsUnwrapped() {
        var body = EVENT.getBytes(UTF_8);
        var event = Webhooks.unwrap(body, Webhooks.sign(body, SECRET), OTHER, SECRET);
        assertThat(event.data())
                .isEqualTo(new EventData.PromptUpdated("größe 🙂", 3, List.of("production"), "of_the_future", "key_1"));
        assertThat(event.test()).isTrue();
        assertThat(event.toJson()).isEqualTo(EVENT);
        assertThatThrownBy(() -> Webhooks.unwrap(body, Webhooks.sign(body, OTHER), SECRET))
                .isInstanceOf(WebhookVerificationException.class);
    }

    @Test
    void anEventOfALaterTypeIsReadable() {
        var body = EVENT.replace("prompt.updated", "sun.risen").getBytes(UTF_8);
        var headers = Webhooks.sign(body, SECRET);
        var event = Webhooks.unwrap(body, headers::get, SECRET);
        assertThat(event.type()).isEqualTo("sun.risen");
        assertThat(event.data()).isInstanceOf(EventData.Unknown.class);
        assertThat(((EventData.Unknown) event.data()).json())
                .containsEntry("version", 3L)
                .containsEntry("more", 1L);
        assertThat(event.json()).containsKey("later");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "[1]", "{\"id\":1}", "not JSON", "\uFEFF{}"})
    void whatIsSignedAndYetNoEventIsNotTrusted(String text) {
        var body = text.getBytes(UTF_8);
        assertThatThrownBy(() -> Webhooks.unwrap(body, Webhooks.sign(body, SECRET), SECRET))
                .isInstanceOf(WebhookVerificationException.class)
                .hasMessageContaining("the signature is good, and yet this is no event of AISTRALE's");
    }

    @Test
    void bytesThatAreNoUtf8AreNoEvent() {
        var body = EVENT.replace("größe", "gr").getBytes(UTF_16);
        assertThatThrownBy(() -> Webhooks.unwrap(body, Webhooks.sign(body, SECRET), SECRET))
                .isInstanceOf(WebhookVerificationException.class);
    }
}
