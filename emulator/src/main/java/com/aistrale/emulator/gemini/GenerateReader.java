package com.aistrale.emulator.gemini;

import com.aistrale.emulator.answer.Ask;
import com.aistrale.emulator.answer.Ask.Choice;
import com.aistrale.emulator.answer.PrefixCache.Segment;
import com.aistrale.emulator.answer.Tokens;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.wire.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Reads a generateContent request that is known to be right. */
final class GenerateReader {
    private static final Map<String, Integer> LEVELS = Map.of("minimal", 0, "low", 16, "medium", 64, "high", 256);

    private final JsonNode body;
    private final JsonNode config;

    GenerateReader(JsonNode body) {
        this.body = body;
        this.config = body.path("generationConfig");
    }

    Ask ask(String model, Turn turn) {
        JsonNode last = body.get("contents").get(body.get("contents").size() - 1);
        int images = 0;
        for (JsonNode part : last.path("parts")) {
            images += part.has("inlineData") || part.has("fileData") ? 1 : 0;
        }
        List<String> stop = new ArrayList<>();
        config.path("stopSequences").forEach(one -> stop.add(one.asString("")));
        return new Ask(
                model,
                lastUserText(),
                responses(last),
                images,
                tools(),
                choice(),
                true,
                output(),
                stop,
                Json.number(config, "maxOutputTokens", Integer.MAX_VALUE),
                thinkingTokens(model),
                turn.fault(Fault.Say.class).map(Fault.Say::text).orElse(null));
    }

    /** By level, or at most 64 tokens of a budget, which is also what a model thinks that is told nothing. */
    private int thinkingTokens(String model) {
        JsonNode thinking = config.path("thinkingConfig");
        String level = Json.text(thinking, "thinkingLevel").toLowerCase(Locale.ROOT);
        if (LEVELS.containsKey(level)) {
            return LEVELS.get(level);
        }
        int budget = Json.number(thinking, "thinkingBudget", GeminiModels.thinksUnasked(model) ? -1 : 0);
        return budget < 0 ? 64 : Math.min(64, budget);
    }

    boolean showsThoughts() {
        return Json.flag(config.path("thinkingConfig"), "includeThoughts");
    }

    int candidates() {
        return Json.number(config, "candidateCount", 1);
    }

    /** The prompt's parts in the order in which the service caches them: system, tools, contents. */
    List<Segment> prompt() {
        List<Segment> prompt = new ArrayList<>();
        if (body.path("systemInstruction").isObject()) {
            prompt.add(segment(body.get("systemInstruction")));
        }
        for (JsonNode tool : body.path("tools")) {
            String text = Json.write(tool);
            prompt.add(new Segment(text, Tokens.count(text), true));
        }
        body.path("contents").forEach(content -> prompt.add(segment(content)));
        return prompt;
    }

    private static Segment segment(JsonNode content) {
        int tokens = Tokens.PER_MESSAGE;
        for (JsonNode part : content.path("parts")) {
            tokens += Tokens.count(Json.text(part, "text"));
            if (part.has("inlineData") || part.has("fileData")) {
                tokens += Tokens.PER_IMAGE;
            }
            if (part.path("functionCall").isObject()) {
                tokens += Tokens.count(Json.text(part.get("functionCall"), "name"))
                        + Tokens.count(Json.write(part.get("functionCall").path("args")));
            }
            if (part.path("functionResponse").isObject()) {
                tokens += Tokens.count(response(part.get("functionResponse")));
            }
        }
        return new Segment(Json.write(content), tokens, true);
    }

    private String lastUserText() {
        String text = "";
        for (JsonNode content : body.get("contents")) {
            List<String> words = new ArrayList<>();
            content.path("parts").forEach(part -> words.add(Json.text(part, "text")));
            words.removeIf(String::isEmpty);
            if (!Json.text(content, "role").equals("model") && !words.isEmpty()) {
                text = String.join("\n", words);
            }
        }
        return text;
    }

    private static List<String> responses(JsonNode content) {
        List<String> responses = new ArrayList<>();
        for (JsonNode part : content.path("parts")) {
            if (part.path("functionResponse").isObject()) {
                responses.add(response(part.get("functionResponse")));
            }
        }
        return responses;
    }

    /** What a function responded: the text of {@code result} or {@code output} where there is one, else the whole object. */
    private static String response(JsonNode functionResponse) {
        JsonNode response = functionResponse.path("response");
        for (String usual : new String[] {"result", "output"}) {
            if (response.path(usual).isString()) {
                return response.get(usual).stringValue();
            }
        }
        return response.isObject() ? Json.write(response) : "";
    }

    private List<Ask.Tool> tools() {
        List<Ask.Tool> tools = new ArrayList<>();
        for (JsonNode tool : body.path("tools")) {
            for (JsonNode function : tool.path("functionDeclarations")) {
                JsonNode schema =
                        function.has("parameters") ? function.get("parameters") : function.path("parametersJsonSchema");
                tools.add(new Ask.Tool(Json.text(function, "name"), schema));
            }
        }
        return tools;
    }

    private Choice choice() {
        JsonNode choice = body.path("toolConfig").path("functionCallingConfig");
        List<String> names = new ArrayList<>();
        choice.path("allowedFunctionNames").forEach(name -> names.add(name.asString("")));
        return switch (Json.text(choice, "mode")) {
            case "ANY" -> new Choice.Required(names);
            case "NONE" -> new Choice.None();
            default -> new Choice.Auto();
        };
    }

    private Ask.Output output() {
        for (String schema : new String[] {"responseSchema", "responseJsonSchema"}) {
            if (Json.has(config, schema)) {
                return new Ask.Output.Fitting(config.get(schema));
            }
        }
        return Json.text(config, "responseMimeType").equals("application/json")
                ? new Ask.Output.AnyJson()
                : new Ask.Output.Plain();
    }
}
