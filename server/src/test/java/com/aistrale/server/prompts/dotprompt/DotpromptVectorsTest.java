package com.aistrale.server.prompts.dotprompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.json.Json;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What Dotprompt's own implementation makes of a file, ours makes of it too. */
class DotpromptVectorsTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("aistrale.repository", ".."), "contract", "vectors", "render", "dotprompt.json");

    @TempDir
    static Path folder;

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).start();
    }

    @AfterAll
    static void close() throws Exception {
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> files() throws Exception {
        var cases = Json.parse(Files.readAllBytes(VECTORS)).get("cases");
        assertThat(cases.size()).isGreaterThanOrEqualTo(28);
        return cases.valueStream()
                .map(vector -> DynamicTest.dynamicTest(vector.get("name").stringValue(), () -> check(vector)));
    }

    private static void check(JsonNode vector) throws Exception {
        var path = "/api/v1/prompts/p" + System.identityHashCode(vector);
        var put = server.send(server.request(path + "/dotprompt")
                .header("content-type", "text/plain")
                .PUT(BodyPublishers.ofString(vector.get("file").stringValue())));
        put.expect(201);
        var body = Json.object();
        body.set("variables", vector.get("values"));

        var rendered = server.post(path + "/render", Json.text(body)).expect(200);

        assertThat(said(rendered.get("messages"), "assistant")).isEqualTo(said(vector.get("messages"), "model"));
    }

    private static ArrayList<String> said(JsonNode messages, String model) {
        var all = new ArrayList<String>();
        for (var message : messages) {
            var role = message.get("role").stringValue();
            all.add((role.equals(model) ? "model" : role) + ": "
                    + message.get("content").stringValue());
        }
        return all;
    }
}
