package com.aistrale.server.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.contract.Contract;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.kit.http.LogCapture;
import com.aistrale.server.kit.json.Json;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/webhooks}, but for what is on its way to them. */
@Timeout(60)
class WebhookRoutesTest {
    static final String WEBHOOKS = "/api/v1/webhooks";
    static final String LEAST = """
            {"url": "https://hooks.example.com/path-TOPSECRET", "events": ["inference.failed"]}""";
    private static final String SECRET = "whsec_TOPSECRETAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private static final String ALL = """
            {"name": " alerts ", "url": "https://hooks.example.com:8443/path-TOPSECRET?key=TOPSECRET",
             "events": ["inference.failed", "cost.threshold_exceeded"], "filter": {"metadata": {"team": "search"}},
             "include_content": true, "headers": {"X-Two": "b c\\td", "Authorization": "Bearer TOPSECRET"},
             "secret": "%s", "enabled": false}""".formatted(SECRET);

    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    @TempDir
    Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder)
                .clock(() -> Instant.now().plus(ahead.get()))
                .start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
    }

    private ObjectNode made(String json) throws Exception {
        return server.post(WEBHOOKS, json).expect(201);
    }

    private static String path(ObjectNode webhook) {
        return WEBHOOKS + "/" + webhook.get("id").stringValue();
    }

    private String viewer() throws Exception {
        return keyOf("viewer");
    }

    private String keyOf(String role) throws Exception {
        return server.post("/api/v1/api-keys", "{\"name\":\"other\",\"role\":\"" + role + "\"}")
                .expect(201)
                .get("key")
                .stringValue();
    }

    /** Without the secret, which nobody sees again. */
    private static ObjectNode shown(ObjectNode made) {
        var shown = made.deepCopy();
        assertThat(shown.remove("secret")).isNotNull();
        return shown;
    }

    @Test
    void isMadeWithWhatIsUsual() throws Exception {
        var made = made(LEAST);

        assertThat(made.get("id").stringValue()).matches("wh_[0-9a-z]{26}");
        assertThat(made.get("secret").stringValue()).matches("whsec_[A-Za-z0-9+/]{43}=");
        assertThat(made.propertyNames())
                .containsExactly(
                        "id",
                        "name",
                        "url",
                        "events",
                        "filter",
                        "include_content",
                        "headers",
                        "enabled",
                        "disabled_reason",
                        "failing_since",
                        "previous_secret_expires_at",
                        "created_at",
                        "updated_at",
                        "secret");
        var settings = shown(made);
        assertThat(settings.remove(List.of("id", "created_at", "updated_at"))).isEqualTo(Json.parse("""
                {"name": null, "url": "https://hooks.example.com/path-TOPSECRET", "events": ["inference.failed"],
                 "filter": null, "include_content": false, "headers": [], "enabled": true, "disabled_reason": null,
                 "failing_since": null, "previous_secret_expires_at": null}"""));
        assertThat(server.get(path(made)).expect(200)).isEqualTo(shown(made));
        assertThat(server.get(WEBHOOKS).expect(200).get("data")).containsExactly(shown(made));
    }

    @Test
    void isMadeAsItIsWanted() throws Exception {
        var made = made(ALL);

        assertThat(made.get("secret").stringValue()).isEqualTo(SECRET);
        var settings = shown(made);
        assertThat(settings.remove(List.of("id", "created_at", "updated_at"))).isEqualTo(Json.parse("""
                {"name": "alerts", "url": "https://hooks.example.com:8443/path-TOPSECRET?key=TOPSECRET",
                 "events": ["inference.failed", "cost.threshold_exceeded"], "filter": {"metadata": {"team": "search"}},
                 "include_content": true, "headers": [{"name": "X-Two"}, {"name": "Authorization"}], "enabled": false,
                 "disabled_reason": "manual", "failing_since": null, "previous_secret_expires_at": null}"""));
        assertThat(server.get(path(made)).expect(200)).isEqualTo(shown(made));
        var all = made("{\"url\": \"https://hooks.example.com\", \"events\": [\"*\"], \"name\": null, \"filter\": null,"
                + " \"headers\": null, \"include_content\": null, \"secret\": null, \"enabled\": null}");
        assertThat(all.get("events")).isEqualTo(Json.parse("[\"*\"]"));
        assertThat(all.get("enabled").booleanValue()).isTrue();
    }

    @Test
    void whatIsWrongIsSaidWithAWayOn() throws Exception {
        assertThat(server.post(WEBHOOKS, LEAST.replace("inference.failed", "inference.complete"))
                        .problem(400, "invalid_request"))
                .isEqualTo("/events/0: there is no event type `inference.complete`; did you mean"
                        + " `inference.completed`?");
        assertThat(server.post(WEBHOOKS, LEAST.replace("inference.failed", "invoice.paid.by.somebody"))
                        .problem(400, "invalid_request"))
                .isEqualTo("/events/0: there is no event type `invoice.paid.by.somebody`; GET"
                        + " /api/v1/webhook-event-types lists them");
        assertThat(server.post(WEBHOOKS, LEAST.replace("path", "a".repeat(2048)))
                        .problem(400, "invalid_request"))
                .matches("/url: A webhook's URL has at most 2048 characters, and this one 2\\d+\\.");
        assertThat(server.post(WEBHOOKS, LEAST.replaceFirst("}$", ", \"secret\": \"whsec_U0hPUlQ=\"}"))
                        .problem(400, "invalid_request"))
                .contains("24 to 64 bytes", "this one 5")
                .doesNotContain("U0hPUlQ");
    }

    @Test
    void allMistakesAreNamedAtOnce() throws Exception {
        var answer = server.post(
                WEBHOOKS,
                "{\"name\": 1, \"url\": \"https://127.0.0.1/\", \"events\": [\"x\"], \"filter\": {\"metadata\": {\"a\": 1}},"
                        + " \"headers\": {\"host\": \"\"}, \"secret\": 1, \"enabled\": 1, \"nobody\": 1}");
        answer.problem(400, "invalid_request");
        assertThat(answer.json()
                        .get("errors")
                        .valueStream()
                        .map(error -> error.get("pointer").stringValue()))
                .containsExactly(
                        "/nobody",
                        "/name",
                        "/url",
                        "/events/0",
                        "/filter/metadata/a",
                        "/headers/host",
                        "/headers/host",
                        "/secret",
                        "/enabled");
        assertThat(server.post(WEBHOOKS, "{}")
                        .expect(400)
                        .get("errors")
                        .valueStream()
                        .map(error -> error.get("pointer").stringValue()))
                .containsExactly("/url", "/events");
    }

    static String entries(int count) {
        var json = Json.object();
        for (int i = 0; i < count; i++) {
            json.put("x-" + i, "v");
        }
        return Json.text(json);
    }

    @Test
    void theLimitsAreTaken() throws Exception {
        var types = Json.array();
        EventTypes.names().forEach(types::add);
        made("{\"url\": \"https://hooks.example.com/" + "a".repeat(2048 - 26) + "\", \"events\": " + types
                + ", \"name\": \"" + "🙂".repeat(100) + "\", \"filter\": {\"metadata\": " + entries(32)
                + "}, \"headers\": {\"" + "a".repeat(100) + "\": \"" + "v".repeat(1024) + "\"}, \"secret\": \"whsec_"
                + "A".repeat(32) + "\"}");
        made(LEAST.replaceFirst(
                "}$", ", \"headers\": " + entries(10) + ", \"secret\": \"whsec_" + "A".repeat(86) + "==\"}"));
    }

    @Test
    void whoIsNoAdminSeesWhereItLeadsAndNoMore() throws Exception {
        var webhook = made(ALL);
        for (var role : List.of("viewer", "member")) {
            var key = keyOf(role);
            for (var path : List.of(path(webhook), WEBHOOKS)) {
                var answer = server.send(server.request(path, key));
                answer.expect(200);
                assertThat(answer.body())
                        .contains("https://hooks.example.com:8443/…")
                        .doesNotContain("TOPSECRET");
            }
            server.send(server.request("POST", path(webhook), "{\"enabled\":true}", key))
                    .problem(403, "permission_denied");
            server.send(server.request("POST", path(webhook) + "/rotate-secret", "{}", key))
                    .problem(403, "permission_denied");
        }
    }

    @Test
    void isChangedInPartsAndTheLogSaysHow() throws Exception {
        var webhook = made(ALL);
        var changed = server.post(path(webhook), "{\"enabled\": true, \"filter\": null, \"name\": null}")
                .expect(200);
        assertThat(changed.get("enabled").booleanValue()).isTrue();
        assertThat(changed.get("disabled_reason").isNull()).isTrue();
        assertThat(changed.get("filter").isNull()).isTrue();
        assertThat(changed.get("name").isNull()).isTrue();
        assertThat(changed.get("headers")).isEqualTo(webhook.get("headers"));
        assertThat(changed.get("events")).isEqualTo(webhook.get("events"));
        assertThat(server.post(path(webhook), "{}").expect(200)).isEqualTo(changed);
        assertThat(server.get(path(webhook)).expect(200)).isEqualTo(changed);
        var other = server.post(
                        path(webhook),
                        "{\"headers\": null, \"url\": \"https://other.example/TOPSECRET\", \"events\": [\"*\"]}")
                .expect(200);
        assertThat(other.get("headers")).isEmpty();
        assertThat(other.get("url").stringValue()).isEqualTo("https://other.example/TOPSECRET");
        assertThat(server.delete(path(webhook)).status()).isEqualTo(204);
        server.get(path(webhook)).problem(404, "not_found");
        server.delete(path(webhook)).problem(404, "not_found");

        var answer = server.get("/api/v1/audit-log?target_type=webhook");
        assertThat(answer.body()).doesNotContain("TOPSECRET").doesNotContain("whsec_");
        var log = answer.expect(200).get("data");
        assertThat(log.valueStream().map(entry -> entry.get("action").stringValue()))
                .containsExactly("webhook.deleted", "webhook.updated", "webhook.updated", "webhook.created");
        assertThat(log.get(1).get("detail")).isEqualTo(Json.parse("""
                {"url": {"before": "https://hooks.example.com:8443/…", "after": "https://other.example/…"},
                 "events": {"before": ["inference.failed", "cost.threshold_exceeded"], "after": ["*"]},
                 "headers": {"before": ["X-Two", "Authorization"], "after": []}}"""));
    }

    @Test
    void whatCannotBeChangedIsNamed() throws Exception {
        var webhook = made(LEAST);
        for (var field : List.of("url", "events", "include_content", "enabled")) {
            assertThat(server.post(path(webhook), "{\"" + field + "\": null}").problem(400, "invalid_request"))
                    .isEqualTo("/" + field + ": cannot be null; leave it out to keep what it is");
        }
        var answer = server.post(path(webhook), "{\"secret\": \"" + SECRET + "\"}");
        assertThat(answer.problem(400, "invalid_request"))
                .contains("/rotate-secret")
                .doesNotContain("TOPSECRET");
        for (var nowhere : List.of(WEBHOOKS + "/wh_00000000000000000000000000", WEBHOOKS + "/%00")) {
            server.post(nowhere, "{}").problem(404, "not_found");
            server.post(nowhere + "/rotate-secret", "{}").problem(404, "not_found");
            server.get(nowhere).problem(404, "not_found");
            server.delete(nowhere).problem(404, "not_found");
        }
    }

    @Test
    void theSecretIsReplaced() throws Exception {
        var webhook = made(LEAST);
        var bare = server.send(server.request(path(webhook) + "/rotate-secret").POST(BodyPublishers.noBody()))
                .expect(200);
        assertThat(bare.get("secret").stringValue())
                .matches("whsec_[A-Za-z0-9+/]{43}=")
                .isNotEqualTo(webhook.get("secret").stringValue());
        var expires = Instant.parse(bare.get("previous_secret_expires_at").stringValue());
        assertThat(Duration.between(Instant.now(), expires)).isBetween(Duration.ofHours(23), Duration.ofHours(24));
        var given = server.post(path(webhook) + "/rotate-secret", "{\"secret\": \"" + SECRET + "\"}")
                .expect(200);
        assertThat(given.get("secret").stringValue()).isEqualTo(SECRET);
        assertThat(server.get(path(webhook)).expect(200)).isEqualTo(shown(given));
        ahead.set(Duration.ofHours(25));
        assertThat(server.get(path(webhook))
                        .expect(200)
                        .get("previous_secret_expires_at")
                        .isNull())
                .isTrue();

        for (var body : List.of("{\"secret\": \"whsec_short\"}", "{\"secret\": 5}", "{\"secrets\": null}", "[]")) {
            server.post(path(webhook) + "/rotate-secret", body).problem(400, "invalid_request");
        }
        var answer = server.get("/api/v1/audit-log?action=webhook.secret_rotated");
        assertThat(answer.expect(200).get("data")).hasSize(2);
        assertThat(answer.body()).doesNotContain("TOPSECRET");
    }

    @Test
    void aListComesInPagesTheNewestFirst() throws Exception {
        var ids = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            ids.addFirst(made(LEAST).get("id").stringValue());
            Thread.sleep(2);
        }
        var seen = new ArrayList<String>();
        var cursor = "";
        do {
            var page = server.get(WEBHOOKS + "?limit=2" + cursor).expect(200);
            page.get("data").forEach(webhook -> seen.add(webhook.get("id").stringValue()));
            cursor = page.get("next_cursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("next_cursor").stringValue();
        } while (!cursor.isEmpty());
        assertThat(seen).isEqualTo(ids);
        server.get(WEBHOOKS + "?limit=0").problem(400, "invalid_request");
        server.get(WEBHOOKS + "?cursor=wh_x").problem(400, "invalid_request");
        server.get(WEBHOOKS + "?enabled=true").problem(400, "invalid_request");
    }

    @Test
    void theFiftyFirstIsRefused() throws Exception {
        for (int i = 0; i < 50; i++) {
            made(LEAST);
        }
        assertThat(server.post(WEBHOOKS, LEAST).problem(409, "conflict"))
                .startsWith("There are 50 webhooks in this workspace, which is the most.");
    }

    @Test
    void theTypesOfEventsComeWithTheirSchemas() throws Exception {
        var data = server.send(server.request("/api/v1/webhook-event-types", viewer()))
                .expect(200)
                .get("data");
        assertThat(data.valueStream().map(type -> type.get("type").stringValue()))
                .containsExactlyElementsOf(EventTypes.names());
        for (var type : data) {
            assertThat(type.propertyNames()).containsExactly("type", "description", "schema");
            assertThat(type.get("schema"))
                    .isEqualTo(Json.parse(Files.readAllBytes(Contract.folder()
                            .resolve("events/" + type.get("type").stringValue() + ".json"))));
        }
        assertThat(data.get(0).get("description").stringValue()).isEqualTo("An inference was completed.");
    }

    @Test
    void noSecretIsInTheLogNorInWhatIsReadLater() throws Exception {
        try (var log = new LogCapture()) {
            var webhook = made(ALL);
            server.post(
                            path(webhook),
                            "{\"headers\": {\"x-key\": \"TOPSECRET\\n\"}, \"url\": \"https://10.0.0.1/TOPSECRET\"}")
                    .problem(400, "invalid_request");
            server.post(path(webhook), "{\"headers\": {\"x-key\": \"TOPSECRET\"}}")
                    .expect(200);
            server.post(path(webhook) + "/rotate-secret", "{}").expect(200);
            server.post(path(webhook) + "/rotate-secret", "{\"secret\": \"whsec_TOPSECRET\"}")
                    .problem(400, "invalid_request");
            try (var database = server.database()) {
                database.execute("ALTER TABLE webhook RENAME TO elsewhere");
                server.post(WEBHOOKS, ALL).problem(503, "database_unavailable");
                server.post(path(webhook), "{\"url\": \"https://hooks.example.com/TOPSECRET\"}")
                        .problem(503, "database_unavailable");
                database.execute("ALTER TABLE elsewhere RENAME TO webhook");
            }
            server.delete(path(webhook));
            assertThat(log.text()).contains("webhook").doesNotContain("TOPSECRET");
        }
        for (var path : List.of(WEBHOOKS, "/api/v1/audit-log")) {
            assertThat(server.get(path).body()).doesNotContain("TOPSECRET");
        }
    }
}
