package com.aistrale.server.webhooks;

import static com.aistrale.server.webhooks.WebhookRoutesTest.LEAST;
import static com.aistrale.server.webhooks.WebhookRoutesTest.WEBHOOKS;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** What nobody can make of a webhook, nor change one to: each mistake is named, and nothing is made or changed. */
@Timeout(60)
class WebhookMistakesTest {
    @TempDir
    static Path folder;

    private static TestServer server;
    private static ObjectNode shown;
    private static String path;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).start();
        shown = server.post(WEBHOOKS, LEAST).expect(201);
        shown.remove("secret");
        path = WEBHOOKS + "/" + shown.get("id").stringValue();
    }

    @AfterAll
    static void close() throws Exception {
        server.close();
    }

    static List<String[]> wrong() {
        var all = new ArrayList<String[]>();
        for (var events :
                List.of("null", "\"*\"", "[]", "[\"*\", \"inference.failed\"]", "[\"inference.failed\",\"*\"]")) {
            all.add(events(events, "/events"));
        }
        for (var type :
                List.of("\"inference.complete\"", "\"\"", "null", "7", "\"Inference.failed\"", "\"inference.*\"")) {
            all.add(events("[\"inference.failed\", " + type + "]", "/events/1"));
        }
        all.add(events("[\"inference.failed\", \"inference.completed\", \"inference.failed\"]", "/events/2"));
        for (var url : List.of(
                "null",
                "7",
                "\"\"",
                "\"hooks.example.com\"",
                "\"http://hooks.example.com/\"",
                "\"ftp://hooks.example.com/\"",
                "\"https://user:pass@hooks.example.com/\"",
                "\"https://127.0.0.1/\"",
                "\"https://[::1]/\"",
                "\"https://2130706433/\"",
                "\"https://10.1.2.3/hook\"",
                "\"https://hooks.example.com/" + "a".repeat(2048 - 25) + "\"")) {
            all.add(new String[] {"\"https://hooks.example.com/path-TOPSECRET\"", url, "/url"});
        }
        for (var secret : List.of(
                "7",
                "\"\"",
                "\"whsec_\"",
                "\"SECRETAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
                "\"whsec_" + "A".repeat(28) + "\"", // 21 bytes
                "\"whsec_" + "A".repeat(88) + "\"", // 66 bytes
                "\"whsec_" + "A".repeat(43) + "\"",
                "\"whsec_" + "A".repeat(30) + "-_" + "\"")) {
            all.add(more("\"secret\": " + secret, "/secret"));
        }
        for (var name : List.of("\"\"", "\" \"", "\"" + "a".repeat(101) + "\"", "\"a\\u0000\"", "7")) {
            all.add(more("\"name\": " + name, "/name"));
        }
        for (var filter : List.of("7", "[]", "\"team\"")) {
            all.add(more("\"filter\": " + filter, "/filter"));
        }
        for (var metadata : List.of("null", "7", "{}", WebhookRoutesTest.entries(33))) {
            all.add(more("\"filter\": {\"metadata\": " + metadata + "}", "/filter/metadata"));
        }
        all.add(more("\"filter\": {}", "/filter/metadata"));
        all.add(more("\"filter\": {\"metadata\": {\"a\": \"b\"}, \"x\": 1}", "/filter/x"));
        all.add(more("\"filter\": {\"metadata\": {\"a\": 1}}", "/filter/metadata/a"));
        all.add(more("\"filter\": {\"metadata\": {\"a\": null}}", "/filter/metadata/a"));
        all.add(more("\"filter\": {\"metadata\": {\"\": \"b\"}}", "/filter/metadata/"));
        all.add(more("\"filter\": {\"metadata\": {\"a\": \"\\ud800\"}}", "/filter/metadata/a"));
        all.add(more("\"filter\": {\"metadata\": {\"a\": \"" + "b".repeat(513) + "\"}}", "/filter/metadata/a"));
        all.add(more(
                "\"filter\": {\"metadata\": {\"" + "a".repeat(65) + "\": \"b\"}}",
                "/filter/metadata/" + "a".repeat(65)));
        all.add(more("\"headers\": []", "/headers"));
        all.add(more("\"headers\": " + WebhookRoutesTest.entries(11), "/headers"));
        for (var name : List.of(
                "Host",
                "content-length",
                "Content-Type",
                "content-anything",
                "user-agent",
                "Connection",
                "keep-alive",
                "te",
                "Trailer",
                "transfer-encoding",
                "upgrade",
                "expect",
                "accept-encoding",
                "webhook-id",
                "Webhook-Signature",
                "Webhook_Signature",
                "CONTENT_LENGTH",
                "webhook-anything",
                "a b",
                "a:",
                "ü",
                "a".repeat(101))) {
            all.add(more("\"headers\": {\"" + name + "\": \"v\"}", "/headers/" + name));
        }
        all.add(more("\"headers\": {\"\": \"v\"}", "/headers/"));
        all.add(more("\"headers\": {\"a\\r\\nb\": \"v\"}", "/headers/a\r\nb"));
        all.add(more("\"headers\": {\"X-Key\": \"v\", \"x-key\": \"w\"}", "/headers/x-key"));
        for (var value : List.of(
                "\"\"",
                "\" v\"",
                "\"v \"",
                "\"v\\t\"",
                "\"v\\r\\nx: y\"",
                "\"v\\u0000\"",
                "\"ü\"",
                "\"\\u007f\"",
                "7",
                "null",
                "[]",
                "\"" + "v".repeat(1025) + "\"")) {
            all.add(more("\"headers\": {\"x-key\": " + value + "}", "/headers/x-key"));
        }
        all.add(more("\"include_content\": \"yes\"", "/include_content"));
        all.add(more("\"enabled\": 1", "/enabled"));
        all.add(more("\"header\": {}", "/header"));
        all.add(more("\"disabled_reason\": null", "/disabled_reason"));
        return all;
    }

    private static String[] events(String events, String pointer) {
        return new String[] {"[\"inference.failed\"]", events, pointer};
    }

    private static String[] more(String field, String pointer) {
        return new String[] {"}", ", " + field + "}", pointer};
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatIsWrongIsNamed(String what, String instead, String pointer) throws Exception {
        var body = LEAST.replace(what, instead);
        var answer = server.post(WEBHOOKS, body);
        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors"))
                .as(body + answer.body())
                .singleElement()
                .extracting(error -> error.get("pointer").stringValue())
                .isEqualTo(pointer);
        assertThat(server.get(WEBHOOKS).expect(200).get("data")).containsExactly(shown);
        if (!pointer.equals("/secret")) { // an update has none
            var changed = pointer.startsWith("/events") || pointer.equals("/url") ? body : "{" + instead.substring(2);
            server.post(path, changed).problem(400, "invalid_request");
            assertThat(server.get(path).expect(200)).isEqualTo(shown);
        }
    }
}
