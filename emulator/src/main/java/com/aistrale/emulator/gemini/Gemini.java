package com.aistrale.emulator.gemini;

import com.aistrale.emulator.answer.Answerer;
import com.aistrale.emulator.answer.Ask;
import com.aistrale.emulator.answer.PrefixCache.Segment;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.shape.Checker;
import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Violation;
import com.aistrale.emulator.wire.Refusal;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import com.aistrale.emulator.wire.WireFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The Gemini API, versions v1 and v1beta. */
public final class Gemini implements WireFormat {
    private static final int LARGEST = 20 * 1024 * 1024;
    private static final int CACHED_FROM = 1024;
    private static final Pattern ROUTE = Pattern.compile("/v1(?:beta)?/models(?:/([^:]+)(?::(\\w+))?)?");

    @Override
    public String provider() {
        return "gemini";
    }

    @Override
    public Reply.Whole error(int status, Turn turn) {
        return Errors.of(status, turn);
    }

    @Override
    public Reply answer(Turn turn) {
        authorise(turn);
        Matcher route = ROUTE.matcher(turn.route());
        boolean get = turn.request().method().equals("GET");
        if (route.matches() && get && route.group(2) == null) {
            turn.settle("");
            return Reply.Whole.json(
                    200,
                    Errors.headers(),
                    route.group(1) == null ? models() : model(known(route.group(1), "generateContent", turn)));
        }
        if (route.matches() && !get && route.group(2) != null) {
            return call(route.group(1), route.group(2), turn);
        }
        throw new Refusal(Errors.error(404, "Requested entity was not found.", Json.array(), turn));
    }

    private void authorise(Turn turn) {
        String header = turn.request().headers().first("x-goog-api-key");
        String key = header == null ? turn.request().query().get("key") : header;
        switch (turn.world().keys().judge("gemini", key)) {
            case MISSING -> throw new Refusal(Errors.missingKey(turn));
            case WRONG -> throw new Refusal(Errors.wrongKey(turn));
            case GOOD -> {}
        }
    }

    private Reply call(String model, String method, Turn turn) {
        return switch (method) {
            case "generateContent" -> generate(model, method, turn);
            case "streamGenerateContent" -> generate(model, method, turn);
            case "countTokens" -> count(model, turn);
            default -> throw new Refusal(Errors.noSuchModel(model, method, turn));
        };
    }

    private Reply generate(String name, String method, Turn turn) {
        JsonNode body = body(GenerateShape.REQUEST, turn);
        String model = settled(name, method, turn);
        GenerateRules.broken(body, model).ifPresent(message -> {
            throw Errors.invalid(message, turn);
        });
        GenerateReader reader = new GenerateReader(body);
        Ask ask = reader.ask(model, turn);
        List<Segment> prompt = reader.prompt();
        int tokens = prompt.stream().mapToInt(Segment::tokens).sum();
        int cached = turn.world().cache().look(model, prompt, CACHED_FROM).read();
        GenerateWriter writer = new GenerateWriter(turn, model, Answerer.answer(ask), reader, tokens, cached);
        return method.equals("generateContent")
                ? writer.whole()
                : writer.stream("sse".equals(turn.request().query().get("alt")));
    }

    private Reply count(String name, Turn turn) {
        JsonNode body = body(GenerateShape.COUNT, turn);
        String model = settled(name, "countTokens", turn);
        JsonNode counted = body.has("generateContentRequest") ? body.get("generateContentRequest") : body;
        GenerateRules.broken(counted, model).ifPresent(message -> {
            throw Errors.invalid(message, turn);
        });
        int tokens = new GenerateReader(counted)
                .prompt().stream().mapToInt(Segment::tokens).sum();
        ObjectNode answer = Json.object().put("totalTokens", tokens);
        answer.putArray("promptTokensDetails")
                .addObject()
                .put("modality", "TEXT")
                .put("tokenCount", tokens);
        return Reply.Whole.json(200, Errors.headers(), answer);
    }

    private static JsonNode body(Shape shape, Turn turn) {
        if (turn.request().body().length > LARGEST) {
            throw Errors.invalid("Request payload size exceeds the limit: " + LARGEST + " bytes.", turn);
        }
        JsonNode body;
        try {
            body = Spelling.camel(Json.read(turn.request().body()), shape);
        } catch (JacksonException notJson) {
            throw Errors.invalid("Invalid JSON payload received. " + notJson.getOriginalMessage(), turn);
        }
        List<Violation> violations = Checker.check(body, shape);
        if (!violations.isEmpty()) {
            throw Complaint.of(violations, turn);
        }
        return body;
    }

    /** The model that answers, after what is scripted for this request has been settled. */
    private static String settled(String name, String method, Turn turn) {
        try {
            String base = turn.settle(name);
            return base.isEmpty() ? GeminiModels.standard() : known(base, method, turn);
        } catch (IllegalArgumentException unknownFault) {
            throw Errors.invalid(String.valueOf(unknownFault.getMessage()), turn);
        }
    }

    private static String known(String model, String method, Turn turn) {
        if (!GeminiModels.NAMES.contains(model) && !turn.world().moreModels().contains(model)) {
            throw new Refusal(Errors.noSuchModel(model, method, turn));
        }
        return model;
    }

    private static ObjectNode models() {
        ObjectNode list = Json.object();
        ArrayNode models = list.putArray("models");
        GeminiModels.NAMES.forEach(name -> models.add(model(name)));
        return list;
    }

    private static ObjectNode model(String name) {
        ObjectNode model = Json.object()
                .put("name", "models/" + name)
                .put("version", "001")
                .put("displayName", name.replace('-', ' '))
                .put("description", "Emulated")
                .put("inputTokenLimit", 1_048_576)
                .put("outputTokenLimit", 65_536);
        model.putArray("supportedGenerationMethods").add("generateContent").add("countTokens");
        model.put("temperature", 1).put("topP", 0.95).put("topK", 64).put("maxTemperature", 2);
        return GeminiModels.thinks(name) ? model.put("thinking", true) : model;
    }
}
