package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.answer.Answer;
import com.aistrale.emulator.answer.Answerer;
import com.aistrale.emulator.answer.Ask;
import com.aistrale.emulator.answer.PrefixCache.Segment;
import com.aistrale.emulator.anthropic.MessagesWriter.Prompt;
import com.aistrale.emulator.anthropic.MessagesWriter.Thinking;
import com.aistrale.emulator.json.Json;
import com.aistrale.emulator.shape.Checker;
import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Violation;
import com.aistrale.emulator.wire.Keys;
import com.aistrale.emulator.wire.Refusal;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import com.aistrale.emulator.wire.WireFormat;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Anthropic's Messages API. */
public final class Anthropic implements WireFormat {
    private static final int LARGEST = 32 * 1024 * 1024;
    private static final int CACHED_FROM = 1024;
    private static final String REDACTS = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING";

    @Override
    public String provider() {
        return "anthropic";
    }

    @Override
    public Reply.Whole error(int status, Turn turn) {
        return Errors.of(status, turn);
    }

    @Override
    public Reply answer(Turn turn) {
        authorise(turn);
        if (turn.is("POST", "/v1/messages")) {
            return messages(turn);
        }
        if (turn.is("POST", "/v1/messages/count_tokens")) {
            JsonNode body = body(turn, MessagesShape.COUNT);
            settled(body, turn);
            return Reply.Whole.json(
                    200,
                    Errors.headers(turn),
                    Json.object().put("input_tokens", tokens(new MessagesReader(body).prompt())));
        }
        if (turn.is("GET", "/v1/models")) {
            turn.settle("");
            return Reply.Whole.json(200, Errors.headers(turn), models());
        }
        String one = "/v1/models/";
        if (turn.request().method().equals("GET") && turn.route().startsWith(one)) {
            turn.settle("");
            return Reply.Whole.json(
                    200, Errors.headers(turn), model(known(turn.route().substring(one.length()), turn)));
        }
        throw new Refusal(Errors.of(404, turn));
    }

    private void authorise(Turn turn) {
        var headers = turn.request().headers();
        String key = headers.first("x-api-key");
        String token = Keys.bearer(headers.first("authorization"));
        switch (turn.world().keys().judge("anthropic", key == null || key.isBlank() ? token : key)) {
            case MISSING ->
                throw new Refusal(Errors.error(401, "authentication_error", "x-api-key header is required", turn));
            case WRONG ->
                throw new Refusal(Errors.error(
                        401, "authentication_error", key == null ? "Invalid bearer token" : "invalid x-api-key", turn));
            case GOOD -> {}
        }
        String version = headers.first("anthropic-version");
        if (version == null) {
            throw Errors.invalid("anthropic-version: header is required", turn);
        }
        if (!MessagesShape.VERSIONS.contains(version)) {
            throw Errors.invalid("anthropic-version: \"" + version + "\" is not a valid version", turn);
        }
    }

    private static String version(Turn turn) {
        return String.valueOf(turn.request().headers().first("anthropic-version"));
    }

    private Reply messages(Turn turn) {
        JsonNode body = body(turn, MessagesShape.request(version(turn)));
        String model = settled(body, turn);
        MessagesReader reader = new MessagesReader(body);
        Ask ask = reader.ask(model, turn);
        Answer answer = Answerer.answer(ask);
        List<Segment> segments = reader.prompt();
        boolean longLived = Json.write(body).contains("\"ttl\":\"1h\"");
        Prompt prompt =
                new Prompt(tokens(segments), turn.world().cache().look(model, segments, CACHED_FROM), longLived);
        MessagesWriter writer =
                new MessagesWriter(turn, Json.text(body, "model"), answer, thinking(body, model, ask), prompt);
        return Json.flag(body, "stream") ? writer.stream() : writer.whole();
    }

    private static Thinking thinking(JsonNode body, String model, Ask ask) {
        if (ask.lastUser().contains(REDACTS)) {
            return Thinking.REDACTED;
        }
        String display = Json.text(body.path("thinking"), "display");
        boolean omitted = display.isEmpty() ? ClaudeModels.adaptiveOnly(model) : display.equals("omitted");
        return omitted ? Thinking.OMITTED : Thinking.SHOWN;
    }

    private JsonNode body(Turn turn, Shape shape) {
        if (turn.request().body().length > LARGEST) {
            throw new Refusal(Errors.of(413, turn));
        }
        JsonNode body;
        try {
            body = Json.read(turn.request().body());
        } catch (JacksonException notJson) {
            throw Errors.invalid("The request body is not valid JSON: " + notJson.getOriginalMessage(), turn);
        }
        List<Violation> violations = Checker.check(body, shape);
        if (!violations.isEmpty()) {
            throw Errors.invalid(Complaint.of(violations.getFirst(), body), turn);
        }
        return body;
    }

    /** The model that answers, after what is scripted for this request has been settled. */
    private String settled(JsonNode body, Turn turn) {
        String model;
        try {
            String base = turn.settle(Json.text(body, "model"));
            model = base.isEmpty() ? ClaudeModels.standard() : known(base, turn);
        } catch (IllegalArgumentException unknownFault) {
            throw Errors.invalid(String.valueOf(unknownFault.getMessage()), turn);
        }
        MessagesRules.broken(body, model, version(turn)).ifPresent(message -> {
            throw Errors.invalid(message, turn);
        });
        return model;
    }

    private static String known(String model, Turn turn) {
        if (!ClaudeModels.NAMES.contains(model) && !turn.world().moreModels().contains(model)) {
            throw new Refusal(Errors.error(404, "not_found_error", "model: " + model, turn));
        }
        return model;
    }

    private static int tokens(List<Segment> prompt) {
        return prompt.stream().mapToInt(Segment::tokens).sum();
    }

    private static ObjectNode models() {
        ObjectNode list = Json.object();
        ArrayNode data = list.putArray("data");
        ClaudeModels.NAMES.forEach(name -> data.add(model(name)));
        return list.put("has_more", false)
                .put("first_id", ClaudeModels.NAMES.getFirst())
                .put("last_id", ClaudeModels.NAMES.getLast());
    }

    private static ObjectNode model(String name) {
        return Json.object()
                .put("type", "model")
                .put("id", name)
                .put("display_name", name.replace('-', ' '))
                .put("created_at", "2025-10-15T00:00:00Z")
                .put("lifecycle", "active");
    }
}
