package com.aistrale.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is noted for webhooks is as {@code contract/events/} says. */
class EventsTest {
    private static JsonNode schema(String type) throws IOException {
        return EventSchemas.of(type);
    }

    private static List<String> types() throws IOException {
        try (var files = Files.list(Contract.folder().resolve("events"))) {
            return files.map(file -> file.getFileName().toString().replace(".json", ""))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void examplesAreTrue() throws IOException {
        for (var type : types()) {
            var schema = schema(type);
            assertThat(schema.get("examples")).isNotEmpty();
            for (var example : schema.get("examples")) {
                assertThat(example.get("type").stringValue()).isEqualTo(type);
                assertThat(Schemas.mistakesAlone(schema, example)).as(type).isEmpty();
            }
        }
    }

    @Test
    void producedEventsAreAsTheirSchemasSay(@TempDir Path folder) throws Exception {
        failAndRecover(folder);
        try (var upstream = upstream();
                var server = TestServer.in(folder)
                        .openAi(upstream.url())
                        .environment("AISTRALE_WEBHOOKS_ALLOWED_TARGETS", "127.0.0.1")
                        .environment("AISTRALE_WEBHOOKS_ALLOW_HTTP", "true")
                        .start();
                var database = server.database()) {
            loseAWebhook(server);
            reachAThreshold(server);
            server.run(
                            "{\"prompt\": \"Hello\", \"model\": \"demo\", \"session_id\": \"s\", \"metadata\": {\"team\": \"a\"}}")
                    .expect(200);
            server.run("{\"prompt\": \"Hello\", \"model\": \"demo\", \"stream\": true}");
            server.run("{\"prompt\": \"Hello\", \"model\": \"openai/gpt-4o\"}").problem(502, "provider_failed");
            changeAPrompt(server);

            var seen = new TreeSet<String>();
            for (var event : events(
                    database.rows(
                            "SELECT json_object('id', id, 'type', type, 'workspace_id',"
                                    + " workspace_id, 'timestamp', timestamp, 'data', json(data), 'test', test) FROM event ORDER BY seq"))) {
                var type = event.get("type").stringValue();
                assertThat(Schemas.mistakesAlone(schema(type), event))
                        .as(event.toString())
                        .isEmpty();
                seen.add(type);
            }
            assertThat(seen).isEqualTo(new TreeSet<>(types()));
        }
    }

    /** A webhook whose receiver is gone is disabled when it is tried out. */
    private static void loseAWebhook(TestServer server) throws Exception {
        try (var gone = RawServer.answering(RawServer.response("410 Gone", "", ""))) {
            var id = server.post("/api/v1/webhooks", "{\"url\": \"" + gone.url() + "\", \"events\": [\"*\"]}")
                    .expect(201)
                    .get("id")
                    .stringValue();
            var delivery = server.post("/api/v1/webhooks/" + id + "/test", "").expect(200);
            assertThat(delivery.get("error").stringValue()).isEqualTo("gone");
        }
    }

    /** A provider fails until its circuit opens, and answers when it is tried again. */
    private static void failAndRecover(Path folder) throws Exception {
        var says = new AtomicReference<>(OpenAiUpstream.error(500, "", "Out of order"));
        var ahead = new AtomicReference<>(Duration.ZERO);
        var run = "{\"prompt\": \"Hello\", \"model\": \"openai/gpt-4o\"}";
        try (var upstream = new RawServer(line -> {
                    while (line.request() != null) {
                        line.write(says.get());
                    }
                });
                var server = TestServer.in(folder)
                        .openAi(upstream.url())
                        .clock(() -> Instant.now().plus(ahead.get()))
                        .start()) {
            server.run(run).problem(502, "provider_failed");
            server.run(run).problem(502, "provider_failed");
            server.run(run).problem(503, "provider_unavailable");
            says.set(OpenAiUpstream.answer("Hello again."));
            ahead.set(Duration.ofSeconds(30));
            server.run(run).expect(200);
        } // what is left to be written is written then
    }

    /** Out of order, but for who asks kindly. */
    private static RawServer upstream() throws IOException {
        return new RawServer(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                line.write(
                        request.contains("please")
                                ? OpenAiUpstream.answer("Hi")
                                : OpenAiUpstream.error(500, "", "Out of order"));
            }
        });
    }

    /** Of a budget of each scope. */
    private static void reachAThreshold(TestServer server) throws Exception {
        var key = server.get("/api/v1/whoami").expect(200).get("api_key_id").stringValue();
        for (var scope : List.of(
                "\"type\": \"workspace\"",
                "\"type\": \"api_key\", \"api_key_id\": \"" + key + "\"",
                "\"type\": \"provider\", \"provider\": \"openai\"",
                "\"type\": \"model\", \"model\": \"openai/gpt-4o\"",
                "\"type\": \"metadata\", \"key\": \"team\", \"value\": \"a\"")) {
            server.post(
                            "/api/v1/budgets",
                            "{\"name\": \"small\", \"scope\": {" + scope
                                    + "}, \"period\": \"month\", \"limit_usd\": 0.000000001}")
                    .expect(201);
        }
        server.run("{\"prompt\": \"please\", \"model\": \"gpt-4o\", \"metadata\": {\"team\": \"a\"}}")
                .expect(200);
    }

    /** In every way that one can be changed. */
    private static void changeAPrompt(TestServer server) throws Exception {
        var prompt = "/api/v1/prompts/greeting";
        server.post("/api/v1/prompts", "{\"name\": \"greeting\", \"text\": \"Hello {{who}}\"}")
                .expect(201);
        server.post(prompt + "/versions", "{\"text\": \"Hi {{who}}\"}").expect(201);
        server.send(server.request(prompt + "/labels/production")
                        .header("content-type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString("{\"version\": 1}")))
                .expect(200);
        server.run("{\"model\": \"demo\", \"prompt_ref\": {\"name\": \"greeting\", \"variables\": {\"who\": \"Ada\"}}}")
                .expect(200);
        assertThat(server.delete(prompt + "/labels/production").status()).isEqualTo(204);
        assertThat(server.delete(prompt).status()).isEqualTo(204);
    }

    /** As a webhook gets them. */
    private static List<JsonNode> events(List<String> rows) {
        return rows.stream()
                .map(row -> {
                    var event = (ObjectNode) Json.parse(row);
                    var at = Instant.ofEpochMilli(event.get("timestamp").longValue());
                    boolean test = event.remove("test").intValue() == 1;
                    if (test) {
                        event.put("test", true);
                    }
                    return (JsonNode) event.put("timestamp", Json.time(at));
                })
                .toList();
    }
}
