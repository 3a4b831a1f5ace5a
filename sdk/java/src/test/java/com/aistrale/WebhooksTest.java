package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WebhooksTest {
    private static final String WEBHOOK = """
            {"id":"wh_1","name":"alerts","url":"https://hooks.example.com/a","events":["inference.failed","of.the.future"],\
            "filter":{"metadata":{"team":"search"}},"include_content":true,"headers":[{"name":"authorization"}],"enabled":false,\
            "disabled_reason":"of_the_future","failing_since":"2026-11-20T08:30:00Z",\
            "previous_secret_expires_at":"2026-11-21T08:30:00Z","created_at":"2026-11-19T09:00:00Z",\
            "updated_at":"2026-11-20T09:00:00Z","extra":1}""";
    private static final String BARE = """
            {"id":"wh_2","name":null,"url":"https://hooks.example.com/…","events":["*"],"filter":null,"include_content":false,\
            "headers":[],"enabled":true,"disabled_reason":null,"failing_since":null,"previous_secret_expires_at":null,\
            "created_at":"2026-11-19T09:00:00Z","updated_at":"2026-11-20T09:00:00Z"}""";
    private static final String NEW = WEBHOOK.replace(",\"extra\":1}", ",\"secret\":\"whsec_abc\"}");
    private static final String DELIVERY = """
            {"id":"dlv_1","webhook_id":"wh_1","event_id":"evt_1","event_type":"prompt.updated","status":"of_the_future",\
            "attempt_count":2,"next_attempt_at":"2026-11-25T08:30:05.618Z","response_code":503,"error":"http_status",\
            "created_at":"2026-11-25T08:30:00.415Z","delivered_at":null}""";
    private static final String WHOLE = DELIVERY.replace("\"delivered_at\":null}", """
            "delivered_at":"2026-11-25T08:31:00Z","attempts":[{"number":1,"started_at":"2026-11-25T08:30:00.418Z","latency_ms":37,\
            "response_code":null,"error":"of_the_future","response_body":null},{"number":3,\
            "started_at":"2026-11-25T08:31:00Z","latency_ms":12,"response_code":204,"error":null,"response_body":"Grüße"}],\
            "payload":{"id":"evt_1","type":"prompt.updated","timestamp":"2026-11-25T08:30:00.412Z","workspace_id":"ws_1",\
            "data":{"name":"greeting","version":3,"labels":[],"change":"deleted","updated_by":"key_1"}}}""");
    private final FakeServer server = new FakeServer();
    private final Webhooks webhooks = Clients.of(server, new FakeClocks()).webhooks();

    @AfterEach
    void stop() {
        server.close();
    }

    private String asked() {
        var last = server.received.get(server.received.size() - 1);
        return last.method() + " " + last.target() + " " + last.body();
    }

    @Test
    void aWebhookIsMadeAndItsSecretIsShownOnceAndPrintedNever() {
        server.json(201, NEW);
        var made = webhooks.create(WebhookSettings.none()
                .url("https://hooks.example.com/a")
                .events("inference.failed", "prompt.updated")
                .name("alerts")
                .filter(Map.of("team", "search"))
                .includeContent(true)
                .headers(Map.of("authorization", "Bearer x"))
                .secret("whsec_abc")
                .enabled(false));
        assertThat(asked())
                .isEqualTo(
                        "POST /api/v1/webhooks {\"url\":\"https://hooks.example.com/a\",\"events\":[\"inference.failed\","
                                + "\"prompt.updated\"],\"name\":\"alerts\",\"filter\":{\"metadata\":{\"team\":\"search\"}},"
                                + "\"include_content\":true,\"headers\":{\"authorization\":\"Bearer x\"},\"secret\":\"whsec_abc\","
                                + "\"enabled\":false}");
        assertThat(made.secret()).isEqualTo("whsec_abc");
        assertThat(made.toString()).doesNotContain("whsec");
        assertThat(made.webhook().toJson()).doesNotContain("whsec");
    }

    @Test
    void webhooksAreListedReadChangedAndDeleted() {
        server.json(200, "{\"data\":[" + WEBHOOK + "],\"next_cursor\":\"c\"}")
                .json(200, "{\"data\":[" + BARE + "],\"next_cursor\":null}")
                .json(200, WEBHOOK)
                .json(200, BARE)
                .noContent();
        assertThat(webhooks.list()).extracting(Webhook::id).containsExactly("wh_1", "wh_2");
        assertThat(asked()).isEqualTo("GET /api/v1/webhooks?cursor=c ");
        var one = webhooks.get("wh_1");
        assertThat(asked()).isEqualTo("GET /api/v1/webhooks/wh_1 ");
        assertThat(one.events()).containsExactly("inference.failed", "of.the.future");
        assertThat(one.filter()).isEqualTo(new Webhook.Filter(Map.of("team", "search")));
        assertThat(one.headers()).containsExactly(new Webhook.Header("authorization"));
        assertThat(one.includeContent()).isTrue();
        assertThat(one.enabled()).isFalse();
        assertThat(one.disabledReason()).isEqualTo("of_the_future");
        assertThat(one.failingSince()).isEqualTo("2026-11-20T08:30:00Z");
        assertThat(one.previousSecretExpiresAt()).isEqualTo("2026-11-21T08:30:00Z");
        assertThat(one.toJson()).isEqualTo(WEBHOOK);
        var bare = webhooks.update(
                "wh_2",
                WebhookSettings.none().noName().noFilter().headers(Map.of()).enabled(true));
        assertThat(asked())
                .isEqualTo(
                        "POST /api/v1/webhooks/wh_2 {\"name\":null,\"filter\":null,\"headers\":{},\"enabled\":true}");
        assertThat(bare.name()).isNull();
        assertThat(bare.filter()).isNull();
        assertThat(bare.disabledReason()).isNull();
        webhooks.delete("wh_2");
        assertThat(asked()).isEqualTo("DELETE /api/v1/webhooks/wh_2 ");
    }

    @Test
    void aSecretIsReplaced() {
        server.json(200, NEW).json(200, NEW);
        assertThat(webhooks.rotateSecret("wh_1").secret()).isEqualTo("whsec_abc");
        assertThat(asked()).isEqualTo("POST /api/v1/webhooks/wh_1/rotate-secret {}");
        webhooks.rotateSecret("wh_1", "whsec_abc");
        assertThat(asked()).isEqualTo("POST /api/v1/webhooks/wh_1/rotate-secret {\"secret\":\"whsec_abc\"}");
    }

    /** The first rotation would take the secret away that still signs, so a second one is nobody's to make by itself. */
    @Test
    void aRotationOfWhichNobodyKnowsWhatCameIsNotTriedAgain() {
        server.problem(500, "internal");
        assertThat(catchThrowableOfType(InternalServerException.class, () -> webhooks.rotateSecret("wh_1")))
                .isNotNull();
        assertThat(server.received).hasSize(1);
    }

    @Test
    void aWebhookIsTriedOut() {
        server.json(200, WHOLE).json(200, WHOLE);
        var came = webhooks.test("wh_1");
        assertThat(asked()).isEqualTo("POST /api/v1/webhooks/wh_1/test {}");
        assertThat(came.attempts()).hasSize(2);
        webhooks.test("wh_1", "inference.failed");
        assertThat(asked()).isEqualTo("POST /api/v1/webhooks/wh_1/test {\"event_type\":\"inference.failed\"}");
    }

    @Test
    void whatFailedIsSentAgain() {
        server.json(202, "{\"recovered\":12}").json(202, DELIVERY).problem(409, "conflict");
        assertThat(webhooks.recover("wh_1", Instant.parse("2026-11-25T08:00:00Z")))
                .isEqualTo(12);
        assertThat(asked()).isEqualTo("POST /api/v1/webhooks/wh_1/recover {\"since\":\"2026-11-25T08:00:00Z\"}");
        assertThat(webhooks.deliveries().retry("dlv_1").status()).isEqualTo("of_the_future");
        assertThat(asked()).isEqualTo("POST /api/v1/webhook-deliveries/dlv_1/retry ");
        assertThat(catchThrowableOfType(
                        ConflictException.class, () -> webhooks.deliveries().retry("dlv_1")))
                .isNotNull();
        assertThat(server.received).hasSize(3);
    }

    @Test
    void deliveriesAreListedAndReadWithTheirAttempts() {
        server.json(200, "{\"data\":[" + DELIVERY + "],\"next_cursor\":\"c\"}")
                .json(200, "{\"data\":[],\"next_cursor\":null}")
                .json(200, WHOLE);
        var query = WebhookDeliveryQuery.builder()
                .status("failed")
                .eventType("prompt.updated")
                .last("1h")
                .since(Instant.EPOCH)
                .until(Instant.EPOCH)
                .pageSize(1)
                .build();
        var listed = webhooks.deliveries().list("wh_1", query).toList();
        assertThat(asked())
                .isEqualTo(
                        "GET /api/v1/webhooks/wh_1/deliveries?event_type=prompt.updated&last=1h&limit=1&since=1970-01-01T00%3A00%3A00Z"
                                + "&status=failed&until=1970-01-01T00%3A00%3A00Z&cursor=c ");
        assertThat(listed).hasSize(1);
        assertThat(listed.get(0).nextAttemptAt()).isEqualTo("2026-11-25T08:30:05.618Z");
        assertThat(listed.get(0).attempts()).isEmpty();
        assertThat(listed.get(0).payload()).isNull();
        var one = webhooks.deliveries().get("dlv_1");
        assertThat(asked()).isEqualTo("GET /api/v1/webhook-deliveries/dlv_1 ");
        assertThat(one.attempts())
                .containsExactly(
                        new WebhookAttempt(
                                1, Instant.parse("2026-11-25T08:30:00.418Z"), 37, null, "of_the_future", null),
                        new WebhookAttempt(3, Instant.parse("2026-11-25T08:31:00Z"), 12, 204L, null, "Grüße"));
        assertThat(one.deliveredAt()).isEqualTo("2026-11-25T08:31:00Z");
        assertThat(Objects.requireNonNull(one.payload()).data())
                .isEqualTo(new EventData.PromptUpdated("greeting", 3, List.of(), "deleted", "key_1"));
        assertThat(one.toJson()).isEqualTo(WHOLE);
    }
}
