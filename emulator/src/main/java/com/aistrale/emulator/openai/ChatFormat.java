package com.aistrale.emulator.openai;

import com.aistrale.emulator.answer.Answer;
import com.aistrale.emulator.answer.Answerer;
import com.aistrale.emulator.answer.Ask;
import com.aistrale.emulator.answer.PrefixCache.Segment;
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
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's wire format in the dialect of one service. */
public final class ChatFormat implements WireFormat {
    /** Shorter beginnings are not cached, and what is cached is counted in steps of 128. */
    private static final int CACHED_FROM = 1024;

    private static final int CACHED_STEP = 128;

    private final Dialect dialect;

    public ChatFormat(Dialect dialect) {
        this.dialect = dialect;
    }

    @Override
    public String provider() {
        return dialect.provider();
    }

    @Override
    public Reply.Whole error(int status, Turn turn) {
        return dialect.error(status, turn);
    }

    @Override
    public Reply answer(Turn turn) {
        authorise(turn);
        String prefix = dialect.prefix();
        if (turn.is("POST", prefix + "/chat/completions")) {
            return chat(turn);
        }
        if (turn.is("POST", prefix + "/embeddings")
                && !dialect.models().embedding().isEmpty()) {
            return embeddings(turn);
        }
        if (turn.is("GET", prefix + "/models")) {
            turn.settle("");
            ArrayNode data = Json.array();
            dialect.models().names().forEach(name -> data.add(dialect.model(name, turn)));
            ObjectNode list = Json.object().put("object", "list");
            list.set("data", data);
            return Reply.Whole.json(200, dialect.headers(turn), list);
        }
        String one = prefix + "/models/";
        if (turn.request().method().equals("GET") && turn.route().startsWith(one)) {
            turn.settle("");
            String name = turn.route().substring(one.length());
            return Reply.Whole.json(200, dialect.headers(turn), dialect.model(known(name, turn), turn));
        }
        throw new Refusal(dialect.noSuchRoute(turn));
    }

    private void authorise(Turn turn) {
        if (!dialect.needsKey()) {
            return;
        }
        String authorization = turn.request().headers().first("authorization");
        String key = Keys.bearer(authorization);
        switch (turn.world().keys().judge(dialect.provider(), key)) {
            case MISSING -> throw new Refusal(dialect.missingKey(turn));
            case WRONG -> throw new Refusal(dialect.wrongKey(key == null ? "" : key, turn));
            case GOOD -> {}
        }
    }

    private Reply chat(Turn turn) {
        JsonNode body = body(turn, dialect.request());
        String model = settled(body, turn);
        boolean reasons = dialect.models().reasons().test(model);
        ChatRules.broken(body, dialect.parameters(model)).ifPresent(problem -> {
            throw new Refusal(dialect.complaint(problem, turn));
        });
        ChatReader reader = new ChatReader(body);
        Ask ask = reader.ask(model, reasons, turn);
        Answer answer = Answerer.answer(ask);
        List<Segment> prompt = reader.prompt();
        int tokens = prompt.stream().mapToInt(Segment::tokens).sum();
        int known = turn.world().cache().look(model, prompt, CACHED_FROM).read();
        String name = Json.text(body, "model");
        ChatWriter writer = new ChatWriter(dialect, turn, body, name, answer, tokens, known - known % CACHED_STEP);
        return Json.flag(body, "stream") ? writer.stream(broken(turn)) : writer.whole();
    }

    private Reply embeddings(Turn turn) {
        JsonNode body = body(turn, ChatShape.embeddings());
        String model = settled(body, turn);
        return Reply.Whole.json(200, dialect.headers(turn), Embeddings.of(body, model, turn.withoutUsage()));
    }

    private JsonNode body(Turn turn, Shape shape) {
        JsonNode body;
        try {
            body = Json.read(turn.request().body());
        } catch (JacksonException notJson) {
            throw new Refusal(dialect.malformedJson(turn));
        }
        for (Violation violation : Checker.check(body, shape)) {
            if (!(violation instanceof Violation.Unknown && dialect.ignoresUnknown())) {
                throw new Refusal(dialect.complaint(violation, body, turn));
            }
        }
        return body;
    }

    /** The model that answers, after what is scripted for this request has been settled. */
    private String settled(JsonNode body, Turn turn) {
        try {
            String base = turn.settle(Json.text(body, "model"));
            return base.isEmpty() ? dialect.models().standard() : known(base, turn);
        } catch (IllegalArgumentException unknownFault) {
            throw new Refusal(Reply.Whole.json(400, Map.of(), Json.object().put("error", unknownFault.getMessage())));
        }
    }

    private String known(String model, Turn turn) {
        if (!dialect.models().names().contains(dialect.served(model))
                && !turn.world().moreModels().contains(model)) {
            throw new Refusal(dialect.noSuchModel(model, turn));
        }
        return model;
    }

    private Reply.Event broken(Turn turn) {
        return new Reply.Event(null, dialect.error(500, turn).body());
    }
}
