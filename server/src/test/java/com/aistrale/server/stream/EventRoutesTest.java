package com.aistrale.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.contract.EventSchemas;
import com.aistrale.server.events.EventTypes;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Who listens hears of every event of the workspace, as a webhook would, once and in order. */
@Timeout(120)
class EventRoutesTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";
    private static final String PATH = "/api/v1/events/stream";
    private static final String TEST = "/api/v1/events/test";

    @TempDir
    Path folder;

    TestServer server;
    private final List<RawClient> clients = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder)
                .environment("AISTRALE_ADMIN_KEY", OPERATOR)
                .start();
    }

    @AfterEach
    void close() throws Exception {
        for (var client : clients) {
            client.close();
        }
        server.close();
    }

    /** Listens, and returns when the server does too. */
    RawClient listen(String query) throws IOException {
        return listen(server.key(), query, "");
    }

    private RawClient listen(String key, String query, String headers) throws IOException {
        var client = new RawClient(server.port());
        clients.add(client);
        client.send("GET " + PATH + query + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key + "\r\n"
                + headers + "\r\n");
        assertThat(client.readUntil("\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("content-type: text/event-stream");
        client.readUntil("\nid: ");
        client.readUntil("\n\n");
        return client;
    }

    /** An event as it was sent. */
    record Told(String type, String position, JsonNode data) {}

    static Told next(RawClient client) throws IOException {
        client.readUntil("event: ");
        var lines = client.readUntil("\n\n").split("\n");
        assertThat(lines[1]).matches("id: \\d+-\\d+");
        assertThat(lines[2]).startsWith("data: ");
        return new Told(lines[0], lines[1].substring(4), Json.parse(lines[2].substring(6)));
    }

    private JsonNode test(String type) throws Exception {
        return server.post(TEST, "{\"event_type\":\"" + type + "\"}").expect(201);
    }

    private String run() throws Exception {
        return server.run("{\"prompt\":\"Hello\",\"metadata\":{\"team\":\"search\"}}")
                .expect(200)
                .get("id")
                .stringValue();
    }

    @Test
    void tellsOfWhatHappensAsAWebhookWould() throws Exception {
        run();
        var client = listen("");
        var id = run();
        server.post("/api/v1/prompts", "{\"name\":\"greeting\",\"text\":\"Hello\"}")
                .expect(201);

        var ended = next(client);
        assertThat(ended.type()).isEqualTo("inference.completed");
        assertThat(ended.data().get("data").get("inference_id").stringValue())
                .as("nothing of before")
                .isEqualTo(id);
        assertThat(ended.data().has("test")).isFalse();
        var changed = next(client);
        assertThat(changed.type()).isEqualTo("prompt.updated");
        for (var told : List.of(ended, changed)) {
            assertThat(told.data().get("type").stringValue()).isEqualTo(told.type());
            assertThat(EventSchemas.mistakes(told.data())).isEmpty();
        }
        try (var file = server.database()) {
            assertThat(file.rows("SELECT id FROM event ORDER BY seq").subList(1, 3))
                    .containsExactly(
                            ended.data().get("id").stringValue(),
                            changed.data().get("id").stringValue());
        }
    }

    @Test
    void aSampleOfEveryTypeIsToldToWhoListens() throws Exception {
        var client = listen("");
        var ids = new ArrayList<String>();
        for (var type : EventTypes.names()) {
            var made = test(type);
            assertThat(made.get("test").booleanValue()).isTrue();
            assertThat(made.get("workspace_id"))
                    .isEqualTo(server.get("/api/v1/whoami").json().get("workspace_id"));
            assertThat(EventSchemas.mistakes(made)).as(type).isEmpty();

            var told = next(client);

            assertThat(told.type()).isEqualTo(type);
            assertThat(told.data()).isEqualTo(made);
            ids.add(made.get("id").stringValue());
        }
        assertThat(ids).doesNotHaveDuplicates().isSorted();
    }

    /** Which inference is it of? Of none. */
    @Test
    void ofASampleNoRecordIsTold() throws Exception {
        var id = run();
        try (var file = server.database()) {
            var client = new RawClient(server.port());
            clients.add(client);
            client.send("GET /api/v1/telemetry/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + server.key() + "\r\n\r\n");
            client.readUntil("\nid: ");
            client.readUntil("\n\n");
            file.execute("INSERT INTO event (id, workspace_id, type, timestamp, data, test) SELECT 'evt_sample',"
                    + " workspace_id, type, timestamp, data, 1 FROM event");
            var second = run();
            assertThat(client.readUntil(second)).doesNotContain(id);
        }
    }

    @Test
    void onlyTheTypesThatWereAskedFor() throws Exception {
        var client = listen("?event_types=prompt.updated,webhook.test&event_types=provider.failed");
        test("inference.completed");
        test("prompt.updated");
        run();
        test("provider.recovered");
        test("provider.failed");
        test("webhook.test");

        assertThat(next(client).type()).isEqualTo("prompt.updated");
        assertThat(next(client).type()).isEqualTo("provider.failed");
        assertThat(next(client).type()).isEqualTo("webhook.test");
        assertThat(client.readUntil(": keep-alive\n\n")).doesNotContain("event:");
    }

    @Test
    void anEmptyListAsksForAll() throws Exception {
        var client = listen("?event_types=");
        test("webhook.test");

        assertThat(next(client).type()).isEqualTo("webhook.test");
    }

    @Test
    void goesOnBehindTheLastEventThatWasSeen() throws Exception {
        var first = listen("");
        var ids = new ArrayList<JsonNode>();
        for (int i = 0; i < 5; i++) {
            ids.add(test("webhook.test").get("id"));
        }
        next(first);
        var second = next(first);
        assertThat(second.data().get("id")).isEqualTo(ids.get(1));
        first.reset();
        ids.add(test("webhook.test").get("id"));

        var again = listen(server.key(), "", "Last-Event-ID: " + second.position() + "\r\n");

        for (int i = 2; i < ids.size(); i++) {
            assertThat(next(again).data().get("id")).isEqualTo(ids.get(i));
        }
    }

    @Test
    void aRevokedKeyHearsNoMore() throws Exception {
        var made = server.post("/api/v1/api-keys", "{\"name\":\"listener\",\"role\":\"viewer\"}")
                .expect(201);
        var client = listen(made.get("key").stringValue(), "", "");
        test("webhook.test");
        next(client);

        assertThat(server.delete("/api/v1/api-keys/" + made.get("id").stringValue())
                        .status())
                .isLessThan(300);

        assertThat(client.readUntil("\r\n0\r\n\r\n"))
                .contains("event: error\ndata: {", "\"code\":\"authentication_failed\"")
                .endsWith("0\r\n\r\n");
    }

    /** Who listens to one stream takes the place of one who listens to another. */
    @Test
    void bothStreamsHaveTheSamePlaces() throws Exception {
        for (int i = 0; i < 64; i++) {
            listen("");
        }
        assertThat(server.get(PATH).problem(503, "overloaded"))
                .isEqualTo("This workspace has 64 listeners, the most it may. Close one, or try again later.");
        assertThat(server.get("/api/v1/telemetry/stream").problem(503, "overloaded"))
                .isEqualTo("This workspace has 64 listeners, the most it may. Close one, or try again later.");
    }

    @Test
    void mistakesAreNamed() throws Exception {
        assertThat(server.get(PATH + "?event_types=inference.complete,nonsense,webhook.test&types=x")
                        .expect(400)
                        .get("errors")
                        .values())
                .extracting(error -> error.get("pointer").stringValue() + " "
                        + error.get("detail").stringValue())
                .containsExactly(
                        "?types unknown parameter `types`",
                        "?event_types `inference.complete` is no event type; did you mean `inference.completed`?",
                        "?event_types `nonsense` is no event type: there are inference.completed, inference.failed,"
                                + " cost.threshold_exceeded, provider.failed, provider.recovered, prompt.updated,"
                                + " webhook.disabled, webhook.test");
        assertThat(server.send(server.request(PATH).header("Last-Event-ID", "x"))
                        .problem(400, "invalid_request"))
                .isEqualTo("`Last-Event-ID: x` is no id of an event of this stream");
        assertThat(server.send(server.request(PATH).header("Accept", "application/json"))
                        .problem(406, "not_acceptable"))
                .contains("text/event-stream");

        assertThat(server.post(TEST, "{\"event_type\":\"prompt.update\"}").problem(400, "invalid_request"))
                .isEqualTo("/event_type: `prompt.update` is no event type; did you mean `prompt.updated`?");
        assertThat(server.post(TEST, "{\"type\":\"prompt.updated\"}").problem(400, "invalid_request"))
                .isEqualTo("/type: unknown field `type` (and 1 more, see errors)");
        assertThat(server.post(TEST, "{}").problem(400, "invalid_request")).isEqualTo("/event_type: is missing");
        assertThat(server.post(TEST, "{\"event_type\":7}").problem(400, "invalid_request"))
                .isEqualTo("/event_type: must be a string, not the number 7");
        try (var file = server.database()) {
            assertThat(file.rows("SELECT id FROM event")).isEmpty();
        }
    }
}
