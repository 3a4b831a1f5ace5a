package com.aistrale.emulator.openai;

import com.aistrale.emulator.answer.Answer;
import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Violation;
import com.aistrale.emulator.wire.Reply;
import com.aistrale.emulator.wire.Turn;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** In what one service's chat completions differ from the next one's. Holds no state. */
public interface Dialect {
    String provider();

    Models models();

    /** The name in the list of models that a request's model means. */
    default String served(String model) {
        return model;
    }

    /** What stands before the routes: {@code /v1}, or {@code /openai/v1}. */
    String prefix();

    /** Whether calls need a key. */
    boolean needsKey();

    /** Whether unknown fields are passed over rather than refused. */
    boolean ignoresUnknown();

    /** The request's shape. */
    Shape.Fields request();

    /** Which parameters a model of that name takes. */
    Parameters parameters(String model);

    /** The two kinds of models that OpenAI tells apart, and the services that tell none. */
    enum Parameters {
        /** Takes sampling parameters and max_tokens, and no reasoning_effort. */
        SAMPLING,
        /** Takes reasoning_effort and max_completion_tokens, and no sampling parameters. */
        REASONING,
        /** Takes whatever has its shape. */
        ANY,
        /** As ANY; and messages are not held to an order either. */
        NO_RULES
    }

    /** The refusal of a request that does not have its shape, told by the first violation. */
    Reply.Whole complaint(Violation violation, JsonNode body, Turn turn);

    /** The refusal of a conversation that does not hold together. */
    Reply.Whole complaint(Problem problem, Turn turn);

    Reply.Whole missingKey(Turn turn);

    Reply.Whole wrongKey(String key, Turn turn);

    Reply.Whole malformedJson(Turn turn);

    Reply.Whole noSuchModel(String model, Turn turn);

    Reply.Whole noSuchRoute(Turn turn);

    /** The service's error of that status. */
    Reply.Whole error(int status, Turn turn);

    /** The headers of a good answer. */
    Map<String, String> headers(Turn turn);

    /** One entry of the list of models. */
    ObjectNode model(String name, Turn turn);

    /** Adds to the usage what only this service has. */
    void finishUsage(ObjectNode usage, Answer answer, int cachedTokens);

    /** Adds to a message or a delta what the model thought, where this service shows it. */
    void showThinking(ObjectNode message, String thinking, JsonNode request);

    /** Adds to a whole answer what only this service has. */
    void finishCompletion(ObjectNode completion, Turn turn);

    /** Adds to a stream's chunks what only this service has; the last in the list carries the finish reason. */
    void finishChunks(List<ObjectNode> chunks, ObjectNode usage, Turn turn);
}
