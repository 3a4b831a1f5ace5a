package com.aistrale.emulator.anthropic;

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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The shape of a Messages request, after Anthropic's API reference. Server tools and their blocks are not emulated. */
final class MessagesShape {
    private static final Shape ANY = new Shape.Anything();
    private static final Fields CACHE =
            fields().require("type", text("ephemeral")).allow("ttl", text("5m", "1h"));

    /** From this version on there are no sampling parameters. */
    static final String WITHOUT_SAMPLING = "2026-10-21";

    static final Set<String> VERSIONS = Set.of(WITHOUT_SAMPLING, "2023-06-01");

    /** A request to count tokens, in every version of the API. */
    static final Fields COUNT = fields().require("model", text())
            .require("messages", new Items(message(), 1))
            .allow("system", oneOf(text(), items(new Tagged("type", Map.of("text", textBlock())))))
            .allow("tools", items(tool()))
            .allow("tool_choice", toolChoice())
            .allow("thinking", thinking())
            .allow("output_config", outputConfig())
            .nullable("cache_control", CACHE)
            .ignored("speed", "user_profile_id", "workspace_id");

    private static final Fields REQUEST = new Fields(COUNT.fields())
            .require("max_tokens", whole(1))
            .allow("stream", new Flag())
            .allow("temperature", new Decimal(0, 1))
            .allow("top_p", new Decimal(0, 1))
            .allow("top_k", whole(0))
            .allow("stop_sequences", items(text()))
            .allow("metadata", fields().nullable("user_id", text()))
            .allow("service_tier", text("auto", "standard_only"))
            .ignored("container", "diagnostics", "inference_geo");

    private MessagesShape() {}

    /** A Messages request in that version of the API. */
    static Fields request(String version) {
        return version.equals(WITHOUT_SAMPLING) ? REQUEST.without("temperature", "top_p", "top_k") : REQUEST;
    }

    private static Fields message() {
        return fields().require("role", text()).require("content", oneOf(text(), items(block())));
    }

    private static Fields textBlock() {
        return fields().require("type", text())
                .require("text", text())
                .nullable("cache_control", CACHE)
                .ignored("citations");
    }

    private static Tagged block() {
        Map<String, Fields> blocks = new LinkedHashMap<>();
        blocks.put(
                "document",
                fields().require("type", text())
                        .require("source", ANY)
                        .nullable("cache_control", CACHE)
                        .ignored("citations", "context", "title"));
        blocks.put("image", image());
        blocks.put("redacted_thinking", fields().require("type", text()).require("data", text()));
        blocks.put(
                "search_result",
                fields().require("type", text())
                        .require("content", ANY)
                        .require("source", text())
                        .require("title", text())
                        .nullable("cache_control", CACHE)
                        .ignored("citations"));
        blocks.put("text", textBlock());
        blocks.put(
                "thinking",
                fields().require("type", text()).require("thinking", text()).require("signature", text()));
        Map<String, Fields> inResult = new LinkedHashMap<>();
        inResult.put("image", image());
        inResult.put("text", textBlock());
        inResult.put("document", blocks.get("document"));
        blocks.put(
                "tool_result",
                fields().require("type", text())
                        .require("tool_use_id", text())
                        .allow("content", oneOf(text(), items(new Tagged("type", inResult))))
                        .allow("is_error", new Flag())
                        .nullable("cache_control", CACHE)
                        .ignored("toolset_name"));
        blocks.put(
                "tool_use",
                fields().require("type", text())
                        .require("id", text())
                        .require("name", text())
                        .require("input", new Shape.AnyObject())
                        .nullable("cache_control", CACHE)
                        .ignored("caller", "toolset_name"));
        return new Tagged("type", blocks);
    }

    private static Fields image() {
        Map<String, Fields> sources = new LinkedHashMap<>();
        sources.put(
                "base64",
                fields().require("type", text())
                        .require("media_type", text("image/jpeg", "image/png", "image/gif", "image/webp"))
                        .require("data", text()));
        sources.put("file", fields().require("type", text()).require("file_id", text()));
        sources.put("url", fields().require("type", text()).require("url", text()));
        return fields().require("type", text())
                .require("source", new Tagged("type", sources))
                .nullable("cache_control", CACHE)
                .ignored("transformations");
    }

    private static Fields tool() {
        return fields().nullable("type", text("custom"))
                .require("name", text())
                .allow("description", text())
                .require("input_schema", new Shape.AnyObject())
                .allow("strict", new Flag())
                .nullable("cache_control", CACHE)
                .ignored("allowed_callers", "defer_loading", "eager_input_streaming", "input_examples");
    }

    private static Tagged toolChoice() {
        Fields plain = fields().require("type", text()).allow("disable_parallel_tool_use", new Flag());
        Map<String, Fields> choices = new LinkedHashMap<>();
        choices.put("auto", plain);
        choices.put("any", plain);
        choices.put("tool", plain.require("name", text()));
        choices.put("none", fields().require("type", text()));
        return new Tagged("type", choices);
    }

    private static Tagged thinking() {
        Shape display = text("summarized", "omitted");
        Map<String, Fields> kinds = new LinkedHashMap<>();
        kinds.put("adaptive", fields().require("type", text()).nullable("display", display));
        kinds.put("disabled", fields().require("type", text()));
        kinds.put(
                "enabled",
                fields().require("type", text())
                        .require("budget_tokens", whole(1024))
                        .nullable("display", display));
        return new Tagged("type", kinds);
    }

    private static Fields outputConfig() {
        Fields format = fields().require("type", text()).require("schema", new Shape.AnyObject());
        return fields().nullable("effort", text("low", "medium", "high", "xhigh", "max"))
                .nullable("format", new Tagged("type", Map.of("json_schema", format)));
    }
}
