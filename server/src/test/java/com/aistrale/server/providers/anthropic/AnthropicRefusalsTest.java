package com.aistrale.server.providers.anthropic;

import static com.aistrale.server.providers.anthropic.AnthropicFixture.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.ChatRequest.Sampling;
import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.ResponseFormat;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.providers.Ask;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnthropicRefusalsTest {
    @Test
    void everythingThatCannotBeSaidIsNamedAtOnce() {
        var ask = Ask.the("claude-opus-5")
                .message(new Message(Role.USER, List.of(new Part.Text("Hi", null)), "Ann"))
                .message(
                        Role.ASSISTANT,
                        new Part.Text("x", null),
                        new Part.Image("https://example.com/a.png", null, null),
                        new Part.ToolCall("c1", "f", "{}", null),
                        new Part.ToolCall("c2", "f", "[1]", null),
                        new Part.ToolCall("c3", "f", "{\"cut", null))
                .message(
                        Role.USER,
                        new Part.Image("data:image/png;base64,AA", "low", null),
                        new Part.Image("ftp://example.com/a.png", null, null),
                        new Part.Other("input_audio", Json.parse("{}")),
                        new Part.Other("file", Json.parse("{\"file\": {\"file_id\": \"file-1\"}}")))
                .sampling(new Sampling(1.5, null, 0.5, -0.5, 7L))
                .choose(new ToolChoice.Required())
                .format(new ResponseFormat.JsonObject())
                .extra("n", "2")
                .extra("messages/0/a~1b~0c", "true");
        assertThat(refused(ask))
                .extracting(FieldError::pointer)
                .containsExactlyInAnyOrder(
                        "/messages/0/name",
                        "/messages/1/content/1",
                        "/messages/1/tool_calls/1/function/arguments",
                        "/messages/1/tool_calls/2/function/arguments",
                        "/messages/2/content/0/image_url/detail",
                        "/messages/2/content/1/image_url/url",
                        "/messages/2/content/2",
                        "/messages/2/content/3/file",
                        "/temperature",
                        "/frequency_penalty",
                        "/presence_penalty",
                        "/seed",
                        "/tool_choice",
                        "/response_format",
                        "/n",
                        "/messages/0/a~1b~0c");
    }

    @Test
    void aJsonObjectHasNoEquivalent() {
        assertThat(refused(Ask.the("claude-opus-5").user("Hi").format(new ResponseFormat.JsonObject())))
                .containsExactly(new FieldError(
                        "/response_format",
                        "Anthropic's Messages API has nothing that means this; use type `json_schema` and say which"
                                + " object you want"));
    }

    @Test
    void twoNamesForOneUserThatDiffer() {
        var errors = refused(
                Ask.the("claude-opus-5").user("Hi").extra("user", "\"a\"").extra("safety_identifier", "\"b\""));
        assertThat(errors).hasSize(1);
        assertThat(errors.getFirst().detail())
                .isEqualTo("Anthropic takes one id of the user, and `user` and `safety_identifier` differ");
    }
}
