package com.aistrale.emulator.openai;

import com.aistrale.emulator.answer.Ask;
import com.aistrale.emulator.answer.Ask.Choice;
import com.aistrale.emulator.answer.PrefixCache.Segment;
import com.aistrale.emulator.answer.Tokens;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.wire.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Reads a chat request that is known to be right. */
final class ChatReader {
    /** Tokens of reasoning for each effort; medium where a reasoning model is told nothing. */
    private static final Map<String, Integer> EFFORTS =
            Map.of("none", 0, "minimal", 0, "low", 16, "medium", 64, "high", 256, "xhigh", 512, "max", 1024);

    private final JsonNode body;

    ChatReader(JsonNode body) {
        this.body = body;
    }

    Ask ask(String model, boolean reasons, Turn turn) {
        JsonNode last = lastUser();
        int reasoning = 0;
        if (reasons) {
            String effort = Json.text(body, "reasoning_effort");
            reasoning = EFFORTS.getOrDefault(effort.isEmpty() ? "medium" : effort, 64);
        }
        return new Ask(
                model,
                textOf(last.path("content")),
                toolResults(),
                count(last.path("content"), "image_url"),
                tools(),
                choice(),
                !body.path("parallel_tool_calls").isBoolean() || Json.flag(body, "parallel_tool_calls"),
                output(),
                stop(),
                Json.number(body, "max_completion_tokens", Json.number(body, "max_tokens", Integer.MAX_VALUE)),
                reasoning,
                turn.fault(Fault.Say.class).map(Fault.Say::text).orElse(null));
    }

    /** The prompt's parts in the order in which the service caches them: tools, then messages. */
    List<Segment> prompt() {
        List<Segment> prompt = new ArrayList<>();
        if (!body.path("tools").isEmpty()) {
            String tools = Json.write(body.get("tools"));
            prompt.add(new Segment(tools, Tokens.count(tools), true));
        }
        for (JsonNode message : body.get("messages")) {
            int tokens = Tokens.PER_MESSAGE
                    + Tokens.count(textOf(message.path("content")))
                    + Tokens.PER_IMAGE * count(message.path("content"), "image_url");
            for (JsonNode call : message.path("tool_calls")) {
                tokens += Tokens.count(Json.text(call.get("function"), "name"))
                        + Tokens.count(Json.text(call.get("function"), "arguments"));
            }
            prompt.add(new Segment(Json.write(message), tokens, true));
        }
        return prompt;
    }

    static String textOf(JsonNode content) {
        if (content.isString()) {
            return content.stringValue();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode part : content) {
            if (Json.text(part, "type").equals("text")) {
                texts.add(Json.text(part, "text"));
            }
        }
        return String.join("\n", texts);
    }

    private static int count(JsonNode content, String type) {
        int count = 0;
        for (JsonNode part : content) {
            count += Json.text(part, "type").equals(type) ? 1 : 0;
        }
        return count;
    }

    private JsonNode lastUser() {
        JsonNode last = Json.object();
        for (JsonNode message : body.get("messages")) {
            if (Json.text(message, "role").equals("user")) {
                last = message;
            }
        }
        return last;
    }

    private List<String> toolResults() {
        List<String> results = new ArrayList<>();
        for (JsonNode message : body.get("messages")) {
            if (Json.text(message, "role").equals("tool")) {
                results.add(textOf(message.path("content")));
            } else {
                results.clear();
            }
        }
        return results;
    }

    private List<Ask.Tool> tools() {
        List<Ask.Tool> tools = new ArrayList<>();
        for (JsonNode tool : body.path("tools")) {
            JsonNode function = tool.get("function");
            tools.add(new Ask.Tool(Json.text(function, "name"), function.path("parameters")));
        }
        return tools;
    }

    private Choice choice() {
        JsonNode choice = body.path("tool_choice");
        if (choice.isObject()) {
            String named = Json.text(choice.path("function"), "name");
            if (!named.isEmpty()) {
                return new Choice.Required(List.of(named));
            }
            List<String> allowed = new ArrayList<>();
            choice.path("allowed_tools")
                    .path("tools")
                    .forEach(tool -> allowed.add(Json.text(tool.path("function"), "name")));
            return Json.text(choice.path("allowed_tools"), "mode").equals("required")
                    ? new Choice.Required(allowed)
                    : new Choice.Auto();
        }
        return switch (choice.asString("")) {
            case "none" -> new Choice.None();
            case "required" -> new Choice.Required(List.of());
            default -> new Choice.Auto();
        };
    }

    private Ask.Output output() {
        JsonNode format = body.path("response_format");
        return switch (Json.text(format, "type")) {
            // With a schema in "value", the form of Hugging Face's text-generation servers.
            case "json_object" ->
                format.path("value").isObject()
                        ? new Ask.Output.Fitting(format.get("value"))
                        : new Ask.Output.AnyJson();
            case "json_schema" ->
                new Ask.Output.Fitting(format.get("json_schema").path("schema"));
            default -> new Ask.Output.Plain();
        };
    }

    private List<String> stop() {
        JsonNode stop = body.path("stop");
        List<String> all = new ArrayList<>();
        if (stop.isString()) {
            all.add(stop.stringValue());
        }
        stop.forEach(one -> all.add(one.asString("")));
        return all;
    }
}
