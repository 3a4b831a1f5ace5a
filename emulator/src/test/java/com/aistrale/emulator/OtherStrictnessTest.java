package com.aistrale.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What Anthropic, Gemini and Groq refuse, in their words. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtherStrictnessTest {
    private static final String MESSAGES = "/anthropic/v1/messages";

    private final Emulator emulator = Emulator.start(0);
    private final Client client = new Client(emulator);

    @AfterAll
    void stop() {
        client.close();
        emulator.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'messages':[{'role':'user','content':'x'}] | max_tokens: Field required",
                "'max_tokens':9,'messages':[] | messages: at least one message is required",
                "'max_tokens':9,'messages':[{'role':'user','content':'x'}],'foo':1 | foo: Extra inputs are not permitted",
                "'max_tokens':'9','messages':[{'role':'user','content':'x'}] | max_tokens: Input should be a valid integer",
                "'max_tokens':9,'temperature':1.5,'messages':[{'role':'user','content':'x'}] | temperature: range: 0..1",
                "'max_tokens':9,'messages':[{'role':'assistant','content':'x'}] | messages: first message must use the \"user\" role",
                "'max_tokens':9,'messages':[{'role':'tool','content':'x'}] | messages: Unexpected role \"tool\". Allowed roles are \"user\" or \"assistant\"",
                "'max_tokens':9,'messages':[{'role':'user','content':''}] | messages.0: all messages must have non-empty content except for the optional final assistant message",
                "'max_tokens':9,'messages':[{'role':'user','content':[{'type':'text','text':''}]}] | messages: text content blocks must be non-empty",
                "'max_tokens':9,'messages':[{'role':'user','content':[{'type':'image','source':{'type':'base64','media_type':'image/png','data':'%%'}}]}] | messages.0.content.0.image.source.base64: invalid base64 data",
                "'max_tokens':9,'messages':[{'role':'user','content':[{'type':'tool_result','tool_use_id':'t1'}]}] | messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t1. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.",
                "'max_tokens':9,'messages':[{'role':'user','content':'x'},{'role':'assistant','content':[{'type':'tool_use','id':'t1','name':'f','input':{}}]},{'role':'user','content':'y'}] | messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
                "'max_tokens':2000,'temperature':0.5,'thinking':{'type':'enabled','budget_tokens':1024},'messages':[{'role':'user','content':'x'}] | `temperature` may only be set to 1 when thinking is enabled or in adaptive mode. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking",
                "'max_tokens':2000,'thinking':{'type':'enabled','budget_tokens':10},'messages':[{'role':'user','content':'x'}] | thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
                "'max_tokens':9,'messages':[{'role':'user','content':[{'type':'sound'}]}] | messages.0.content.0: Input tag 'sound' found using 'type' does not match any of the expected tags: 'document', 'image', 'redacted_thinking', 'search_result', 'text', 'thinking', 'tool_result', 'tool_use'",
            })
    void anthropicRefuses(String fields, String message) throws Exception {
        String escaped = fields.replace("'", "\"");
        Client.Answer answer = client.post(MESSAGES, "{\"model\":\"claude-haiku-4-5\"," + escaped + "}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("error").get("message").asString()).isEqualTo(message);
        assertThat(answer.json().get("error").get("type").asString()).isEqualTo("invalid_request_error");
        assertThat(answer.json().get("request_id").asString()).isEqualTo(answer.header("request-id"));
    }

    @Test
    void anthropicMergesNeighboursOfOneRoleAndTheirResults() throws Exception {
        String body = "{'model':'claude-haiku-4-5','max_tokens':50,'messages':[{'role':'user','content':'a'},"
                + "{'role':'user','content':'b'},{'role':'assistant','content':["
                + "{'type':'tool_use','id':'t1','name':'f','input':{}},{'type':'tool_use','id':'t2','name':'f','input':{}}]},"
                + "{'role':'user','content':[{'type':'tool_result','tool_use_id':'t1','content':'1'}]},"
                + "{'role':'user','content':[{'type':'tool_result','tool_use_id':'t2','content':'2'}]}]}";
        assertThat(client.post(MESSAGES, body.replace('\'', '"')).status()).isEqualTo(200);
    }

    @Test
    void anthropicWantsItsVersionHeaderAndTakesNoSamplingSinceTheSecond() throws Exception {
        String body =
                "{'model':'claude-haiku-4-5','max_tokens':9,'temperature':1,'messages':[{'role':'user','content':'x'}]}"
                        .replace('\'', '"');
        var post = BodyPublishers.ofString(body);
        JsonNode none = client.send(client.request(MESSAGES)
                        .setHeader("anthropic-version", "1999-01-01")
                        .POST(post))
                .json();
        assertThat(none.get("error").get("message").asString())
                .isEqualTo("anthropic-version: \"1999-01-01\" is not a valid version");
        assertThat(client.send(client.request(MESSAGES).POST(post)).status()).isEqualTo(200);
        JsonNode second = client.send(client.request(MESSAGES)
                        .setHeader("anthropic-version", "2026-10-21")
                        .POST(post))
                .json();
        assertThat(second.get("error").get("message").asString())
                .isEqualTo("temperature: Extra inputs are not permitted");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'foo':1,'contents':[{'parts':[{'text':'x'}]}]} | Invalid JSON payload received. Unknown name \"foo\": Cannot find field.",
                "{'generation_config':{'foo':1},'contents':[{'parts':[{'text':'x'}]}]} | Invalid JSON payload received. Unknown name \"foo\" at 'generation_config': Cannot find field.",
                "{'generationConfig':{'temperature':'hot'},'contents':[{'parts':[{'text':'x'}]}]} | Invalid value at 'generation_config.temperature' (TYPE_FLOAT), \"hot\"",
                "{'contents':[{'role':'assistant','parts':[{'text':'x'}]}]} | Please use a valid role: user, model.",
                "{'contents':[{'parts':[{'inlineData':{'mimeType':'image/png','data':'%%'}}]}]} | Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed for \"%%\"",
                "{'contents':[{'parts':[{'functionResponse':{'name':'f','response':{}}}]}]} | Please ensure that function response turn comes immediately after a function call turn.",
                "{'contents':[{'role':'model','parts':[{'functionCall':{'name':'f','args':{}}}]}]} | Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
                "{'contents':[{'role':'user','parts':[{'text':'x'}]},{'role':'model','parts':[{'functionCall':{'name':'f'}}]},{'role':'user','parts':[{'text':'y'}]}]} | Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
                "{'tools':[{'functionDeclarations':[{'name':'f','parameters':{'type':'object','additionalProperties':false}}]}],'contents':[{'parts':[{'text':'x'}]}]} | Invalid JSON payload received. Unknown name \"additionalProperties\" at 'tools[0].function_declarations[0].parameters': Cannot find field.",
            })
    void geminiRefuses(String body, String message) throws Exception {
        Client.Answer answer =
                client.post("/gemini/v1beta/models/gemini-2.5-flash:generateContent", body.replace("'", "\""));
        assertThat(answer.status()).isEqualTo(400);
        JsonNode error = answer.json().get("error");
        assertThat(error.get("message").asString()).isEqualTo(message);
        assertThat(error.get("status").asString()).isEqualTo("INVALID_ARGUMENT");
    }

    @Test
    void geminiTellsMissingFromWrongKeys() throws Exception {
        String path = "/gemini/v1beta/models";
        assertThat(client.send(client.request(path).setHeader("x-goog-api-key", ""))
                        .status())
                .isEqualTo(403);
        Client.Answer wrong = client.send(client.request(path).setHeader("x-goog-api-key", "AIza-bad"));
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.json().at("/error/details/0/reason").asString()).isEqualTo("API_KEY_INVALID");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'user','content':'x' | 'foo':1, | property 'foo' is unsupported",
                "'user','content':'x','metadata':{} | '' | 'messages.0' : for 'role:user' the following must be satisfied[('messages.0' : property 'metadata' is unsupported)]",
                "'user','content':'x' | 'n':2, | 'n' : number must be at most 1",
            })
    void groqRefuses(String message, String field, String words) throws Exception {
        String body = "{'model':'llama-3.1-8b-instant'," + (field.equals("''") ? "" : field) + "'messages':[{'role':"
                + message + "}]}";
        Client.Answer answer = client.post("/groq/openai/v1/chat/completions", body.replace("'", "\""));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().get("error").get("message").asString()).isEqualTo(words);
        assertThat(answer.json().get("error").has("param")).isFalse();
    }
}
