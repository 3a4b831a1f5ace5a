package com.aistrale.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.TestServer;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code POST /api/v1/inferences}, plain, through the whole server. */
@Timeout(60)
class InferenceRoutesTest {
    private static final String RUN = "{\"prompt\":\"Hello\",\"model\":\"gpt-4o\"}";

    @TempDir
    Path folder;

    private RawServer upstream;
    private TestServer server;

    private void start(RawServer answering) throws Exception {
        upstream = answering;
        server = TestServer.in(folder).openAi(upstream.url()).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    @Test
    void answersWithEverythingThereIsToKnow() throws Exception {
        start(RawServer.answering(OpenAiUpstream.answer("Hi there.")));

        var answer = server.run("{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"session_id\":\"ses_1\"}");

        var json = answer.expect(200);
        var id = json.get("id").stringValue();
        assertThat(id).matches("inf_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(json.propertyNames())
                .containsExactly(
                        "id",
                        "text",
                        "message",
                        "tool_calls",
                        "provider",
                        "model",
                        "finish_reason",
                        "usage",
                        "cost_usd",
                        "cost_source",
                        "latency_ms",
                        "time_to_first_token_ms",
                        "attempts",
                        "prompt",
                        "session_id",
                        "created_at");
        assertThat(json.get("text").stringValue()).isEqualTo("Hi there.");
        assertThat(json.get("message")).isEqualTo(Json.parse("{\"role\":\"assistant\",\"content\":\"Hi there.\"}"));
        assertThat(json.get("tool_calls")).isEqualTo(Json.array());
        assertThat(json.get("provider").stringValue()).isEqualTo("openai");
        assertThat(json.get("model").stringValue()).isEqualTo("gpt-4o");
        assertThat(json.get("finish_reason").stringValue()).isEqualTo("stop");
        assertThat(json.get("usage").get("total_tokens").intValue()).isEqualTo(13);
        assertThat(json.get("cost_source").stringValue()).isEqualTo("reported");
        assertThat(json.get("time_to_first_token_ms").isNull()).isTrue();
        assertThat(json.get("session_id").stringValue()).isEqualTo("ses_1");
        assertThat(json.get("created_at").stringValue()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(answer.header("x-request-id")).matches("req_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(answer.header("x-aistrale-inference-id")).isEqualTo(id);
        assertThat(answer.header("x-aistrale-provider")).isEqualTo("openai");
        // 9 input tokens at 2.50 and 4 output tokens at 10.00 dollars a million
        assertThat(json.get("cost_usd").decimalValue()).isEqualByComparingTo("0.0000625");
        assertThat(answer.header("x-aistrale-cost-usd")).isEqualTo("0.0000625");
    }

    @Test
    void theRecordSaysTheSameAndWasThereBeforeTheAnswer() throws Exception {
        start(RawServer.answering(OpenAiUpstream.answer("Hi there.")));

        var answer = server.send(server.request("/api/v1/inferences")
                .header("x-aistrale-client", "test/1.0")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(
                        "{\"prompt\":\"Hello\",\"model\":\"openai/gpt-4o\",\"metadata\":{\"team\":\"a\"}}")));
        List<String> rows;
        try (var file = server.database()) {
            rows = file.rows("SELECT id, status FROM inference");
        }

        var json = answer.expect(200);
        var id = json.get("id").stringValue();
        assertThat(rows).containsExactly(id + "|completed");
        var record = server.record(id);
        for (var field : List.of(
                "provider",
                "model",
                "finish_reason",
                "usage",
                "cost_usd",
                "cost_source",
                "latency_ms",
                "time_to_first_token_ms",
                "attempts",
                "session_id",
                "created_at")) {
            assertThat(record.get(field)).as(field).isEqualTo(json.get(field));
        }
        assertThat(record.get("status").stringValue()).isEqualTo("completed");
        assertThat(record.get("requested_model").stringValue()).isEqualTo("openai/gpt-4o");
        assertThat(record.get("client").stringValue()).isEqualTo("test/1.0");
        assertThat(record.get("streamed").booleanValue()).isFalse();
        assertThat(record.get("error").isNull()).isTrue();
        assertThat(record.get("metadata")).isEqualTo(Json.parse("{\"team\":\"a\"}"));
        assertThat(record.remove("content").isNull()).isTrue(); // lists leave it out
        assertThat(server.records()).containsExactly(record);
    }

    @Test
    void everyCompletedInferenceHasOneEvent() throws Exception {
        start(RawServer.answering(OpenAiUpstream.answer("Hi there.")));

        var id = server.run(RUN).expect(200).get("id").stringValue();

        try (var file = server.database()) {
            assertThat(file.rows("SELECT seq, type FROM event")).containsExactly("1|inference.completed");
            var data = Json.parse(file.rows("SELECT data FROM event").getFirst());
            assertThat(data.path("inference_id").stringValue()).isEqualTo(id);
            assertThat(data.path("usage").path("total_tokens").intValue()).isEqualTo(13);
        }
    }

    @Test
    void aRefusalOfTheProviderIsOneAnswerOneRecordAndOneEvent() throws Exception {
        start(RawServer.answering(OpenAiUpstream.error(429, "retry-after: 70\r\n", "Slow down.")));

        var answer = server.run(RUN);

        assertThat(answer.problem(429, "provider_rate_limited")).isEqualTo("OpenAI limits requests (429): Slow down.");
        assertThat(answer.json().get("provider").stringValue()).isEqualTo("openai");
        assertThat(answer.json().get("upstream_status").intValue()).isEqualTo(429);
        assertThat(answer.json().get("retry_after_ms").intValue()).isEqualTo(70000);
        assertThat(answer.header("retry-after")).isEqualTo("70");
        assertThat(answer.header("retry-after-ms")).isEqualTo("70000");
        assertThat(answer.header("x-should-retry")).isNull();
        var record = server.record(String.valueOf(answer.header("x-aistrale-inference-id")));
        assertThat(record.get("status").stringValue()).isEqualTo("failed");
        assertThat(record.get("error")).isEqualTo(Json.parse("""
            {"code":"provider_rate_limited","message":"OpenAI limits requests (429): Slow down.",
            "provider":"openai","upstream_status":429}\
            """));
        assertThat(record.get("cost_usd").isNull()).isTrue();
        assertThat(record.get("attempts").get(0).get("outcome").stringValue()).isEqualTo("provider_rate_limited");
        try (var file = server.database()) {
            assertThat(file.rows("SELECT type FROM event")).containsExactly("inference.failed");
        }
        assertThat(upstream.requests()).hasSize(1);
    }

    @Test
    void aPermanentRefusalTellsClientsNotToRetry() throws Exception {
        start(RawServer.answering(OpenAiUpstream.error(400, "", "No such parameter.")));

        var answer = server.run(RUN);

        answer.problem(400, "provider_rejected");
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
    }

    @Test
    void theDeadlineOfTheRequestHolds() throws Exception {
        start(new RawServer(line -> {
            line.request();
            line.awaitEnd();
        }));

        var answer = server.run("{\"prompt\":\"Hello\",\"model\":\"gpt-4o\",\"timeout_ms\":200}");

        assertThat(answer.problem(504, "provider_timeout")).matches("OpenAI did not answer within (1\\d\\d|200) ms\\.");
    }

    @Test
    void aRequestAtFaultIsRefusedBeforeAnythingIsAskedOrRecorded() throws Exception {
        start(RawServer.answering(OpenAiUpstream.answer("never")));

        var answer = server.run("{\"promt\":\"Hello\"}");

        answer.problem(400, "invalid_request");
        assertThat(answer.json().get("errors").toString())
                .contains("\"/promt\"")
                .contains("did you mean `prompt`?");
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
        assertThat(answer.header("x-aistrale-inference-id")).isNull();
        assertThat(upstream.requests()).isEmpty();
        assertThat(server.records()).isEmpty();
    }

    @Test
    void anAnswerThatTheCallerCannotTakeIsNotPaidFor() throws Exception {
        start(RawServer.answering(OpenAiUpstream.answer("never")));

        var answer = server.send(server.request("/api/v1/inferences")
                .header("accept", "text/html")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(RUN)));

        assertThat(answer.problem(406, "not_acceptable"))
                .isEqualTo("The answer is `application/json`, which `Accept: text/html` leaves out.");
        assertThat(upstream.requests()).isEmpty();
    }
}
