package com.aistrale.server.providers.anthropic;

import static com.aistrale.server.providers.anthropic.AnthropicFixture.sent;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.providers.Ask;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnthropicToolsTest {
    private static final String WEATHER = """
            {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}""";

    @Test
    void tools() {
        var ask = Ask.the("claude-opus-5")
                .user("Hi")
                .tool("weather", "The weather of a city", WEATHER, true)
                .tool("now", null, null, false);
        assertThat(sent(ask).get("tools")).isEqualTo(Json.parse("""
                [{"name": "weather", "description": "The weather of a city", "strict": true, "input_schema": %s},
                 {"name": "now", "input_schema": {"type": "object", "properties": {}, "additionalProperties": false}}]""".formatted(WEATHER)));
        assertThat(sent(ask).has("tool_choice")).isFalse();
    }

    @Test
    void toolChoices() {
        assertThat(choice(new ToolChoice.Auto(), true)).isEqualTo("{\"type\":\"auto\"}");
        assertThat(choice(new ToolChoice.None(), false)).isEqualTo("{\"type\":\"none\"}");
        assertThat(choice(new ToolChoice.Required(), false))
                .isEqualTo("{\"type\":\"any\",\"disable_parallel_tool_use\":true}");
        assertThat(choice(new ToolChoice.Named("now"), true)).isEqualTo("{\"type\":\"tool\",\"name\":\"now\"}");
        var ask = Ask.the("claude-opus-5")
                .user("Hi")
                .tool("now", null, null, null)
                .parallel(false);
        assertThat(Json.text(sent(ask).get("tool_choice")))
                .isEqualTo("{\"type\":\"auto\",\"disable_parallel_tool_use\":true}");
    }

    private static String choice(ToolChoice choice, boolean parallel) {
        var ask = Ask.the("claude-opus-5").user("Hi").tool("now", null, null, null);
        return Json.text(sent(ask.choose(choice).parallel(parallel)).get("tool_choice"));
    }

    @Test
    void aToolsMessageMayRepeatTheNameOfItsFunction() {
        var result = List.<Part>of(new Part.ToolResult("toolu_1", "12:00", null));
        var ask = Ask.the("claude-opus-5")
                .user("Hi")
                .calls("toolu_1", "now", "{}", null)
                .message(new Message(Role.TOOL, result, "now"));
        assertThat(sent(ask).at("/messages/2/content/0")).isEqualTo(Json.parse("""
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "12:00"}"""));
    }
}
