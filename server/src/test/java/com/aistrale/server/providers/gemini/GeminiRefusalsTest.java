package com.aistrale.server.providers.gemini;

import static com.aistrale.server.providers.gemini.GeminiFixture.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.inference.Message;
import com.aistrale.server.inference.Message.Role;
import com.aistrale.server.inference.Part;
import com.aistrale.server.inference.Tool;
import com.aistrale.server.inference.ToolChoice;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.providers.Ask;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeminiRefusalsTest {
    @Test
    void everythingThatCannotBeSaidIsNamedAtOnce() {
        var ephemeral = Json.parse("{\"type\": \"ephemeral\"}");
        var ask = Ask.the("gemini-2.5-flash")
                .message(Role.SYSTEM, new Part.Text("x", ephemeral))
                .message(new Message(Role.USER, List.of(new Part.Text("Hi", null)), "Ann"))
                .message(Role.ASSISTANT, new Part.ToolCall("c1", "f", "[1]", null))
                .message(Role.TOOL, new Part.ToolResult("c9", "", null))
                .message(Role.TOOL, new Part.ToolResult("c1", "", ephemeral))
                .message(
                        Role.USER,
                        new Part.Image("data:image/png;base64,AA", "high", ephemeral),
                        new Part.Image("http://example.com/a.png", null, null),
                        new Part.Other("file", Json.parse("{\"file\": {\"file_id\": \"file-1\"}}")),
                        new Part.Other("video_url", Json.parse("{}")))
                .tool(new Tool("f", null, null, null, ephemeral))
                .parallel(false)
                .extra("n", "2")
                .extra("user", "\"u-1\"")
                .extra("logprobs", "true");
        assertThat(refused(ask))
                .extracting(FieldError::pointer)
                .containsExactlyInAnyOrder(
                        "/messages/0/content/0/cache_control",
                        "/messages/1/name",
                        "/messages/2/tool_calls/0/function/arguments",
                        "/messages/3/tool_call_id",
                        "/messages/4/content/0/cache_control",
                        "/messages/5/content/0/cache_control",
                        "/messages/5/content/0/image_url/detail",
                        "/messages/5/content/1/image_url/url",
                        "/messages/5/content/2",
                        "/messages/5/content/3",
                        "/tools/0/cache_control",
                        "/parallel_tool_calls",
                        "/n",
                        "/user",
                        "/logprobs");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.com/a.png",
                "https://example.com/a",
                "https://example.com/a.svg",
                "https://example.com/?name=a.png",
                "data:image/png,raw",
                "gs://bucket/a.png"
            })
    void imagesThatGeminiCannotFetch(String url) {
        var ask = Ask.the("gemini-3.8-flash").message(Role.USER, new Part.Image(url, null, null));
        assertThat(refused(ask))
                .containsExactly(new FieldError(
                        "/messages/0/content/0/image_url/url",
                        "Gemini takes an https URL that ends in .png, .jpg, .jpeg, .webp, .heic, .heif or .bmp, or the"
                                + " image itself as a data: URL with base64; send it as the latter"));
    }

    @Test
    void aToolThatIsNotThere() {
        assertThat(refused(Ask.the("gemini-3.8-flash").user("Hi").choose(new ToolChoice.Named("f"))))
                .containsExactly(new FieldError("/tool_choice", "there are no tools to choose from"));
    }
}
