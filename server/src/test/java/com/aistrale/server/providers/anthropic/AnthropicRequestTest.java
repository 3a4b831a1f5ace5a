package com.aistrale.server.providers.anthropic;

import static com.aistrale.server.providers.anthropic.AnthropicFixture.sent;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.ChatRequest.Sampling;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ResponseFormat;
import com.aistrale.server.inference.Tool;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Ask;
import com.aistrale.server.providers.FakeOutbound;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class AnthropicRequestTest {
    private static final JsonNode EPHEMERAL = Json.parse("{\"type\": \"ephemeral\", \"ttl\": \"1h\"}");

    @Test
    void aPlainQuestion() {
        assertThat(sent(Ask.the("claude-opus-5").user("Hi"))).isEqualTo(Json.parse("""
                {"model": "claude-opus-5", "max_tokens": 32000,
                 "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}"""));
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.anthropic.test, https://api.anthropic.test/v1/messages",
        "https://api.anthropic.test/v1, https://api.anthropic.test/v1/messages",
        "https://proxy.test/claude, https://proxy.test/claude/v1/messages"
    })
    void goesToTheMessagesOfTheBaseUrlWithVersionAndKey(String base, String url) {
        var outbound = FakeOutbound.answering(AnthropicFixture.HELLO);
        AnthropicFixture.provider(outbound)
                .complete(Ask.the("claude-opus-5").user("Hi").atAnthropic(base));
        var request = outbound.requests.getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.url()).isEqualTo(url);
        assertThat(request.headers())
                .containsEntry("anthropic-version", "2023-06-01")
                .containsEntry("x-api-key", Ask.KEY);
    }

    @Test
    void aStreamSaysSo() {
        var outbound = FakeOutbound.answering("event: message_stop\ndata: {\"type\": \"ping\"}\n\n");
        try {
            AnthropicFixture.provider(outbound).stream(
                    Ask.the("claude-opus-5").user("Hi").atAnthropic(AnthropicFixture.BASE), chunk -> {});
        } catch (RuntimeException itEnds) {
            // what becomes of the stream is another test's matter
        }
        assertThat(Json.parse(outbound.sent()).path("stream").booleanValue(false))
                .isTrue();
    }

    @Test
    void neighboursOfOneRoleAreOneTurnAndToolResultsAreTheUsers() {
        var ask = Ask.the("claude-sonnet-4-5")
                .system("Be brief.")
                .user("Weather in Paris and Rome?")
                .user("Please.")
                .message(
                        Role.ASSISTANT,
                        new Part.Text("", null),
                        new Part.Thinking("hm", "c2ln+/="),
                        new Part.RedactedThinking("ZW5j"),
                        new Part.Text("Let me see.", null),
                        new Part.ToolCall("toolu_1", "weather", "{\"city\":\"Paris\"}", null),
                        new Part.ToolCall("toolu_2", "weather", "", null))
                .result("toolu_1", "sunny")
                .result("toolu_2", "")
                .user("So?");
        assertThat(sent(ask)).isEqualTo(Json.parse("""
                {"model": "claude-sonnet-4-5", "max_tokens": 8192, "system": "Be brief.", "messages": [
                  {"role": "user", "content": [
                    {"type": "text", "text": "Weather in Paris and Rome?"}, {"type": "text", "text": "Please."}]},
                  {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "c2ln+/="},
                    {"type": "redacted_thinking", "data": "ZW5j"},
                    {"type": "text", "text": "Let me see."},
                    {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris"}},
                    {"type": "tool_use", "id": "toolu_2", "name": "weather", "input": {}}]},
                  {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"},
                    {"type": "tool_result", "tool_use_id": "toolu_2"},
                    {"type": "text", "text": "So?"}]}]}"""));
    }

    @Test
    void anotherProvidersReasoningIsNoTurn() {
        var ask = Ask.the("claude-opus-5")
                .user("Hi")
                .message(Role.ASSISTANT, new Part.Thinking("not signed", null))
                .user("Hello?");
        assertThat(sent(ask).get("messages")).isEqualTo(Json.parse("""
                [{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": "Hello?"}]}]"""));
    }

    @Test
    void aSystemMessageAmidTheConversationStandsInItsPlaceWhereTheModelAllowsIt() {
        var ask = Ask.the("claude-opus-5")
                .system("Be brief.")
                .system("Be kind.")
                .user("Hi")
                .assistant("Hello")
                .system("Answer in French from now on.")
                .user("How are you?");
        assertThat(sent(ask)).isEqualTo(Json.parse("""
                {"model": "claude-opus-5", "max_tokens": 32000,
                 "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
                 "messages": [
                  {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                  {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]},
                  {"role": "user", "content": [{"type": "text", "text": "How are you?"}]},
                  {"role": "system", "content": "Answer in French from now on."}]}"""));
    }

    @Test
    void elsewhereItJoinsTheOthers() {
        var ask = Ask.the("claude-opus-4-7")
                .system("A")
                .user("Hi")
                .system("B")
                .assistant("Hello")
                .user("Again");
        assertThat(sent(ask).get("system"))
                .isEqualTo(
                        Json.parse("[{\"type\": \"text\", \"text\": \"A\"}, {\"type\": \"text\", \"text\": \"B\"}]"));
        var last = Ask.the("claude-opus-5").user("Hi").assistant("Hello").system("B");
        assertThat(sent(last).get("system")).isEqualTo(Json.parse("\"B\""));
    }

    @Test
    void images() {
        var ask = Ask.the("claude-opus-5")
                .message(
                        Role.USER,
                        new Part.Image("data:image/png;base64,iVBO", "high", EPHEMERAL),
                        new Part.Image("https://example.com/cat", null, null),
                        new Part.Other("file", Json.parse("""
                                {"type": "file", "file":
                                  {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"}}""")));
        assertThat(sent(ask).get("messages")).isEqualTo(Json.parse("""
                [{"role": "user", "content": [
                  {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"},
                   "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                  {"type": "image", "source": {"type": "url", "url": "https://example.com/cat"}},
                  {"type": "document", "title": "a.pdf",
                   "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}}]}]"""));
    }

    @Test
    void cacheMarkersStayWhereTheyWere() {
        var ask = Ask.the("claude-opus-5")
                .message(Role.SYSTEM, new Part.Text("Long.", EPHEMERAL))
                .message(Role.USER, new Part.Text("Hi", EPHEMERAL))
                .calls("toolu_1", "weather", "{}", null)
                .message(Role.TOOL, new Part.ToolResult("toolu_1", "sunny", EPHEMERAL))
                .tool(new Tool("weather", null, null, null, EPHEMERAL));
        var body = sent(ask);
        assertThat(body.at("/system/0/cache_control")).isEqualTo(EPHEMERAL);
        assertThat(body.at("/messages/0/content/0/cache_control")).isEqualTo(EPHEMERAL);
        assertThat(body.at("/messages/2/content/0/cache_control")).isEqualTo(EPHEMERAL);
        assertThat(body.at("/tools/0/cache_control")).isEqualTo(EPHEMERAL);
    }

    @Test
    void aSchemaForTheAnswerStandsBesideTheEffort() {
        var schema = Json.parse("{\"type\": \"object\", \"additionalProperties\": false}");
        var ask = Ask.the("claude-opus-5")
                .user("Hi")
                .effort("low")
                .format(new ResponseFormat.JsonSchema("city", "A city", schema, true));
        assertThat(sent(ask).get("output_config")).isEqualTo(Json.parse("""
                {"effort": "low", "format": {"type": "json_schema",
                 "schema": {"type": "object", "additionalProperties": false, "description": "A city"}}}"""));
        assertThat(schema.has("description")).as("the caller's schema").isFalse();
    }

    @Test
    void theRestOfWhatTheFormatHas() {
        var ask = Ask.the("claude-sonnet-4-5")
                .user("Hi")
                .atMost(77)
                .stop("END", "\n\n")
                .sampling(new Sampling(0.7, 0.9, 0.0, 0.0, null))
                .format(new ResponseFormat.Text())
                .choose(new ToolChoice.None())
                .parallel(false)
                .extra("user", "\"u-1\"")
                .extra("safety_identifier", "\"u-1\"")
                .extra("top_k", "40")
                .extra("service_tier", "\"default\"")
                .extra("thinking", "{\"type\": \"enabled\", \"budget_tokens\": 2000}");
        assertThat(sent(ask)).isEqualTo(Json.parse("""
                {"model": "claude-sonnet-4-5", "max_tokens": 77, "stop_sequences": ["END", "\\n\\n"],
                 "temperature": 0.7, "top_p": 0.9, "top_k": 40, "service_tier": "standard_only",
                 "metadata": {"user_id": "u-1"}, "thinking": {"type": "enabled", "budget_tokens": 2000},
                 "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}"""));
    }

    @Test
    void whatSaysNothingIsNoLoss() {
        var ask = Ask.the("claude-opus-5")
                .user("Hi")
                .extra("n", "1")
                .extra("logprobs", "false")
                .extra("top_logprobs", "0")
                .extra("store", "false")
                .extra("logit_bias", "{}")
                .extra("metadata", "{}")
                .extra("modalities", "[\"text\"]")
                .extra("verbosity", "\"medium\"")
                .extra("service_tier", "\"auto\"")
                .extra("user", "null")
                .extra("prediction", "null")
                .extra("stream_options", "{\"include_usage\": true}");
        assertThat(sent(ask)).isEqualTo(sent(Ask.the("claude-opus-5").user("Hi")));
    }

    @Test
    void providerOptionsComeLastAndLeaveTheRequestAsItWas() {
        var schema = Json.parse("{\"type\": \"object\"}");
        var ask = Ask.the("claude-opus-5")
                .user("Hi")
                .format(new ResponseFormat.JsonSchema("x", null, schema, null))
                .options("""
                        {"max_tokens": 5, "stream": true, "container": {"id": "c"},
                         "output_config": {"effort": "max", "format": {"schema": {"title": "T"}}}}""");
        var body = sent(ask);
        assertThat(body.get("max_tokens")).isEqualTo(Json.parse("5"));
        assertThat(body.has("stream")).as("asked for without a stream").isFalse();
        assertThat(body.at("/container/id")).isEqualTo(Json.parse("\"c\""));
        assertThat(body.get("output_config")).isEqualTo(Json.parse("""
                {"effort": "max", "format": {"type": "json_schema", "schema": {"type": "object", "title": "T"}}}"""));
        assertThat(schema).isEqualTo(Json.parse("{\"type\": \"object\"}"));
    }

    /** What budgets put aside for it. */
    @ParameterizedTest
    @CsvSource({
        "claude-opus-5, ",
        "claude-opus-5, high",
        "claude-sonnet-4-5, ",
        "claude-sonnet-4-5, none",
        "claude-sonnet-4-5, xhigh",
        "claude-3-5-haiku-latest, ",
        "claude-3-haiku-20240307, ",
        "claude-9, low"
    })
    void theUsualMaximumIsTheOneThatIsSent(String model, String effort) {
        var ask = Ask.the(model).user("Hi");
        var call = (effort == null ? ask : ask.effort(effort)).atAnthropic(AnthropicFixture.BASE);
        assertThat(AnthropicFixture.provider(FakeOutbound.answering(AnthropicFixture.HELLO))
                        .usualMaximum(model, call.request()))
                .isEqualTo(sent(effort == null ? ask : ask.effort(effort))
                        .get("max_tokens")
                        .intValue());
    }
}
