package com.aistrale.server.webhooks.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.webhooks.delivery.Hook.Arrival;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Webhooks by the front door: what happens arrives, once and signed, or is told why it did not. */
@Timeout(120)
class DeliveryRoutesTest {
    @TempDir
    Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = server();
    }

    private TestServer server() throws Exception {
        return TestServer.in(folder)
                .environment("AISTRALE_WEBHOOKS_ALLOWED_TARGETS", "127.0.0.1")
                .environment("AISTRALE_WEBHOOKS_ALLOW_HTTP", "true")
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private ObjectNode create(Hook hook, String more) throws Exception {
        return server.post("/api/v1/webhooks", "{\"url\":\"" + hook.url() + "\"" + more + "}")
                .expect(201);
    }

    /** Of a webhook that is told all. */
    private String createForAll(Hook hook) throws Exception {
        return create(hook, ",\"events\":[\"*\"]").get("id").stringValue();
    }

    private String run(String more) throws Exception {
        return server.run("{\"prompt\":\"Hello\",\"model\":\"demo\"" + more + "}")
                .expect(200)
                .get("id")
                .stringValue();
    }

    private List<Arrival> arrived(Hook hook, int count) {
        await().atMost(20, TimeUnit.SECONDS)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> hook.arrivals().size() >= count);
        var all = hook.arrivals();
        all.forEach(Arrival::json);
        return all;
    }

    private List<JsonNode> deliveries(String webhookId, String query) throws Exception {
        return List.copyOf(server.get("/api/v1/webhooks/" + webhookId + "/deliveries" + query)
                .expect(200)
                .get("data")
                .values());
    }

    private JsonNode only(String webhookId) throws Exception {
        var all = deliveries(webhookId, "");
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    private static String text(JsonNode json, String field) {
        return json.get(field).stringValue(null);
    }

    /** The one delivery of the webhook, when it is so. */
    private ObjectNode awaitStatus(String webhookId, String status, int attempts) throws Exception {
        await().atMost(20, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(10)).until(() -> {
            var all = deliveries(webhookId, "");
            return all.size() == 1
                    && text(all.getFirst(), "status").equals(status)
                    && all.getFirst().get("attempt_count").intValue() == attempts;
        });
        return show(text(only(webhookId), "id"));
    }

    private ObjectNode show(String deliveryId) throws Exception {
        return server.get("/api/v1/webhook-deliveries/" + deliveryId).expect(200);
    }

    private void sql(String statement) throws Exception {
        try (var database = server.database()) {
            database.execute(statement);
        }
    }

    /** All that waits for another attempt is due. */
    private void passTime() throws Exception {
        sql("UPDATE webhook_delivery SET next_attempt_at = 1 WHERE status = 'pending'");
        // a look at something that rings no bell: who waits looks once a second
    }

    @Test
    void theContractKnowsEveryError() throws Exception {
        var contract = Files.readString(Path.of(System.getProperty("aistrale.repository"), "contract/openapi.yaml"));
        int at = contract.indexOf("    WebhookDeliveryError:");
        var words = contract.substring(contract.indexOf('[', contract.indexOf("x-extensible-enum", at)) + 1);
        assertThat(words.substring(0, words.indexOf(']')).split("[,\\s]+"))
                .containsExactlyInAnyOrder(Stream.concat(
                                Arrays.stream(DeliveryError.values()).map(DeliveryError::wireName), Stream.of("null"))
                        .toArray(String[]::new));
    }

    @Test
    void whatHappensArrivesSignedAndIsNoted() throws Exception {
        try (var hook = Hook.answering(RawServer.response("200 OK", "", "thanks"))) {
            var webhook = create(hook, ",\"events\":[\"inference.completed\"]");
            var id = text(webhook, "id");
            var inference = run(",\"metadata\":{\"team\":\"a\"}");
            var arrival = arrived(hook, 1).getFirst();

            assertThat(arrival.isSignedBy(text(webhook, "secret"))).isTrue();
            assertThat(arrival.header("content-type")).isEqualTo("application/json");
            assertThat(arrival.header("user-agent")).startsWith("aistrale/");
            assertThat(arrival.header("accept-encoding")).isEqualTo("identity");
            assertThat(Instant.ofEpochSecond(Long.parseLong(arrival.header("webhook-timestamp"))))
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
            var body = arrival.json();
            assertThat(text(body, "id")).isEqualTo(arrival.header("webhook-id"));
            assertThat(text(body, "type")).isEqualTo("inference.completed");
            assertThat(body.has("test")).isFalse();
            assertThat(text(body.get("data"), "inference_id")).isEqualTo(inference);
            assertThat(body.get("data").has("content")).isFalse();

            var delivery = awaitStatus(id, "delivered", 1);
            assertThat(text(delivery, "event_id")).isEqualTo(text(body, "id"));
            assertThat(delivery.get("payload")).isEqualTo(body);
            assertThat(delivery.get("response_code").intValue()).isEqualTo(200);
            assertThat(delivery.get("error").isNull()).isTrue();
            assertThat(delivery.get("next_attempt_at").isNull()).isTrue();
            var attempt = delivery.get("attempts").get(0);
            assertThat(attempt.get("number").intValue()).isEqualTo(1);
            assertThat(text(attempt, "response_body")).isEqualTo("thanks");
            assertThat(hook.arrivals()).hasSize(1);

            var viewer = text(
                    server.post("/api/v1/api-keys", "{\"name\":\"v\",\"role\":\"viewer\"}")
                            .expect(201),
                    "key");
            var seen = server.send(server.request("/api/v1/webhook-deliveries/" + text(delivery, "id"), viewer))
                    .expect(200);
            assertThat(seen.at("/attempts/0/response_body").isNull())
                    .as("it may repeat the hook's path")
                    .isTrue();
        }
    }

    @Test
    void aWebhookIsToldWhatItAskedForAndNothingOfBefore() throws Exception {
        try (var failed = Hook.answering(Hook.OK);
                var teamA = Hook.answering(Hook.OK);
                var all = Hook.answering(Hook.OK)) {
            run("");
            create(failed, ",\"events\":[\"inference.failed\"]");
            create(
                    teamA,
                    ",\"events\":[\"inference.completed\"],\"filter\":{\"metadata\":{\"team\":\"a\",\"env\":\"x\"}}");
            createForAll(all);
            run(",\"metadata\":{\"team\":\"b\",\"env\":\"x\"}");
            run(",\"metadata\":{\"team\":\"a\"}");
            var wanted = run(",\"metadata\":{\"team\":\"a\",\"env\":\"x\",\"more\":\"y\"}");
            server.run("{\"prompt\":\"Hello\",\"model\":\"nobody/x\"}").problem(422, "no_provider");

            assertThat(arrived(all, 3)).hasSize(3);
            assertThat(arrived(teamA, 1))
                    .singleElement()
                    .satisfies(arrival -> assertThat(text(arrival.json().get("data"), "inference_id"))
                            .isEqualTo(wanted));
            assertThat(failed.arrivals()).isEmpty();
        }
    }

    @Test
    void contentIsToldWhereItIsKeptAndAskedFor() throws Exception {
        try (var with = Hook.answering(Hook.OK);
                var without = Hook.answering(Hook.OK)) {
            create(with, ",\"events\":[\"*\"],\"include_content\":true");
            create(without, ",\"events\":[\"*\"]");
            run("");
            assertThat(arrived(with, 1).getFirst().json().at("/data/content").isNull())
                    .as("the workspace keeps none")
                    .isTrue();
            sql("UPDATE workspace SET capture_content = 1");
            await().pollDelay(Duration.ofSeconds(2)).until(() -> true); // so late the setting may be seen
            run("");

            var content = arrived(with, 2).getLast().json().at("/data/content");
            assertThat(content.at("/messages/0/content").stringValue()).isEqualTo("Hello");
            assertThat(content.at("/message/role").stringValue()).isEqualTo("assistant");
            assertThat(arrived(without, 2))
                    .allSatisfy(arrival -> assertThat(arrival.json().get("data").has("content"))
                            .isFalse());
        }
    }

    @Test
    void headersOfOnesOwnGoAlong() throws Exception {
        try (var hook = Hook.answering(Hook.OK)) {
            create(
                    hook,
                    ",\"events\":[\"*\"],\"headers\":{\"Authorization\":\"Bearer of-the-receiver\",\"X-Team\":\"a\"}");
            run("");

            var arrival = arrived(hook, 1).getFirst();
            assertThat(arrival.header("authorization")).isEqualTo("Bearer of-the-receiver");
            assertThat(arrival.header("x-team")).isEqualTo("a");
        }
    }

    @Test
    void whatFailsIsTriedAgainUntilItArrives() throws Exception {
        try (var hook = new Hook(
                n -> n < 3 ? RawServer.response("503 Service Unavailable", "", "busy " + n + "\0") : Hook.OK)) {
            var id = createForAll(hook);
            run("");
            var pending = awaitStatus(id, "pending", 1);
            var next = Instant.parse(text(pending, "next_attempt_at"));
            var made = Instant.parse(pending.at("/attempts/0/started_at").stringValue());
            assertThat(Duration.between(made, next)).isBetween(Duration.ofMillis(3900), Duration.ofMillis(7000));
            assertThat(text(pending, "error")).isEqualTo("http_status");
            assertThat(pending.at("/attempts/0/response_body").stringValue()).isEqualTo("busy 1\uFFFD");
            assertThat(failingSince(id)).isNotNull();

            awaitStatus(id, "pending", 2); // five seconds later, by itself
            passTime();
            var delivered = awaitStatus(id, "delivered", 3);
            assertThat(delivered.get("attempts")).hasSize(3);
            assertThat(delivered.at("/attempts/2/error").isNull()).isTrue();
            assertThat(failingSince(id)).isNull();
            assertThat(hook.arrivals())
                    .extracting(arrival -> arrival.header("webhook-id"))
                    .containsOnly(text(delivered, "event_id"));
            assertThat(hook.arrivals())
                    .extracting(Arrival::body)
                    .hasSize(3)
                    .containsOnly(hook.arrivals().getFirst().body());
        }
    }

    private @org.jspecify.annotations.Nullable String failingSince(String id) throws Exception {
        return text(server.get("/api/v1/webhooks/" + id).expect(200), "failing_since");
    }

    @Test
    void aStatusIsAStatusWhateverBecomesOfItsBody() throws Exception {
        try (var odd = Hook.answering("HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nok");
                var cut = Hook.closing("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nthan")) {
            var first = createForAll(odd);
            var second = createForAll(cut);
            run("");

            assertThat(awaitStatus(first, "delivered", 1).get("response_code").intValue())
                    .isEqualTo(204);
            var delivered = awaitStatus(second, "delivered", 1);
            assertThat(delivered.at("/attempts/0/response_body").stringValue()).isEqualTo("than");
        }
    }

    @Test
    void aReceiverThatAsksToWaitIsGivenTwiceTheTime() throws Exception {
        try (var hook = Hook.answering(RawServer.response("429 Too Many Requests", "retry-after: 3600\r\n", ""))) {
            var id = createForAll(hook);
            run("");
            var pending = awaitStatus(id, "pending", 1);

            assertThat(Duration.between(
                            Instant.parse(pending.at("/attempts/0/started_at").stringValue()),
                            Instant.parse(text(pending, "next_attempt_at"))))
                    .isBetween(Duration.ofMillis(9900), Duration.ofSeconds(13));
        }
    }

    @Test
    void afterTheEighthAttemptItHasFailed() throws Exception {
        try (var hook = Hook.answering(RawServer.response("302 Found", "location: /elsewhere\r\n", ""))) {
            var id = createForAll(hook);
            run("");
            for (int attempts = 1; attempts < 8; attempts++) {
                awaitStatus(id, "pending", attempts);
                passTime();
            }
            var failed = awaitStatus(id, "failed", 8);

            assertThat(text(failed, "error")).isEqualTo("redirect");
            assertThat(failed.get("next_attempt_at").isNull()).isTrue();
            assertThat(hook.arrivals()).hasSize(8);
        }
    }

    @Test
    void oneThatIsGoneIsDisabledAndOthersHearOfIt() throws Exception {
        try (var gone = Hook.answering(RawServer.response("410 Gone", "", ""));
                var other = Hook.answering(Hook.OK)) {
            var id = create(gone, ",\"events\":[\"*\"],\"name\":\"old one\"")
                    .get("id")
                    .stringValue();
            create(other, ",\"events\":[\"webhook.disabled\"]");
            run("");

            var told = arrived(other, 1).getFirst().json();
            assertThat(text(told, "type")).isEqualTo("webhook.disabled");
            var data = told.get("data");
            assertThat(text(data, "webhook_id")).isEqualTo(id);
            assertThat(text(data, "name")).isEqualTo("old one");
            assertThat(text(data, "reason")).isEqualTo("gone");
            assertThat(text(data, "url"))
                    .startsWith("http://127.0.0.1:")
                    .endsWith("/…")
                    .doesNotContain("hook");
            assertThat(data.get("response_code").intValue()).isEqualTo(410);
            var webhook = server.get("/api/v1/webhooks/" + id).expect(200);
            assertThat(webhook.get("enabled").booleanValue()).isFalse();
            assertThat(text(webhook, "disabled_reason")).isEqualTo("gone");
            assertThat(text(awaitStatus(id, "failed", 1), "error")).isEqualTo("gone");

            createForAll(other);
            run("");
            arrived(other, 2); // so it was fanned out
            assertThat(deliveries(id, "")).hasSize(1);
        }
    }

    @Test
    void oneThatFailsForFiveDaysIsDisabled() throws Exception {
        try (var hook = Hook.answering(RawServer.response("500 Internal Server Error", "", ""));
                var other = Hook.answering(Hook.OK)) {
            var id = createForAll(hook);
            create(other, ",\"events\":[\"webhook.disabled\"]");
            run("");
            awaitStatus(id, "pending", 1);
            long fiveDays = Duration.ofDays(5).toMillis();
            failsSince(id, System.currentTimeMillis() - fiveDays - 1);
            passTime();
            awaitStatus(id, "pending", 2);
            assertThat(isEnabled(id))
                    .as("it may come back within this delivery's schedule")
                    .isTrue();

            failsSince(id, System.currentTimeMillis() - fiveDays + 60_000);
            sql("UPDATE webhook_delivery SET schedule_from = attempt_count - 7");
            passTime();
            awaitStatus(id, "failed", 3);
            assertThat(isEnabled(id)).as("a minute is missing").isTrue();

            failsSince(id, System.currentTimeMillis() - fiveDays - 1);
            run("");
            await().until(() -> deliveries(id, "?status=pending").size() == 1);
            await().until(() -> deliveries(id, "?status=pending")
                            .getFirst()
                            .get("attempt_count")
                            .intValue()
                    == 1);
            sql("UPDATE webhook_delivery SET schedule_from = attempt_count - 7");
            passTime();
            var data = arrived(other, 1).getFirst().json().get("data");
            assertThat(text(data, "reason")).isEqualTo("failing");
            assertThat(text(data, "error")).isEqualTo("http_status");
            assertThat(isEnabled(id)).isFalse();
        }
    }

    private boolean isEnabled(String id) throws Exception {
        return server.get("/api/v1/webhooks/" + id).expect(200).get("enabled").booleanValue();
    }

    private void failsSince(String id, long millis) throws Exception {
        sql("UPDATE webhook SET failing_since = " + millis + " WHERE id = '" + id + "'");
    }

    @Test
    void whatIsPendingEndsWithItsWebhook() throws Exception {
        try (var hook = Hook.answering(RawServer.response("500 Internal Server Error", "", ""))) {
            var disabled = createForAll(hook);
            var deleted = createForAll(hook);
            run("");
            awaitStatus(disabled, "pending", 1);
            var delivery = text(awaitStatus(deleted, "pending", 1), "id");
            server.post("/api/v1/webhooks/" + disabled, "{\"enabled\":false}").expect(200);
            assertThat(server.delete("/api/v1/webhooks/" + deleted).status()).isEqualTo(204);

            assertThat(text(awaitStatus(disabled, "failed", 1), "error")).isEqualTo("webhook_disabled");
            await().until(() -> text(show(delivery), "status").equals("failed"));
            assertThat(text(show(delivery), "error")).isEqualTo("webhook_deleted");
            assertThat(show(delivery).get("payload").isObject()).isTrue();
            assertThat(only(deleted).get("id").stringValue()).isEqualTo(delivery);
            server.post("/api/v1/webhook-deliveries/" + delivery + "/retry", "").problem(409, "conflict");
            var conflict = server.post("/api/v1/webhook-deliveries/" + text(only(disabled), "id") + "/retry", "")
                    .problem(409, "conflict");
            assertThat(conflict).contains("Enable it first");
        }
    }

    @Test
    void oneThatIsEnabledAgainIsToldWhatHappensFromThenOn() throws Exception {
        try (var hook = Hook.answering(Hook.OK)) {
            var id = createForAll(hook);
            server.post("/api/v1/webhooks/" + id, "{\"enabled\":false}").expect(200);
            run("");
            server.post("/api/v1/webhooks/" + id, "{\"enabled\":true}").expect(200);
            var wanted = run("");

            assertThat(text(arrived(hook, 1).getFirst().json().get("data"), "inference_id"))
                    .isEqualTo(wanted);
            await().pollDelay(Duration.ofMillis(300))
                    .until(() -> hook.arrivals().size() == 1);
        }
    }

    @Test
    void aTestIsSentOnceAndSaysWhatCameOfIt() throws Exception {
        try (var hook = new Hook(n -> n == 1 ? Hook.OK : RawServer.response("500 Internal Server Error", "", "no"));
                var other = Hook.answering(Hook.OK)) {
            var webhook = create(hook, ",\"events\":[\"prompt.updated\"],\"enabled\":false");
            var id = text(webhook, "id");
            createForAll(other);
            var path = "/api/v1/webhooks/" + id + "/test";
            var delivered = server.post(path, "").expect(200);
            assertThat(text(delivered, "status")).isEqualTo("delivered");
            assertThat(text(delivered, "event_type")).isEqualTo("webhook.test");
            assertThat(delivered.get("attempts")).hasSize(1);
            var arrival = hook.arrivals().getFirst();
            assertThat(arrival.isSignedBy(text(webhook, "secret"))).isTrue();
            assertThat(arrival.json().get("test").booleanValue()).isTrue();
            assertThat(text(arrival.json().get("data"), "webhook_id")).isEqualTo(id);

            var failed = server.post(path, "{\"event_type\":\"cost.threshold_exceeded\"}")
                    .expect(200);
            assertThat(text(failed, "status")).isEqualTo("failed");
            assertThat(text(failed, "error")).isEqualTo("http_status");
            assertThat(failed.at("/attempts/0/response_body").stringValue()).isEqualTo("no");
            assertThat(text(hook.arrivals().getLast().json(), "type")).isEqualTo("cost.threshold_exceeded");

            var unknown = server.post(path, "{\"event_type\":\"cost.treshold_exceeded\"}");
            unknown.problem(400, "invalid_request");
            assertThat(unknown.json().at("/errors/0/pointer").stringValue()).isEqualTo("/event_type");
            assertThat(unknown.body()).contains("cost.threshold_exceeded");
            server.post("/api/v1/webhooks/wh_00000000000000000000000000/test", "")
                    .problem(404, "not_found");
            assertThat(hook.arrivals()).hasSize(2);
            run("");
            assertThat(arrived(other, 1))
                    .as("nobody else was told")
                    .singleElement()
                    .satisfies(told -> assertThat(text(told.json(), "type")).isEqualTo("inference.completed"));
        }
    }

    @Test
    void whatFailedIsSentAgainWhenAskedTo() throws Exception {
        try (var hook = new Hook(n -> n <= 3 ? RawServer.response("410 Gone", "", "") : Hook.OK)) {
            var id = createForAll(hook);
            run("");
            awaitStatus(id, "failed", 1);
            var delivery = text(only(id), "id");
            server.post("/api/v1/webhooks/" + id + "/recover", "{\"since\":\"2026-01-01T00:00:00Z\"}")
                    .problem(409, "conflict");
            server.post("/api/v1/webhooks/" + id, "{\"enabled\":true}").expect(200);

            var again = server.post("/api/v1/webhook-deliveries/" + delivery + "/retry", "")
                    .expect(202);
            assertThat(text(again, "status")).isEqualTo("pending");
            awaitStatus(id, "failed", 2);
            server.post("/api/v1/webhooks/" + id, "{\"enabled\":true}").expect(200);
            var recovery = "/api/v1/webhooks/" + id + "/recover";
            assertThat(server.post(recovery, "{\"since\":\"" + Instant.now().plusSeconds(60) + "\"}")
                            .expect(202)
                            .get("recovered")
                            .intValue())
                    .isZero();
            assertThat(server.post(recovery, "{\"since\":\"2026-01-01T00:00:00Z\"}")
                            .expect(202)
                            .get("recovered")
                            .intValue())
                    .isEqualTo(1);
            awaitStatus(id, "failed", 3);
            server.post("/api/v1/webhooks/" + id, "{\"enabled\":true}").expect(200);
            server.post(recovery, "{\"since\":\"2026-01-01T00:00:00Z\"}").expect(202);
            awaitStatus(id, "delivered", 4);

            server.post("/api/v1/webhook-deliveries/" + delivery + "/retry", "").expect(202);
            awaitStatus(id, "delivered", 5);
            assertThat(hook.arrivals())
                    .hasSize(5)
                    .extracting(arrival -> arrival.header("webhook-id"))
                    .containsOnly(text(only(id), "event_id"));
            server.post(recovery, "{}").problem(400, "invalid_request");
            server.post(recovery, "{\"since\":\"yesterday\"}").problem(400, "invalid_request");
        }
    }

    @Test
    void bothSecretsSignAfterARotation() throws Exception {
        try (var hook = Hook.answering(Hook.OK)) {
            var webhook = create(hook, ",\"events\":[\"*\"]");
            var rotated = server.post("/api/v1/webhooks/" + text(webhook, "id") + "/rotate-secret", "")
                    .expect(200);
            run("");

            var arrival = arrived(hook, 1).getFirst();
            assertThat(arrival.isSignedBy(text(webhook, "secret"))).isTrue();
            assertThat(arrival.isSignedBy(text(rotated, "secret"))).isTrue();
            assertThat(text(rotated, "secret")).isNotEqualTo(text(webhook, "secret"));

            sql("UPDATE webhook SET previous_expires_at = 1");
            run("");
            var later = arrived(hook, 2).getLast();
            assertThat(later.isSignedBy(text(webhook, "secret"))).isFalse();
            assertThat(later.isSignedBy(text(rotated, "secret"))).isTrue();
        }
    }

    @Test
    void whatWasDeletedIsNotSent() throws Exception {
        try (var hook = Hook.answering(RawServer.response("500 Internal Server Error", "", "Ann?"))) {
            var id = createForAll(hook);
            run(",\"metadata\":{\"user\":\"ann\"}");
            awaitStatus(id, "pending", 1);
            server.post("/api/v1/telemetry/deletions", "{\"user\":\"ann\"}");
            var pending = show(text(only(id), "id"));
            assertThat(pending.get("payload").isNull()).isTrue();
            assertThat(pending.at("/attempts/0/response_body").isNull()).isTrue();
            passTime();

            var failed = awaitStatus(id, "failed", 1);
            assertThat(text(failed, "error")).isEqualTo("event_deleted");
            assertThat(hook.arrivals()).hasSize(1);
            server.post("/api/v1/webhook-deliveries/" + text(failed, "id") + "/retry", "")
                    .problem(409, "conflict");
        }
    }

    @Test
    void whatWaitsIsNotSentWhenItWasDeletedOrIsNotWantedAnyMore() throws Exception {
        int quick = 60; // so that much is claimed ahead
        int slowly = 40;
        var deleted = new CountDownLatch(1);
        try (var one = new Hook(n -> n <= quick ? Hook.OK : after(deleted, Hook.OK));
                var other = new Hook(n -> n <= quick ? Hook.OK : after(deleted, Hook.OK))) {
            var id = createForAll(one);
            var disabled = createForAll(other);
            for (int i = 0; i < quick; i++) {
                run("");
            }
            for (var each : List.of(id, disabled)) {
                await().until(() ->
                        deliveries(each, "?status=delivered&limit=200").size() == quick);
            }
            for (int i = 0; i < slowly; i++) {
                run(",\"metadata\":{\"user\":\"ann\"}");
            }
            arrived(one, quick + 8);
            server.post("/api/v1/telemetry/deletions", "{\"user\":\"ann\"}").expect(200);
            server.post("/api/v1/webhooks/" + disabled, "{\"enabled\":false}").expect(200);
            deleted.countDown();

            for (var each : List.of(id, disabled)) {
                await().atMost(30, TimeUnit.SECONDS)
                        .until(() -> deliveries(each, "?status=pending").isEmpty());
                int delivered = deliveries(each, "?status=delivered&limit=200").size();
                var failed = deliveries(each, "?status=failed&limit=200");
                assertThat(delivered).isBetween(quick + 8, quick + 30);
                assertThat(failed)
                        .hasSize(quick + slowly - delivered)
                        .extracting(delivery -> text(delivery, "error"))
                        .containsOnly(each.equals(id) ? "event_deleted" : "webhook_disabled");
            }
            assertThat(one.arrivals())
                    .hasSize(deliveries(id, "?status=delivered&limit=200").size());
        }
    }

    private static String after(CountDownLatch event, String answer) {
        try {
            event.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
        return answer;
    }

    @Test
    void aSlowReceiverHoldsUpNobodyElse() throws Exception {
        try (var slow = Hook.silent();
                var fast = Hook.answering(Hook.OK)) {
            createForAll(slow);
            createForAll(fast);
            for (int i = 0; i < 30; i++) {
                run("");
            }

            assertThat(arrived(fast, 30)).hasSize(30);
            assertThat(slow.arrivals()).hasSizeLessThanOrEqualTo(Lane.AT_ONCE);
        }
    }

    @Test
    void whatAnEndedProcessHadInHandIsSentByTheNext() throws Exception {
        try (var hook = Hook.answering(Hook.OK)) {
            var id = createForAll(hook);
            run("");
            awaitStatus(id, "delivered", 1);
            server.close();
            server = server(); // it has read on from where the first one stood
            try (var database = server.database()) {
                database.execute("UPDATE webhook_delivery SET status = 'pending', attempt_count = 0, ended_at = NULL,"
                        + " next_attempt_at = 1, locked_by = 'node_gone', locked_until = "
                        + (System.currentTimeMillis() + 3_600_000));
                database.execute("DELETE FROM webhook_attempt");
            }
            server.close();
            server = server();

            assertThat(arrived(hook, 2)).hasSize(2);
            awaitStatus(id, "delivered", 1);
        }
    }

    @Test
    void manyArriveOnceEach() throws Exception {
        try (var hook = Hook.answering(Hook.OK);
                var second = Hook.answering(Hook.OK)) {
            var id = createForAll(hook);
            createForAll(second);
            for (int i = 0; i < 200; i++) {
                run("");
            }

            for (var each : List.of(hook, second)) {
                assertThat(arrived(each, 200))
                        .hasSize(200)
                        .extracting(a -> a.header("webhook-id"))
                        .doesNotHaveDuplicates();
            }
            await().until(() -> deliveries(id, "?status=delivered&limit=200").size() == 200);
            run("");
            assertThat(arrived(hook, 201)).as("none came twice").hasSize(201);
        }
    }

    @Test
    void deliveriesAreListedByTheirFilters() throws Exception {
        try (var hook = new Hook(n -> n == 1 ? RawServer.response("410 Gone", "", "") : Hook.OK)) {
            var id = createForAll(hook);
            run("");
            awaitStatus(id, "failed", 1);
            server.post("/api/v1/webhooks/" + id, "{\"enabled\":true}").expect(200);
            for (int i = 0; i < 3; i++) {
                run("");
            }
            await().until(() -> deliveries(id, "?status=delivered").size() == 3);

            assertThat(deliveries(id, "?status=failed")).hasSize(1);
            assertThat(deliveries(id, "?event_type=inference.failed")).isEmpty();
            assertThat(deliveries(id, "?event_type=inference.completed&last=1h"))
                    .hasSize(4);
            assertThat(deliveries(id, "?until=2026-01-01T00:00:00Z")).isEmpty();
            var first =
                    server.get("/api/v1/webhooks/" + id + "/deliveries?limit=3").expect(200);
            var rest = server.get("/api/v1/webhooks/" + id + "/deliveries?limit=3&cursor=" + text(first, "next_cursor"))
                    .expect(200);
            assertThat(first.get("data").size() + rest.get("data").size()).isEqualTo(4);
            assertThat(rest.get("next_cursor").isNull()).isTrue();
            server.get("/api/v1/webhooks/" + id + "/deliveries?status=lost").problem(400, "invalid_request");
            server.get("/api/v1/webhooks/" + id + "/deliveries?event_type=lost").problem(400, "invalid_request");
            server.get("/api/v1/webhooks/wh_00000000000000000000000000/deliveries")
                    .problem(404, "not_found");
            server.get("/api/v1/webhook-deliveries/dlv_00000000000000000000000000")
                    .problem(404, "not_found");
            assertThat(Json.text(first)).doesNotContain("whsec_");
        }
    }
}
