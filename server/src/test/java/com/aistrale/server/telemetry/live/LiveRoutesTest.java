package com.aistrale.server.telemetry.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who listens hears of every inference that ends, once, in order, and goes on where the connection was lost. */
@Timeout(120)
class LiveRoutesTest {
    private static final String OPERATOR = "an-operator-key-given-from-outside";
    private static final String PATH = "/api/v1/telemetry/stream";

    @TempDir
    Path folder;

    private TestServer server;
    private final List<RawClient> clients = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder)
                .environment("AISTRALE_ADMIN_KEY", OPERATOR)
                .environment("AISTRALE_SHUTDOWN_GRACE_MS", "8000")
                .start();
    }

    @AfterEach
    void close() throws Exception {
        for (var client : clients) {
            client.close();
        }
        server.close();
    }

    private RawClient listen(String query, String headers, int receiveBuffer) throws IOException {
        return listen(server.key(), query, headers, receiveBuffer);
    }

    /** Listens, and returns when the server does too. */
    private RawClient listen(String key, String query, String headers, int receiveBuffer) throws IOException {
        var client = new RawClient(server.port(), receiveBuffer);
        clients.add(client);
        client.send("GET " + PATH + query + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key + "\r\n"
                + headers + "\r\n");
        assertThat(client.readUntil("\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .containsIgnoringCase("content-type: text/event-stream");
        return client;
    }

    private RawClient listen(String query) throws IOException {
        var client = listen(query, "", 0);
        client.readUntil("\nid: ");
        client.readUntil("\n\n");
        return client;
    }

    private String run(String json) throws Exception {
        return server.run(json).expect(200).get("id").stringValue();
    }

    private String run() throws Exception {
        return run("{\"prompt\":\"Hello\"}");
    }

    /** The event's SSE id and the inference's id. */
    private record Told(String event, String inference) {}

    private static Told next(RawClient client) throws IOException {
        while (true) {
            client.readUntil("event: inference\n");
            var event = client.readUntil("\n\n");
            var id = event.substring("id: ".length(), event.indexOf('\n'));
            var data =
                    event.substring(event.indexOf("data: ") + "data: ".length()).strip();
            return new Told(id, Json.parse(data).get("id").stringValue());
        }
    }

    @Test
    void tellsOfAnInferenceWithItsRecord() throws Exception {
        run();
        var client = listen("");
        var id = run();

        client.readUntil("event: inference\n");
        var event = client.readUntil("\n\n");

        assertThat(event).matches("(?s)id: \\d+-\\d+\ndata: \\{.*\\}\n\n");
        var record = server.record(id);
        record.remove("content");
        assertThat(Json.parse(event.substring(event.indexOf("data: ") + 6).strip()))
                .as("the record as the list has it; nothing of before")
                .isEqualTo(record);
    }

    @Test
    void goesOnBehindTheLastEventThatWasSeen() throws Exception {
        var first = listen("");
        var ids = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            ids.add(run());
        }
        next(first);
        var second = next(first);
        assertThat(second.inference()).isEqualTo(ids.get(1));
        first.reset();
        ids.add(run());

        var again = listen("", "Last-Event-ID: " + second.event() + "\r\n", 0);

        for (int i = 2; i < ids.size(); i++) {
            assertThat(next(again).inference()).isEqualTo(ids.get(i));
        }
    }

    /** The first to begin ends last: its id is lower than those that were told before. */
    @Test
    void whoEndsLateIsToldToo() throws Exception {
        var client = listen("");
        String late;
        try (var file = server.database()) {
            late = run();
            next(client);
            var early = run();
            next(client);
            file.execute(
                    "INSERT INTO event (id, workspace_id, type, timestamp, data) SELECT 'evt_late', workspace_id, type,"
                            + " timestamp, data FROM event WHERE data LIKE '%" + late + "%'");
            assertThat(late).isLessThan(early);
        }
        assertThat(next(client).inference()).isEqualTo(late);
    }

    @Test
    void filtersApply() throws Exception {
        var client = listen("?session_id=a&metadata.team=search&status=completed");
        run();
        run("{\"prompt\":\"Hello\",\"session_id\":\"a\"}");
        var mine = run("{\"prompt\":\"Hello\",\"session_id\":\"a\",\"metadata\":{\"team\":\"search\"}}");
        run("{\"prompt\":\"Hello\",\"session_id\":\"b\",\"metadata\":{\"team\":\"search\"}}");
        var mineToo = run("{\"prompt\":\"Hello\",\"session_id\":\"a\",\"metadata\":{\"team\":\"search\"}}");

        assertThat(next(client).inference()).isEqualTo(mine);
        assertThat(next(client).inference()).isEqualTo(mineToo);
    }

    /** Its id moves on over what it did not ask for, so that it does not read all that again. */
    @Test
    void whoIsToldNothingKeepsItsPlace() throws Exception {
        var client = listen("?model=none");
        run();
        try (var file = server.database()) {
            var last = file.rows("SELECT max(seq) FROM event").getFirst();
            assertThat(client.readUntil("-" + last + "\n: keep-alive\n\n")).doesNotContain("event:");
        }
    }

    /** How many events others have, and when, is theirs to know. */
    @Test
    void whatOthersDoShowsInTheKeepAliveOnly() throws Exception {
        var client = listen("?model=none");
        for (int i = 0; i < 4; i++) {
            run();
            Thread.sleep(200);
        }

        assertThat(client.readUntil(": keep-alive\n\n")).matches("[^:]*id: \\d+-\\d+\n: keep-alive\n\n");
        assertThat(client.readUntil(": keep-alive\n\n")).doesNotContain("id:");
    }

    /** Else one key could take the places of all. */
    @Test
    void aWorkspaceHasItsOwnPlaces() throws Exception {
        for (int i = 0; i < 64; i++) {
            listen("");
        }

        assertThat(server.get(PATH).problem(503, "overloaded"))
                .isEqualTo("This workspace has 64 listeners, the most it may. Close one, or try again later.");
        var other = server.send(server.request("POST", "/api/v1/workspaces", "{\"name\":\"other\"}", OPERATOR))
                .expect(201)
                .get("id")
                .stringValue();
        var key = server.send(server.request("POST", "/api/v1/api-keys", "{\"name\":\"k\"}", OPERATOR)
                        .header("x-aistrale-workspace", other))
                .expect(201)
                .get("key")
                .stringValue();
        listen(key, "", "", 0);
        clients.removeFirst().close();
        await().until(() -> {
            try (var client = new RawClient(server.port())) {
                client.send("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + server.key()
                        + "\r\n\r\n");
                return client.readUntil("\r\n").startsWith("HTTP/1.1 200 ");
            }
        });
    }

    @Test
    void aSlowReaderLosesNothing() throws Exception {
        var client = listen("", "", 4096);
        var metadata = "\"x\":\"" + "y".repeat(500) + "\"";
        var ids = new ArrayList<String>();
        for (int i = 0; i < 1500; i++) {
            ids.add(run("{\"prompt\":\"Hello\",\"metadata\":{" + metadata + "}}"));
        }
        var heard = new ArrayList<String>();
        for (int i = 0; i < ids.size(); i++) {
            heard.add(next(client).inference());
        }
        assertThat(heard).isEqualTo(ids);
    }

    @Test
    void silenceIsCoveredByAComment() throws Exception {
        var client = listen("");

        assertThat(client.readUntil(": keep-alive\n\n")).endsWith(": keep-alive\n\n");
    }

    @Test
    void theServersEndIsAnHonestEnd() throws Exception {
        var client = listen("");
        var drained = CompletableFuture.runAsync(this::drain);

        assertThat(client.readUntil("\r\n0\r\n\r\n")).endsWith("0\r\n\r\n");
        drained.join();
    }

    /** Nobody waits for a client that does not read. */
    @Test
    void aReaderThatIsStuckDoesNotHoldTheServer() throws Exception {
        listen("", "", 4096);
        var metadata = "\"x\":\"" + "y".repeat(500) + "\"";
        for (int i = 0; i < 1000; i++) {
            run("{\"prompt\":\"Hello\",\"metadata\":{" + metadata + ",\"z\":\"" + "z".repeat(500) + "\"}}");
        }
        long begin = System.nanoTime();

        server.drain();

        assertThat(System.nanoTime() - begin).isLessThan(4_000_000_000L);
    }

    private void drain() {
        try {
            server.drain();
        } catch (InterruptedException unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    @Test
    void aDatabaseThatFailsIsToldAndEnds() throws Exception {
        var client = listen("");
        try (var file = server.database()) {
            file.execute("ALTER TABLE event RENAME TO gone");
        }

        var end = client.readUntil("\r\n0\r\n\r\n");

        assertThat(end).contains("event: error\ndata: {").contains("\"code\":\"database_unavailable\"");
        assertThat(end).endsWith("0\r\n\r\n");
    }

    @Test
    void aRevokedKeyHearsNoMore() throws Exception {
        var made = server.post("/api/v1/api-keys", "{\"name\":\"listener\",\"role\":\"viewer\"}")
                .expect(201);
        var client = listen(made.get("key").stringValue(), "", "", 0);
        run();
        next(client);

        assertThat(server.delete("/api/v1/api-keys/" + made.get("id").stringValue())
                        .status())
                .isLessThan(300);

        assertThat(client.readUntil("\r\n0\r\n\r\n"))
                .contains("event: error\ndata: {", "\"code\":\"authentication_failed\"")
                .endsWith("0\r\n\r\n");
    }

    @Test
    void mistakesAreNamed() throws Exception {
        assertThat(server.get(PATH + "?last=1h").problem(400, "invalid_request"))
                .isEqualTo("?last: unknown parameter `last`");
        assertThat(server.send(server.request(PATH).header("Last-Event-ID", "x"))
                        .problem(400, "invalid_request"))
                .isEqualTo("`Last-Event-ID: x` is no id of an event of this stream");
        assertThat(server.send(server.request(PATH).header("Last-Event-ID", "5000000000-5000000000"))
                        .problem(400, "invalid_request"))
                .isEqualTo("`Last-Event-ID: 5000000000-5000000000` is an id that this database never gave: it was"
                        + " restored or moved since. Begin without it");
        assertThat(server.send(server.request(PATH).header("Accept", "application/json"))
                        .problem(406, "not_acceptable"))
                .contains("text/event-stream");
    }
}
