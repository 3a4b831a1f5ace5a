package com.aistrale.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What OpenAI refuses, in its words. A row's request is a good one with one more or one other field. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenAiStrictnessTest {
    private static final String CALL =
            "{'role':'assistant','tool_calls':[{'id':'c1','type':'function','function':{'name':'f','arguments':'{}'}}]}";

    private final Emulator emulator = Emulator.start(0);
    private final Client client = new Client(emulator);

    @BeforeAll
    void forget() {
        emulator.reset();
    }

    @AfterAll
    void stop() {
        client.close();
        emulator.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            nullValues = "null",
            value = {
                "'foo':1 | Unrecognized request argument supplied: foo | null | null",
                "'temperature':'hot' | Invalid type for 'temperature': expected a decimal, but got a string instead. | temperature | invalid_type",
                "'temperature':3 | Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead. | temperature | decimal_above_max_value",
                "'max_tokens':0 | Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead. | max_tokens | integer_below_min_value",
                "'messages':'Hi' | Invalid type for 'messages': expected an array of objects, but got a string instead. | messages | invalid_type",
                "'messages':[] | Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead. | messages | empty_array",
                "'messages':[{'role':'boss','content':'x'}] | Invalid value: 'boss'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'. | messages[0].role | invalid_value",
                "'messages':[{'role':'user','content':'x','id':1}] | Unknown parameter: 'messages[0].id'. | messages[0].id | unknown_parameter",
                "'messages':[{'role':'user'}] | Missing required parameter: 'messages[0].content'. | messages[0].content | missing_required_parameter",
                "'messages':[{'role':'user','content':'x'},{'role':'tool','tool_call_id':'c1','content':'r'}] | Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'. | messages.[1].role | null",
                "'stream_options':{'include_usage':true} | The 'stream_options' parameter is only allowed when 'stream' is enabled. | stream_options | null",
                "'tool_choice':'required' | Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified. | tool_choice | null",
                "'response_format':{'type':'json_object'} | 'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'. | messages | null",
                "'reasoning_effort':'low' | Unsupported parameter: 'reasoning_effort' is not supported with this model. | reasoning_effort | unsupported_parameter",
                "'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:image/png;base64,%%%'}}]}] | Invalid base64 image_url. | messages[0].content[0].image_url.url | invalid_value",
            })
    void refuses(String field, String message, String param, String code) throws Exception {
        String name = field.substring(0, field.indexOf(':'));
        String good =
                "'model':'gpt-4o'" + (name.equals("'messages'") ? "" : ",'messages':[{'role':'user','content':'Hi'}]");
        Client.Answer answer = post("{" + good + "," + field + "}");
        assertThat(answer.status()).isEqualTo(400);
        JsonNode error = answer.json().get("error");
        assertThat(error.get("message").asString()).isEqualTo(message);
        assertThat(error.get("param").asString(null)).isEqualTo(param);
        assertThat(error.get("code").asString(null)).isEqualTo(code);
        assertThat(error.get("type").asString()).isEqualTo("invalid_request_error");
    }

    @Test
    void refusesCallsWithoutResultsNamingThem() throws Exception {
        String messages = "'messages':[{'role':'user','content':'x'}," + CALL + ",{'role':'user','content':'y'}]";
        JsonNode error = post("{'model':'gpt-4o'," + messages + "}").json().get("error");
        assertThat(error.get("message").asString())
                .isEqualTo(
                        "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                                + "'tool_call_id'. The following tool_call_ids did not have response messages: c1");
        assertThat(error.get("param").asString()).isEqualTo("messages.[2].role");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'max_tokens':5 | Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                "'temperature':0.2 | Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
            })
    void holdsReasoningModelsToTheirParameters(String field, String message) throws Exception {
        Client.Answer answer = post("{'model':'gpt-5-mini','messages':[{'role':'user','content':'Hi'}]," + field + "}");
        assertThat(answer.json().get("error").get("message").asString()).isEqualTo(message);
    }

    @Test
    void refusesWhatIsNoJson() throws Exception {
        assertThat(post("{").json().get("error").get("message").asString())
                .startsWith("We could not parse the JSON body of your request.");
    }

    @Test
    void refusesMissingAndWrongKeysInDifferentWords() throws Exception {
        String path = "/openai/v1/models";
        JsonNode missing =
                client.send(client.request(path).setHeader("authorization", "")).json();
        assertThat(missing.get("error").get("message").asString()).startsWith("You didn't provide an API key.");
        Client.Answer wrong =
                client.send(client.request(path).setHeader("authorization", "Bearer sk-revoked-0123456789"));
        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.json().get("error").get("code").asString()).isEqualTo("invalid_api_key");
        assertThat(wrong.response().body()).doesNotContain("revoked-01234");
    }

    @Test
    void ollamaPassesOverWhatItDoesNotKnow() throws Exception {
        String body = "{'model':'llama3.2','foo':1,'messages':[{'role':'user','content':'Hi'}]}".replace('\'', '"');
        assertThat(client.post("/ollama/v1/chat/completions", body).status()).isEqualTo(200);
    }

    private Client.Answer post(String body) throws Exception {
        return client.post(
                "/openai/v1/chat/completions", body.replace("'", "\"").replace("''", "'"));
    }
}
