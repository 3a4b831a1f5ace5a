package com.aistrale.server.wire.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code POST /v1/messages} through the whole server, for a provider of another format; e2e has the official clients. */
@Timeout(60)
class MessagesRoutesTest {
    private static final String PATH = "/v1/messages";
    private static final String PLAIN =
            "{\"model\":\"gpt-4o\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final String STREAM = PLAIN.replace("}]}", "}],\"stream\":true}");

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

    @Test
    void anAnswerOfAnotherFormatIsWrittenInThisOne() throws Exception {
        start(line -> {
            line.request();
            line.write(OpenAiUpstream.answer("Hi there."));
        });

        var answer = server.post(PATH, PLAIN);

        var id = String.valueOf(answer.header("x-aistrale-inference-id"));
        assertThat(answer.expect(200)).isEqualTo(Json.parse("""
                {"id":"%s","type":"message","role":"assistant","model":"gpt-4o-2024-08-06",
                 "content":[{"type":"text","text":"Hi there."}],"stop_reason":"end_turn","stop_sequence":null,
                 "usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":4}}""".formatted(id)));
        assertThat(answer.header("request-id")).isEqualTo(answer.header("x-request-id"));
        assertThat(answer.header("x-aistrale-cost-usd")).isEqualTo("0.0000625");
    }

    @Test
    void aStreamOfAnotherFormatIsWrittenInThisOne() throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.stream(line, "Hi", " there.");
        });

        var answer = server.post(PATH, STREAM);

        assertThat(answer.status()).isEqualTo(200);
        var id = String.valueOf(answer.header("x-aistrale-inference-id"));
        assertThat(answer.body()).isEqualTo("""
                event: message_start
                data: {"type":"message_start","message":{"id":"%s","type":"message","role":"assistant","model":"gpt-4o",\
                "content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,\
                "cache_read_input_tokens":0,"output_tokens":0}}}

                event: content_block_start
                data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" there."}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":0}

                event: message_delta
                data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},\
                "usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":4}}

                event: message_stop
                data: {"type":"message_stop"}

                """.formatted(id));
    }

    @Test
    void aStreamThatBreaksOffSaysSoAndHasNoEnd() throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
            line.chunk(OpenAiUpstream.delta("Half"));
        });

        var body = server.post(PATH, STREAM).body();

        var last = body.substring(body.lastIndexOf("event: "));
        assertThat(last).startsWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",");
        assertThat(last).contains("\"code\":\"provider_failed\"");
        assertThat(body).doesNotContain("message_stop");
        assertThat(server.records().getFirst().get("status").stringValue()).isEqualTo("failed");
    }

    @Test
    void failuresHaveAnthropicsShapeAndNobodyElsesPaths() throws Exception {
        start(line -> {});

        var refused = server.post(PATH, "{\"model\":\"gpt-4o\",\"messages\":[]}");
        assertThat(refused.expect(400)).isEqualTo(Json.parse("""
                {"type":"error","error":{"type":"invalid_request_error",
                 "message":"/messages: is empty; at least one message is needed (and 1 more, see errors)","code":"invalid_request",
                 "errors":[{"pointer":"/messages","detail":"is empty; at least one message is needed"},
                  {"pointer":"/max_tokens","detail":"is missing"}]},"request_id":"%s"}""".formatted(refused.header("x-request-id"))));
        assertThat(server.get(PATH).expect(405).get("error").get("type").stringValue())
                .isEqualTo("invalid_request_error");
        assertThat(server.get(PATH).header("request-id")).startsWith("req_");
        assertThat(server.get("/v1/nothing").expect(404).has("request_id"))
                .as("OpenAI's")
                .isFalse();
        assertThat(server.records()).isEmpty();
    }
}
