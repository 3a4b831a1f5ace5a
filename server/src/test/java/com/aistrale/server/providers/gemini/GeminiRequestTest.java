package com.aistrale.server.providers.gemini;

import static com.aistrale.server.providers.gemini.GeminiFixture.sent;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.ChatRequest.Sampling;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ResponseFormat;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Ask;
import com.aistrale.server.providers.FakeOutbound;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GeminiRequestTest {
    private static final String WEATHER = """
            {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}""";

    @Test
    void aPlainQuestion() {
        assertThat(sent(Ask.the("gemini-3.8-flash").user("Hi"))).isEqualTo(Json.parse("""
                {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}"""));
    }

    @ParameterizedTest
    @CsvSource({
        "https://g.test/v1beta, gemini-2.5-pro, https://g.test/v1beta/models/gemini-2.5-pro",
        "https://g.test, gemini-2.5-pro, https://g.test/v1beta/models/gemini-2.5-pro",
        "https://g.test/v1, models/gemini-2.5-pro, https://g.test/v1/models/gemini-2.5-pro",
        "https://g.test/v1alpha, tunedModels/mine, https://g.test/v1alpha/tunedModels/mine",
        "https://g.test/v1beta, x/../../files?a=b#c, https://g.test/v1beta/models/x%2F..%2F..%2Ffiles%3Fa%3Db%23c"
    })
    void goesToTheModelAtTheBaseUrlWithTheKey(String base, String model, String url) {
        var plain = FakeOutbound.answering(GeminiFixture.HELLO);
        GeminiFixture.provider(plain).complete(Ask.the(model).user("Hi").atGemini(base));
        assertThat(plain.requests.getFirst().url()).isEqualTo(url + ":generateContent");
        assertThat(plain.requests.getFirst().headers()).containsEntry("x-goog-api-key", Ask.KEY);
        var stream = FakeOutbound.answering("data: " + GeminiFixture.HELLO.replace("\n", "") + "\n\n");
        GeminiFixture.provider(stream).stream(Ask.the(model).user("Hi").atGemini(base), chunk -> {});
        assertThat(stream.requests.getFirst().url()).isEqualTo(url + ":streamGenerateContent?alt=sse");
        assertThat(stream.sent()).isEqualTo(plain.sent());
    }

    @Test
    void aToolLoop() {
        var ask = Ask.the("gemini-3.8-flash")
                .system("Be brief.")
                .user("Weather in Paris and Rome?")
                .user("Please.")
                .message(
                        Role.ASSISTANT,
                        new Part.Thinking("hm", null),
                        new Part.RedactedThinking("ZW5j"),
                        new Part.Text("", null),
                        new Part.Text("Let me see.", null),
                        new Part.ToolCall("c1", "weather", "{\"city\":\"Paris\"}", "c2ln+/=="),
                        new Part.ToolCall("c2", "weather", "", null))
                .result("c1", "{\"sky\": \"clear\"}")
                .result("c2", "{no JSON}")
                .system("Now in French.")
                .user("So?");
        assertThat(sent(ask)).isEqualTo(Json.parse("""
                {"systemInstruction": {"parts": [{"text": "Be brief."}, {"text": "Now in French."}]}, "contents": [
                  {"role": "user", "parts": [{"text": "Weather in Paris and Rome?"}, {"text": "Please."}]},
                  {"role": "model", "parts": [
                    {"text": "Let me see."},
                    {"functionCall": {"id": "c1", "name": "weather", "args": {"city": "Paris"}},
                     "thoughtSignature": "c2ln+/=="},
                    {"functionCall": {"id": "c2", "name": "weather", "args": {}}}]},
                  {"role": "user", "parts": [
                    {"functionResponse": {"id": "c1", "name": "weather", "response": {"output": {"sky": "clear"}}}},
                    {"functionResponse": {"id": "c2", "name": "weather", "response": {"output": "{no JSON}"}}}]},
                  {"role": "user", "parts": [{"text": "So?"}]}]}"""));
    }

    @Test
    void aCallMadeElsewhereSaysThatItHasNoSignature() {
        var made = Ask.the("gemini-3.8-flash")
                .user("Hi")
                .message(
                        Role.ASSISTANT,
                        new Part.ToolCall("c1", "f", "{}", null),
                        new Part.ToolCall("c2", "f", "{}", null));
        assertThat(sent(made).at("/contents/1/parts")).isEqualTo(Json.parse("""
                [{"functionCall": {"id": "c1", "name": "f", "args": {}},
                  "thoughtSignature": "skip_thought_signature_validator"},
                 {"functionCall": {"id": "c2", "name": "f", "args": {}}}]"""));
        var second = Ask.the("gemini-2.5-flash").user("Hi").calls("c1", "f", "{}", null);
        assertThat(sent(second).at("/contents/1/parts/0").has("thoughtSignature"))
                .isFalse();
    }

    @Test
    void media() {
        var ask = Ask.the("gemini-3.8-flash")
                .message(
                        Role.USER,
                        new Part.Image("data:image/png;base64,iVBO", "auto", null),
                        new Part.Image("https://example.com/a/cat.JPG?size=1", "low", null),
                        new Part.Image("https://generativelanguage.googleapis.com/v1beta/files/abc-1", "high", null),
                        new Part.Other("file", Json.parse("""
                                {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE"}}""")),
                        new Part.Other("input_audio", Json.parse("""
                                {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}""")));
        assertThat(sent(ask).at("/contents/0/parts")).isEqualTo(Json.parse("""
                [{"inlineData": {"mimeType": "image/png", "data": "iVBO"}},
                 {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://example.com/a/cat.JPG?size=1"},
                  "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"}},
                 {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc-1"},
                  "mediaResolution": {"level": "MEDIA_RESOLUTION_HIGH"}},
                 {"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}},
                 {"inlineData": {"mimeType": "audio/wav", "data": "UklG"}}]"""));
    }

    @Test
    void tools() {
        var ask = Ask.the("gemini-3.8-flash")
                .user("Hi")
                .tool("weather", "The weather of a city", WEATHER, null)
                .tool("now", null, null, false);
        assertThat(sent(ask).get("tools")).isEqualTo(Json.parse("""
                [{"functionDeclarations": [
                  {"name": "weather", "description": "The weather of a city", "parametersJsonSchema": %s},
                  {"name": "now"}]}]""".formatted(WEATHER)));
        assertThat(sent(ask).has("toolConfig")).isFalse();
    }

    @Test
    void toolChoices() {
        assertThat(config(new ToolChoice.Auto(), null)).isEqualTo("{\"mode\":\"AUTO\"}");
        assertThat(config(new ToolChoice.None(), true)).isEqualTo("{\"mode\":\"NONE\"}");
        assertThat(config(new ToolChoice.Required(), true)).isEqualTo("{\"mode\":\"ANY\"}");
        assertThat(config(new ToolChoice.Named("f"), false))
                .isEqualTo("{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"f\"]}");
        assertThat(config(new ToolChoice.Auto(), true)).isEqualTo("{\"mode\":\"VALIDATED\"}");
        var strict = Ask.the("gemini-3.8-flash").user("Hi").tool("f", null, null, true);
        assertThat(Json.text(sent(strict).at("/toolConfig/functionCallingConfig")))
                .isEqualTo("{\"mode\":\"VALIDATED\"}");
    }

    private static String config(ToolChoice choice, @Nullable Boolean strict) {
        var ask = Ask.the("gemini-3.8-flash").user("Hi").tool("f", null, null, strict);
        return Json.text(sent(ask.choose(choice).parallel(true)).at("/toolConfig/functionCallingConfig"));
    }

    @Test
    void formatsOfTheAnswer() {
        var ask = Ask.the("gemini-3.8-flash").user("Hi");
        assertThat(sent(ask.format(new ResponseFormat.JsonObject())).get("generationConfig"))
                .isEqualTo(Json.parse("{\"responseMimeType\": \"application/json\"}"));
        assertThat(sent(ask.format(new ResponseFormat.Text())).has("generationConfig"))
                .isFalse();
        var schema = Json.parse(WEATHER);
        var said = sent(ask.format(new ResponseFormat.JsonSchema("city", "A city", schema, true)));
        assertThat(said.get("generationConfig")).isEqualTo(Json.parse("""
                {"responseMimeType": "application/json", "responseJsonSchema": {"description": "A city",
                 "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}"""));
        assertThat(schema).isEqualTo(Json.parse(WEATHER));
    }

    @Test
    void theRestOfWhatTheFormatHas() {
        var ask = Ask.the("gemini-2.5-flash")
                .user("Hi")
                .atMost(77)
                .stop("END")
                .sampling(new Sampling(1.5, 0.9, 0.25, -0.5, 42L))
                .extra("top_k", "40")
                .extra("safety_settings", "[{\"category\": \"X\", \"threshold\": \"OFF\"}]")
                .extra("cached_content", "\"cachedContents/1\"")
                .extra("service_tier", "\"flex\"")
                .extra("user", "null")
                .extra("n", "1")
                .extra("logprobs", "false")
                .extra("store", "false");
        assertThat(sent(ask)).isEqualTo(Json.parse("""
                {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
                 "generationConfig": {"maxOutputTokens": 77, "stopSequences": ["END"], "temperature": 1.5, "topP": 0.9,
                  "frequencyPenalty": 0.25, "presencePenalty": -0.5, "seed": 42, "topK": 40},
                 "safetySettings": [{"category": "X", "threshold": "OFF"}],
                 "cachedContent": "cachedContents/1", "serviceTier": "flex"}"""));
    }

    @Test
    void providerOptionsComeLast() {
        var ask = Ask.the("gemini-3.8-flash")
                .user("Hi")
                .temperature(1)
                .effort("low")
                .options("""
                        {"generationConfig": {"temperature": 0.5, "thinkingConfig": {"includeThoughts": false}},
                         "labels": {"team": "a"}}""");
        assertThat(sent(ask)).isEqualTo(Json.parse("""
                {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], "labels": {"team": "a"},
                 "generationConfig": {"temperature": 0.5,
                  "thinkingConfig": {"thinkingLevel": "low", "includeThoughts": false}}}"""));
    }
}
