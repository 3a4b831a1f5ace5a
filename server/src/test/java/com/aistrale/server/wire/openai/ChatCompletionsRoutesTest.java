package com.aistrale.server.wire.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code POST /v1/chat/completions} through the whole server; codecs have tests of their own. */
@Timeout(60)
class ChatCompletionsRoutesTest {
    private static final String PATH = "/v1/chat/completions";
    private static final String PLAIN =
            "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
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
    void anAnswerOfTheSameFormatIsPassedOnAsItIs() throws Exception {
        start(line -> {
            line.request();
            line.write(OpenAiUpstream.answer("Hi there."));
        });

        var answer = server.post(PATH, PLAIN);

        assertThat(answer.status()).isEqualTo(200);
        var sent = OpenAiUpstream.answer("Hi there.");
        assertThat(answer.body()).isEqualTo(sent.substring(sent.indexOf("\r\n\r\n") + 4));
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("openai");
        assertThat(answer.header("x-aistrale-cost-usd")).isEqualTo("0.0000625");
        var record = server.record(String.valueOf(answer.header("x-aistrale-inference-id")));
        assertThat(record.get("status").stringValue()).isEqualTo("completed");
        assertThat(record.get("usage").get("total_tokens").intValue()).isEqualTo(13);
    }

    @Test
    void aStreamOfTheSameFormatIsPassedOnEventByEvent() throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.stream(line, "Hi", " there.");
        });

        var answer = server.post(PATH, STREAM.replace("true}", "true,\"stream_options\":{\"include_usage\":true}}"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(answer.header("x-aistrale-cost-usd")).isNull();
        assertThat(answer.body())
                .isEqualTo(OpenAiUpstream.delta("Hi")
                        + OpenAiUpstream.delta(" there.")
                        + OpenAiUpstream.finish()
                        + OpenAiUpstream.usage()
                        + "data: [DONE]\n\n");
    }

    @Test
    void theUsageChunkIsForThoseWhoAskedForIt() throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.stream(line, "Hi");
        });

        assertThat(server.post(PATH, STREAM).body())
                .isEqualTo(OpenAiUpstream.delta("Hi") + OpenAiUpstream.finish() + "data: [DONE]\n\n");
        assertThat(server.records().getFirst().get("usage").get("total_tokens").intValue())
                .as("the record has it all the same")
                .isEqualTo(13);
    }

    @Test
    void anErrorBeforeTheFirstPieceKeepsItsStatusAndOpenAisShape() throws Exception {
        start(line -> {
            while (line.request() != null) {
                line.write(OpenAiUpstream.error(429, "retry-after: 7\r\n", "Slow down."));
            }
        });

        for (var body : List.of(PLAIN, STREAM)) {
            var answer = server.post(PATH, body);
            assertThat(answer.expect(429)).isEqualTo(Json.parse("""
                    {"error":{"message":"OpenAI limits requests (429): Slow down.","type":"rate_limit_error",
                    "param":null,"code":"provider_rate_limited"}}"""));
            assertThat(answer.header("content-type")).isEqualTo("application/json");
            assertThat(answer.header("retry-after")).isEqualTo("7");
        }
    }

    @Test
    void aStreamThatBreaksOffSaysSoAndHasNoEnd() throws Exception {
        start(line -> {
            line.request();
            OpenAiUpstream.beginStream(line);
            line.chunk(OpenAiUpstream.delta("Half"));
        });

        var body = server.post(PATH, STREAM).body();

        var events = Arrays.asList(body.split("\n\n"));
        assertThat(events).hasSize(2);
        assertThat(events.getFirst() + "\n\n").isEqualTo(OpenAiUpstream.delta("Half"));
        var error = Json.parse(events.getLast().substring("data: ".length())).get("error");
        assertThat(error.get("code").stringValue()).isEqualTo("provider_failed");
        assertThat(error.get("type").stringValue()).isEqualTo("server_error");
        assertThat(body).doesNotContain("[DONE]");
        assertThat(server.records().getFirst().get("status").stringValue()).isEqualTo("failed");
    }

    @Test
    void theDemoAnswersHereOnlyByName() throws Exception {
        start(line -> {});
        server.close();
        server = TestServer.in(folder).start();

        var answer = server.post(PATH, PLAIN.replace("gpt-4o", "demo")).expect(200);
        assertThat(answer.get("choices").get(0).get("message").get("content").stringValue())
                .startsWith("This is AISTRALE's demo provider");
        var refused = server.post(PATH, PLAIN).expect(422);
        assertThat(refused.get("error").get("message").stringValue()).endsWith("aistrale tokens add --provider openai");
        assertThat(refused.get("error").get("code").stringValue()).isEqualTo("no_provider");
    }

    @Test
    void aStreamOfAnotherFormatIsWrittenInThisOne() throws Exception {
        start(line -> {});

        var body = server.post(PATH, STREAM.replace("gpt-4o", "demo")).body();

        var events = Arrays.stream(body.split("\n\n"))
                .map(event -> event.substring("data: ".length()))
                .toList();
        assertThat(events.getLast()).isEqualTo("[DONE]");
        var text = new StringBuilder();
        for (var event : events.subList(0, events.size() - 1)) {
            var choice = Json.parse(event).get("choices").get(0);
            text.append(choice.get("delta").path("content").stringValue(""));
        }
        assertThat(text.toString()).startsWith("This is AISTRALE's demo provider");
        assertThat(Json.parse(events.get(events.size() - 2))
                        .get("choices")
                        .get(0)
                        .get("finish_reason")
                        .stringValue())
                .isEqualTo("stop");
        assertThat(server.records().getFirst().get("status").stringValue()).isEqualTo("completed");
    }

    @Test
    void aRequestAtFaultNamesItsParameter() throws Exception {
        start(line -> {});

        var error = server.post(PATH, "{\"model\":\"gpt-4o\",\"messages\":[],\"stop\":7}")
                .expect(400)
                .get("error");
        assertThat(error.get("param").stringValue()).isEqualTo("messages");
        assertThat(error.get("type").stringValue()).isEqualTo("invalid_request_error");
        assertThat(server.post(PATH, "{").expect(400).get("error").get("code").stringValue())
                .isEqualTo("invalid_request");
        assertThat(server.get(PATH).expect(405).get("error").get("code").stringValue())
                .isEqualTo("method_not_allowed");
        assertThat(server.get("/v1/nothing")
                        .expect(404)
                        .get("error")
                        .get("code")
                        .stringValue())
                .isEqualTo("not_found");
        assertThat(server.records()).isEmpty();
    }
}
