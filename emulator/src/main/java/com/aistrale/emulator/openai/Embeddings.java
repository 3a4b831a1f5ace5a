package com.aistrale.emulator.openai;

import com.aistrale.emulator.answer.Tokens;
import com.aistrale.emulator.json.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Vectors of length one that depend on nothing but the text. */
final class Embeddings {
    private static final int DIMENSIONS = 1536;

    private Embeddings() {}

    static ObjectNode of(JsonNode request, String model, boolean withoutUsage) {
        List<String> inputs = inputs(request.get("input"));
        boolean base64 = Json.text(request, "encoding_format").equals("base64");
        ObjectNode list = Json.object().put("object", "list");
        ArrayNode data = list.putArray("data");
        for (int i = 0; i < inputs.size(); i++) {
            ObjectNode one = data.addObject().put("object", "embedding").put("index", i);
            float[] vector = vector(inputs.get(i), Json.number(request, "dimensions", DIMENSIONS));
            if (base64) {
                one.put("embedding", encoded(vector));
            } else {
                ArrayNode numbers = one.putArray("embedding");
                for (float number : vector) {
                    numbers.add(number);
                }
            }
        }
        list.put("model", model);
        if (!withoutUsage) {
            int tokens = inputs.stream().mapToInt(Tokens::count).sum();
            list.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        }
        return list;
    }

    /** A string is one input; so is an array of token numbers. */
    private static List<String> inputs(JsonNode input) {
        List<String> inputs = new ArrayList<>();
        if (input.isString()) {
            inputs.add(input.stringValue());
        } else if (input.get(0).isNumber()) {
            inputs.add(Json.write(input));
        } else {
            input.forEach(one -> inputs.add(one.isString() ? one.stringValue() : Json.write(one)));
        }
        return inputs;
    }

    private static float[] vector(String text, int dimensions) {
        Random random = new Random(text.hashCode());
        float[] vector = new float[dimensions];
        double square = 0;
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) random.nextGaussian();
            square += vector[i] * vector[i];
        }
        for (int i = 0; i < dimensions; i++) {
            vector[i] /= (float) Math.sqrt(square);
        }
        return vector;
    }

    private static String encoded(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : vector) {
            bytes.putFloat(number);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
