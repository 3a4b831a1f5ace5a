package com.aistrale.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.emulator.answer.Tokens;
import com.aistrale.emulator.json.Json;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** That answers are those which the README lets a test predict. */
class AnswersTest {
    private static final String SCHEMA =
            "{'type':'object','additionalProperties':false,'required':['mood','list'],'properties':"
                    + "{'mood':{'enum':['glad','sad']},'list':{'type':'array','items':{'$ref':'#/$defs/one'}}},'$defs':{'one':"
                    + "{'type':'object','additionalProperties':false,'required':['n'],'properties':{'n':{'type':'integer','minimum':7}}}}}";

    @Test
    void thePlainAnswerEchoesAndItsTokensAreAFourthOfItsCharacters() throws Exception {
        JsonNode answer = ask(body("Hello"));
        assertThat(text(answer)).isEqualTo("You said: \"Hello\". This is the emulated gpt-4o.");
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(2 + 4);
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(12);
        assertThat(text(ask(body("say: these very words")))).isEqualTo("these very words");
    }

    @Test
    void stopAndLimitCutTheText() throws Exception {
        JsonNode stopped = ask(body("Hello").put("stop", "emulated"));
        assertThat(text(stopped)).isEqualTo("You said: \"Hello\". This is the ");
        assertThat(stopped.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
        JsonNode limited = ask(body("Hello").put("max_tokens", 2));
        assertThat(text(limited)).isEqualTo("You said");
        assertThat(limited.at("/choices/0/finish_reason").asString()).isEqualTo("length");
    }

    @Test
    void aSchemaIsFilledAlwaysTheSameWay() throws Exception {
        ObjectNode body = body("Hello");
        body.putObject("response_format")
                .put("type", "json_schema")
                .putObject("json_schema")
                .put("name", "s")
                .put("strict", true)
                .set("schema", Json.read(SCHEMA.replace('\'', '"')));
        assertThat(text(ask(body))).isEqualTo("{\"mood\":\"glad\",\"list\":[{\"n\":7}]}");
    }

    @Test
    void callsComeFromThePromptAndQuoteTheirArguments() throws Exception {
        ObjectNode body = body("call add {\"a\": 1} and call add {\"a\": {\"deep\": [2]}} and call unknown {}");
        body.putArray("tools")
                .addObject()
                .put("type", "function")
                .putObject("function")
                .put("name", "add");
        JsonNode calls = ask(body).at("/choices/0/message/tool_calls");
        assertThat(calls).hasSize(2);
        assertThat(calls.at("/1/function/arguments").asString()).isEqualTo("{\"a\":{\"deep\":[2]}}");
        JsonNode single = ask(body.put("parallel_tool_calls", false)).at("/choices/0/message/tool_calls");
        assertThat(single).hasSize(1);
    }

    @Property(tries = 200)
    void piecesMakeUpTheTextAndSplitNoCharacter(@ForAll String text, @ForAll @IntRange(min = 1, max = 9) int size) {
        assertThat(String.join("", Tokens.pieces(text))).isEqualTo(text);
        assertThat(String.join("", Tokens.pieces(text, size))).isEqualTo(text);
        assertThat(Tokens.count(Tokens.first(text, size))).isLessThanOrEqualTo(size);
    }

    private static ObjectNode body(String prompt) {
        ObjectNode body = Json.object().put("model", "gpt-4o");
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        return body;
    }

    private static JsonNode ask(JsonNode body) throws Exception {
        try (Emulator emulator = Emulator.start(0);
                Client client = new Client(emulator)) {
            return client.post("/v1/chat/completions", Json.write(body)).json();
        }
    }

    private static String text(JsonNode completion) {
        return completion.at("/choices/0/message/content").asString();
    }
}
