package com.aistrale.emulator.anthropic;

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
import tools.jackson.databind.node.ObjectNode;

/** Reads a Messages request that is known to be right. */
final class MessagesReader {
    private static final Map<String, Integer> EFFORTS =
            Map.of("low", 16, "medium", 64, "high", 256, "xhigh", 512, "max", 1024);

    private final JsonNode body;

    MessagesReader(JsonNode body) {
        this.body = body;
    }

    Ask ask(String model, Turn turn) {
        JsonNode last = lastTurn();
        return new Ask(
                model,
                lastUserText(),
                toolResults(last),
                images(last),
                tools(),
                choice(),
                !Json.flag(body.path("tool_choice"), "disable_parallel_tool_use"),
                body.path("output_config").path("format").isObject()
                        ? new Ask.Output.Fitting(
                                body.get("output_config").get("format").get("schema"))
                        : new Ask.Output.Plain(),
                stop(),
                Json.number(body, "max_tokens", Integer.MAX_VALUE),
                thinkingTokens(),
                turn.fault(Fault.Say.class).map(Fault.Say::text).orElse(null));
    }

    /** What the model thinks before it answers: by its effort, 64 tokens where a budget or nothing is told. */
    private int thinkingTokens() {
        return switch (Json.text(body.path("thinking"), "type")) {
            case "enabled" -> 64;
            case "adaptive" -> EFFORTS.getOrDefault(Json.text(body.path("output_config"), "effort"), 64);
            default -> 0;
        };
    }

    /** The prompt's parts in the order in which the service caches them: tools, system, messages. */
    List<Segment> prompt() {
        List<Segment> prompt = new ArrayList<>();
        for (JsonNode tool : body.path("tools")) {
            prompt.add(segment(tool, Tokens.count(Json.write(tool))));
        }
        parts(body.path("system"), prompt);
        for (JsonNode message : body.get("messages")) {
            prompt.add(new Segment(Json.text(message, "role"), Tokens.PER_MESSAGE, false));
            parts(message.get("content"), prompt);
        }
        if (Json.has(body, "cache_control") && !prompt.isEmpty()) {
            Segment last = prompt.removeLast();
            prompt.add(new Segment(last.content(), last.tokens(), true));
        }
        return prompt;
    }

    private static void parts(JsonNode content, List<Segment> prompt) {
        if (content.isString()) {
            prompt.add(new Segment(content.stringValue(), Tokens.count(content.stringValue()), false));
        }
        for (JsonNode block : content) {
            prompt.add(segment(block, tokens(block)));
        }
    }

    private static Segment segment(JsonNode part, int tokens) {
        JsonNode content = part.deepCopy();
        ((ObjectNode) content).remove("cache_control");
        return new Segment(Json.write(content), tokens, Json.has(part, "cache_control"));
    }

    private static int tokens(JsonNode block) {
        return switch (Json.text(block, "type")) {
            case "image" -> Tokens.PER_IMAGE;
            case "tool_use" -> Tokens.count(Json.text(block, "name")) + Tokens.count(Json.write(block.get("input")));
            case "tool_result" -> {
                int tokens = Tokens.count(textOf(block.path("content")));
                for (JsonNode part : block.path("content")) {
                    tokens += Json.text(part, "type").equals("image") ? Tokens.PER_IMAGE : 0;
                }
                yield tokens;
            }
            case "thinking" -> Tokens.count(Json.text(block, "thinking"));
            default -> Tokens.count(Json.text(block, "text"));
        };
    }

    private static String textOf(JsonNode content) {
        if (content.isString()) {
            return content.stringValue();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode block : content) {
            if (Json.text(block, "type").equals("text")) {
                texts.add(Json.text(block, "text"));
            }
        }
        return String.join("\n", texts);
    }

    private JsonNode lastTurn() {
        return body.get("messages").get(body.get("messages").size() - 1);
    }

    private String lastUserText() {
        String text = "";
        for (JsonNode message : body.get("messages")) {
            String words = textOf(message.get("content"));
            if (Json.text(message, "role").equals("user") && !words.isEmpty()) {
                text = words;
            }
        }
        return text;
    }

    private static List<String> toolResults(JsonNode message) {
        List<String> results = new ArrayList<>();
        for (JsonNode block : message.get("content")) {
            if (Json.text(block, "type").equals("tool_result")) {
                results.add(textOf(block.path("content")));
            }
        }
        return results;
    }

    private static int images(JsonNode message) {
        int images = 0;
        for (JsonNode block : message.get("content")) {
            images += Json.text(block, "type").equals("image") ? 1 : 0;
        }
        return images;
    }

    private List<Ask.Tool> tools() {
        List<Ask.Tool> tools = new ArrayList<>();
        body.path("tools").forEach(tool -> tools.add(new Ask.Tool(Json.text(tool, "name"), tool.get("input_schema"))));
        return tools;
    }

    private Choice choice() {
        JsonNode choice = body.path("tool_choice");
        return switch (Json.text(choice, "type")) {
            case "none" -> new Choice.None();
            case "any" -> new Choice.Required(List.of());
            case "tool" -> new Choice.Required(List.of(Json.text(choice, "name")));
            default -> new Choice.Auto();
        };
    }

    private List<String> stop() {
        List<String> stop = new ArrayList<>();
        body.path("stop_sequences").forEach(one -> stop.add(one.asString("")));
        return stop;
    }
}
