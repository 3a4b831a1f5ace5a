package com.aistrale.server.wire.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawClient;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The blocks of a stream: each begins, is said and ends before the next, in whatever order its pieces come. */
@Timeout(60)
class MessagesStreamTest {
    private static final String PATH = "/v1/messages";
    private static final String STREAM =
            "{\"model\":\"gpt-4o\",\"max_tokens\":9,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

    @TempDir
    Path folder;

    private RawServer upstream;
    private TestServer server;

    private void start(RawServer.Script script) throws Exception {
        upstream = new RawServer(script);
        server = TestServer.in(folder).openAi(upstream.url()).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    private static String delta(String json) {
        return "data: {\"choices\":[{\"index\":0,\"delta\":" + json + ",\"finish_reason\":null}]}\n\n";
    }

    private static String begins(int index, String name) {
        return delta("{\"tool_calls\":[{\"index\":" + index + ",\"id\":\"c" + index
                + "\",\"type\":\"function\",\"function\":{\"name\":\"" + name + "\",\"arguments\":\"\"}}]}");
    }

    private static String piece(int index, String arguments) {
        var text = Json.text(Json.array().stringNode(arguments));
        return delta("{\"tool_calls\":[{\"index\":" + index + ",\"function\":{\"arguments\":" + text + "}}]}");
    }

    private static String text(String text) {
        return delta("{\"content\":\"" + text + "\"}");
    }

    /** The events of the blocks, in short: {@code 0 begin text}, {@code 0 PIECE}, {@code 0 end}. */
    private List<String> blocks(String... chunks) throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
            for (var chunk : chunks) {
                line.chunk(chunk);
            }
            OpenAiUpstream.endStream(line);
        });
        var all = new ArrayList<String>();
        for (var line : server.post(PATH, STREAM).body().split("\n")) {
            if (line.startsWith("data: ")) {
                var event = Json.parse(line.substring(6));
                if (event.has("index")) {
                    all.add(event.get("index").intValue() + " " + shortened(event));
                }
            }
        }
        return all;
    }

    private static String shortened(JsonNode event) {
        var block = event.path("content_block");
        var delta = event.path("delta");
        return switch (event.get("type").stringValue()) {
            case "content_block_start" ->
                "begin " + block.get("type").stringValue()
                        + (block.has("id")
                                ? " " + block.get("id").stringValue() + " "
                                        + block.get("name").stringValue() + " " + block.get("input")
                                : "");
            case "content_block_delta" ->
                Stream.of("text", "partial_json", "thinking")
                        .filter(delta::has)
                        .map(name -> delta.get(name).stringValue())
                        .findFirst()
                        .orElseThrow();
            default -> "end";
        };
    }

    @Test
    void callsThatComeOneAfterTheOtherAreToldAsTheyCome() throws Exception {
        assertThat(blocks(
                        text("Look:"),
                        begins(0, "f"),
                        piece(0, "{\"a\""),
                        piece(0, ":1}"),
                        begins(1, "g"),
                        piece(1, "{\"b\""),
                        piece(1, ":2}"),
                        text("Done.")))
                .containsExactly(
                        "0 begin text",
                        "0 Look:",
                        "0 end",
                        "1 begin tool_use c0 f {}",
                        "1 {\"a\"",
                        "1 :1}",
                        "1 end",
                        "2 begin tool_use c1 g {}",
                        "2 {\"b\"",
                        "2 :2}",
                        "2 end",
                        "3 begin text",
                        "3 Done.",
                        "3 end");
    }

    @Test
    void callsThatComeTogetherAreToldOneAfterTheOther() throws Exception {
        assertThat(blocks(
                        begins(0, "f"),
                        begins(1, "g"),
                        piece(0, "{\"a\":\"}"),
                        piece(1, "{\"b\":"),
                        begins(2, "h"),
                        piece(1, "2}"),
                        piece(0, "\\\"x\"}"),
                        piece(2, "{\"c\":3}")))
                .containsExactly(
                        "0 begin tool_use c0 f {}",
                        "0 {\"a\":\"}",
                        "0 \\\"x\"}",
                        "0 end",
                        "1 begin tool_use c1 g {}",
                        "1 {\"b\":",
                        "1 2}",
                        "1 end",
                        "2 begin tool_use c2 h {}",
                        "2 {\"c\":3}",
                        "2 end");
    }

    @Test
    void aCallWithoutArgumentsHoldsBackWhatFollowsToTheEnd() throws Exception {
        assertThat(blocks(begins(0, "f"), begins(1, "g"), piece(1, "{\"b\":1}"), text("So.")))
                .containsExactly(
                        "0 begin tool_use c0 f {}",
                        "0 end",
                        "1 begin tool_use c1 g {}",
                        "1 {\"b\":1}",
                        "1 end",
                        "2 begin text",
                        "2 So.",
                        "2 end");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1|,2]|{\"invalid_arguments\":\"[1,2]\"}",
                "Par|is|{\"invalid_arguments\":\"Paris\"}",
                "{\"a\":1}|{\"b\":2}|{\"a\":1}"
            })
    void whatIsPutTogetherIsAlwaysAnObject(String first, String second, String input) throws Exception {
        var told = blocks(begins(0, "f"), piece(0, first), piece(0, second), text("So."));

        assertThat(told)
                .containsExactly("0 begin tool_use c0 f {}", "0 " + input, "0 end", "1 begin text", "1 So.", "1 end");
    }

    @Test
    void aModelThatIsSilentIsCoveredByPingsBeforeItsFirstWordAndBehindIt() throws Exception {
        var first = new CountDownLatch(1);
        var rest = new CountDownLatch(1);
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
            first.await();
            line.chunk(OpenAiUpstream.delta("Hi"));
            rest.await();
            OpenAiUpstream.endStream(line);
        });
        var ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
        try (var client = new RawClient(server.port())
                .post(PATH, "x-api-key: " + server.key() + "\r\ncontent-type: application/json\r\n", STREAM)) {
            assertThat(client.readUntil(ping)).startsWith("HTTP/1.1 200 ").doesNotContain("message_start");
            first.countDown();
            assertThat(client.readUntil(ping))
                    .contains("event: message_start\n")
                    .contains("\"Hi\"");
            rest.countDown();
            assertThat(client.readUntil("\r\n0\r\n\r\n")).contains("event: message_stop\n");
        }
    }

    @Test
    void whatFailsBehindAPingIsAnErrorInTheStream() throws Exception {
        var gate = new CountDownLatch(1);
        start(line -> {
            line.request();
            gate.await();
            line.write(OpenAiUpstream.error(400, "", "No."));
        });
        try (var client = new RawClient(server.port())
                .post(PATH, "x-api-key: " + server.key() + "\r\ncontent-type: application/json\r\n", STREAM)) {
            client.readUntil("event: ping\ndata: {\"type\":\"ping\"}\n\n");
            gate.countDown();
            assertThat(client.readUntil("\r\n0\r\n\r\n"))
                    .contains("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",")
                    .doesNotContain("message_start");
        }
    }
}
