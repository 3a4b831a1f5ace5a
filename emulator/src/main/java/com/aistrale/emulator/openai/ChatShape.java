package com.aistrale.emulator.openai;

import static com.aistrale.emulator.shape.Shape.anyNumber;
import static com.aistrale.emulator.shape.Shape.fields;
import static com.aistrale.emulator.shape.Shape.items;
import static com.aistrale.emulator.shape.Shape.oneOf;
import static com.aistrale.emulator.shape.Shape.text;
import static com.aistrale.emulator.shape.Shape.whole;

import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Shape.Decimal;
import com.aistrale.emulator.shape.Shape.Fields;
import com.aistrale.emulator.shape.Shape.Flag;
import com.aistrale.emulator.shape.Shape.Items;
import com.aistrale.emulator.shape.Shape.Tagged;
import com.aistrale.emulator.shape.Shape.Whole;
import java.util.LinkedHashMap;
import java.util.Map;

/** The shape of a chat completion request, after OpenAI's API reference. */
public final class ChatShape {
    private static final Shape ANY = new Shape.Anything();
    private static final Flag FLAG = new Flag();

    private ChatShape() {}

    /** OpenAI's own request; its imitators take fields away or add some. */
    public static Fields request() {
        return fields().require("messages", new Items(message(), 1))
                .require("model", text())
                .nullable("temperature", new Decimal(0, 2))
                .nullable("top_p", new Decimal(0, 1))
                .nullable("n", new Whole(1, 128))
                .nullable("stream", FLAG)
                .nullable(
                        "stream_options",
                        fields().nullable("include_usage", FLAG).nullable("include_obfuscation", FLAG))
                .nullable("stop", oneOf(text(), items(text())))
                .nullable("max_tokens", whole(1))
                .nullable("max_completion_tokens", whole(1))
                .nullable("presence_penalty", new Decimal(-2, 2))
                .nullable("frequency_penalty", new Decimal(-2, 2))
                .nullable("seed", new Whole(Long.MIN_VALUE, Long.MAX_VALUE))
                .nullable("user", text())
                .nullable("tools", items(tool()))
                .nullable("tool_choice", oneOf(text("none", "auto", "required"), namedChoice()))
                .nullable("parallel_tool_calls", FLAG)
                .nullable("response_format", responseFormat())
                .nullable("reasoning_effort", text("none", "minimal", "low", "medium", "high", "xhigh", "max"))
                .nullable("verbosity", text("low", "medium", "high"))
                .nullable("store", FLAG)
                .nullable("metadata", new Shape.AnyObject())
                .nullable("logprobs", FLAG)
                .nullable("top_logprobs", new Whole(0, 20))
                .nullable("logit_bias", new Shape.AnyObject())
                .nullable("service_tier", text("auto", "default", "flex", "scale", "priority", "fast"))
                .ignored("audio", "modalities", "moderation", "prediction", "prompt_cache_key", "prompt_cache_options")
                .ignored(
                        "prompt_cache_retention",
                        "safety_identifier",
                        "web_search_options",
                        "functions",
                        "function_call");
    }

    private static Tagged message() {
        Map<String, Fields> byRole = new LinkedHashMap<>();
        Shape words = oneOf(text(), new Items(new Tagged("type", Map.of("text", textPart())), 1));
        byRole.put(
                "system",
                fields().require("role", text()).require("content", words).nullable("name", text()));
        byRole.put("assistant", assistant());
        byRole.put(
                "user",
                fields().require("role", text())
                        .require("content", oneOf(text(), new Items(userPart(), 1)))
                        .nullable("name", text()));
        byRole.put(
                "function",
                fields().require("role", text()).require("name", text()).nullable("content", text()));
        byRole.put(
                "tool",
                fields().require("role", text()).require("content", words).require("tool_call_id", text()));
        byRole.put("developer", byRole.get("system"));
        return new Tagged("role", byRole);
    }

    private static Fields assistant() {
        Fields refusal = fields().require("type", text()).require("refusal", text());
        Map<String, Fields> parts = Map.of("text", textPart(), "refusal", refusal);
        Fields function = fields().require("name", text()).require("arguments", text());
        Fields call =
                fields().require("id", text()).require("type", text("function")).require("function", function);
        return fields().require("role", text())
                .nullable("content", oneOf(text(), items(new Tagged("type", parts))))
                .nullable("refusal", text())
                .nullable("name", text())
                .nullable("tool_calls", new Items(call, 1))
                .ignored("audio", "function_call", "annotations");
    }

    private static Fields textPart() {
        return fields().require("type", text()).require("text", text()).ignored("prompt_cache_breakpoint");
    }

    private static Tagged userPart() {
        Fields image = fields().require("url", text()).nullable("detail", text("auto", "low", "high", "original"));
        Map<String, Fields> parts = new LinkedHashMap<>();
        parts.put("text", textPart());
        parts.put(
                "image_url",
                fields().require("type", text()).require("image_url", image).ignored("prompt_cache_breakpoint"));
        parts.put("input_audio", fields().require("type", text()).require("input_audio", ANY));
        parts.put("file", fields().require("type", text()).require("file", ANY));
        return new Tagged("type", parts);
    }

    private static Tagged tool() {
        Fields function = fields().require("name", text())
                .nullable("description", text())
                .nullable("parameters", new Shape.AnyObject())
                .nullable("strict", FLAG);
        return new Tagged(
                "type", Map.of("function", fields().require("type", text()).require("function", function)));
    }

    private static Shape namedChoice() {
        Fields named = fields().require("type", text()).require("function", fields().require("name", text()));
        Fields allowed = fields().require("type", text())
                .require(
                        "allowed_tools",
                        fields().require("mode", text("auto", "required")).require("tools", items(ANY)));
        Map<String, Fields> byType = new LinkedHashMap<>();
        byType.put("function", named);
        byType.put("allowed_tools", allowed);
        return new Tagged("type", byType);
    }

    private static Tagged responseFormat() {
        Fields schema = fields().require("name", text())
                .nullable("description", text())
                .nullable("schema", new Shape.AnyObject())
                .nullable("strict", FLAG);
        Map<String, Fields> byType = new LinkedHashMap<>();
        byType.put("json_object", fields().require("type", text()));
        byType.put("json_schema", fields().require("type", text()).require("json_schema", schema));
        byType.put("text", fields().require("type", text()));
        return new Tagged("type", byType);
    }

    /** The shape of an embeddings request. */
    public static Fields embeddings() {
        return fields().require("input", oneOf(text(), new Items(oneOf(text(), anyNumber(), items(anyNumber())), 1)))
                .require("model", text())
                .nullable("dimensions", whole(1))
                .nullable("encoding_format", text("float", "base64"))
                .nullable("user", text());
    }
}
