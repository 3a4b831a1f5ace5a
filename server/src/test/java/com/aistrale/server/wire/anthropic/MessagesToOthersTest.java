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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What Anthropic's format means at providers that have other words for it, or none. */
@Timeout(60)
class MessagesToOthersTest {
    private static final String PATH = "/v1/messages";
    private static final String CALLS = """
            {"role":"user","content":"Look."},
            {"role":"assistant","content":[
             {"type":"tool_use","id":"c1","name":"screen","input":{}},{"type":"tool_use","id":"c2","name":"page","input":{}}]}""";
    private static final String IMAGE =
            "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"aaaa\"}}";

    @TempDir
    Path folder;

    private RawServer upstream;
    private TestServer server;

    private void answering(String response) throws Exception {
        upstream = new RawServer(line -> {
            while (line.request() != null) {
                line.write(response);
            }
        });
        server = TestServer.in(folder).openAi(upstream.url()).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    private TestServer.Answer ask(String model, String fields) throws Exception {
        return server.post(PATH, "{\"model\":\"" + model + "\",\"max_tokens\":9," + fields + "}");
    }

    private TestServer.Answer turns(String turns) throws Exception {
        return ask("gpt-4o", "\"messages\":[" + turns + "]");
    }

    private JsonNode sent() {
        var request = upstream.requests().getLast();
        return Json.parse(request.substring(request.indexOf("\r\n\r\n") + 4));
    }

    @Test
    void anAnswerThatIsToBeGoneOnWithIsNotAskedForAnew() throws Exception {
        answering(OpenAiUpstream.answer("Hi"));

        var refused = turns("{\"role\":\"user\",\"content\":\"As JSON\"},{\"role\":\"assistant\",\"content\":\"{\"}");

        assertThat(refused.expect(400).get("error").get("message").stringValue())
                .isEqualTo(
                        "/messages/1: OpenAI has nothing that means this; leave out the last turn: it is the assistant's, and"
                                + " only Anthropic's models go on with one");
        assertThat(upstream.requests()).isEmpty();
    }

    @Test
    void whatHasNoPlaceIsNamedWithTheReason() throws Exception {
        answering(OpenAiUpstream.answer("Hi"));

        var refused = turns(
                "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"c\",\"content\":[{\"type\":\"search_result\"}]},"
                        + "{\"type\":\"image\",\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}]}");

        var errors = refused.expect(400).get("error").get("errors");
        assertThat(errors).hasSize(2);
        assertThat(errors.toString())
                .contains(
                        "{\"pointer\":\"/messages/0/content/0/content/0\",\"detail\":\"OpenAI has nothing that means this; a"
                                + " tool's answer can have text, images and documents\"}",
                        "{\"pointer\":\"/messages/0/content/1\",\"detail\":\"OpenAI has nothing that means this; leave it out\"}");
    }

    @Test
    void imagesOfToolResultsStandBehindAllResultsOfTheTurn() throws Exception {
        answering(OpenAiUpstream.answer("Hi"));

        turns(CALLS + """
                ,{"role":"user","content":[
                  {"type":"tool_result","tool_use_id":"c1","content":[%s]},
                  {"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"Two."},%s,
                    {"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}}]},
                  {"type":"text","text":"And?"}]}""".formatted(IMAGE, IMAGE.replace("aaaa", "bbbb"))).expect(200);

        assertThat(sent().get("messages").valueStream().skip(2))
                .containsExactly(Json.parse("""
                        {"role":"tool","tool_call_id":"c1","content":"The answer is an image, which follows."}"""), Json.parse("""
                        {"role":"tool","tool_call_id":"c2","content":"Two.\\nwords"}"""), Json.parse("""
                        {"role":"user","content":[
                         {"type":"text","text":"From the answer to the tool call c1:"},
                         {"type":"image_url","image_url":{"url":"data:image/png;base64,aaaa"}},
                         {"type":"text","text":"From the answer to the tool call c2:"},
                         {"type":"image_url","image_url":{"url":"data:image/png;base64,bbbb"}},
                         {"type":"text","text":"And?"}]}"""));
    }

    /** Anthropic takes neighbours of one role for one turn; nothing may stand between the results at others. */
    @Test
    void resultsOfTwoTurnsOfTheUserStandTogether() throws Exception {
        answering(OpenAiUpstream.answer("Hi"));

        turns(CALLS + """
                ,{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[%s]}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"c2","content":"Two."}]}""".formatted(IMAGE)).expect(200);

        assertThat(sent().get("messages")
                        .valueStream()
                        .map(message -> message.get("role").stringValue()))
                .containsExactly("user", "assistant", "tool", "tool", "user");
    }

    @Test
    void aTurnOfThoughtsAloneIsNone() throws Exception {
        answering(OpenAiUpstream.answer("Hi"));

        turns(
                        "{\"role\":\"user\",\"content\":\"A\"},{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\","
                                + "\"signature\":\"\"}]},{\"role\":\"user\",\"content\":\"B\"}")
                .expect(200);

        assertThat(sent().get("messages")).isEqualTo(Json.parse("""
                [{"role":"user","content":"A"},{"role":"user","content":"B"}]"""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"city\":\"Paris\"}|{\"city\":\"Paris\"}",
                "''|{}",
                "null|{}",
                "{\"city\":\"Pa|{\"invalid_arguments\":\"{\\\"city\\\":\\\"Pa\"}",
                "[1]|{\"invalid_arguments\":\"[1]\"}",
                "\"Paris\"|{\"invalid_arguments\":\"\\\"Paris\\\"\"}",
                "{\"a\":1}{\"b\":2}|{\"invalid_arguments\":\"{\\\"a\\\":1}{\\\"b\\\":2}\"}"
            })
    void theInputOfACallIsAlwaysAnObject(String arguments, String input) throws Exception {
        answering(RawServer.json("""
                {"model":"gpt-4o","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
                "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":%s}}]}}]}""".formatted(Json.text(Json.array().stringNode(arguments)))));

        var block = turns("{\"role\":\"user\",\"content\":\"Hi\"}")
                .expect(200)
                .get("content")
                .get(0);

        assertThat(block.get("input")).isEqualTo(Json.parse(input));
        assertThat(block.get("id").stringValue()).isEqualTo("c1");
    }

    @Test
    void aReasonThatTheFormatDoesNotHaveIsTheEndOfTheTurn() throws Exception {
        answering(OpenAiUpstream.answer("Hi").replace("\"stop\"", "\"idle\""));

        var answer = turns("{\"role\":\"user\",\"content\":\"Hi\"}").expect(200);

        assertThat(answer.get("stop_reason").stringValue()).isEqualTo("end_turn");
    }

    @ParameterizedTest
    @CsvSource({"gpt-4o, false", "gpt-5.4, true", "openai/unheard-of, true"})
    void thinkingIsAskedOfWhoeverMayThink(String model, boolean asked) throws Exception {
        answering(OpenAiUpstream.answer("Hi"));

        ask(
                        model,
                        "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":4096},"
                                + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]")
                .expect(200);

        assertThat(sent().has("reasoning_effort")).isEqualTo(asked);
    }

    /** Who asks for it in OpenAI's words means it, and hears from the provider. */
    @Test
    void inOpenAisWordsItIsAskedOfEverybody() throws Exception {
        answering(OpenAiUpstream.answer("Hi"));

        server.post(
                        "/v1/chat/completions",
                        "{\"model\":\"gpt-4o\",\"reasoning_effort\":\"low\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")
                .expect(200);

        assertThat(sent().get("reasoning_effort").stringValue()).isEqualTo("low");
    }
}
