package com.aistrale.emulator.gemini;

import com.aistrale.emulator.journal.Fingerprint;
import com.aistrale.emulator.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The signatures of what the model thought before it called a function. The third generation wants that of each step's first
 * call back for as long as the turn goes on, that is since the last content that a user wrote.
 */
final class ThoughtSignatures {
    private static final String MARK = "emulator-thought:";

    /** With this the service's validation can be passed by for calls that it did not make. */
    private static final String SKIP = "skip_thought_signature_validator";

    private ThoughtSignatures() {}

    static String sign(String function) {
        return Base64Text.encode((MARK + Fingerprint.of(function)).getBytes(StandardCharsets.UTF_8));
    }

    static Optional<String> broken(JsonNode body, String model) {
        if (!GeminiModels.third(model)) {
            return Optional.empty();
        }
        JsonNode contents = body.get("contents");
        for (int i = turnBegins(contents); i < contents.size(); i++) {
            for (JsonNode part : contents.get(i).path("parts")) {
                if (part.path("functionCall").isObject()) {
                    Optional<String> bad = check(part, i + 1);
                    if (bad.isPresent()) {
                        return bad;
                    }
                    break;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> check(JsonNode part, int position) {
        String name = Json.text(part.get("functionCall"), "name");
        String signature = Json.text(part, "thoughtSignature");
        if (signature.isEmpty()) {
            return Optional.of(
                    "Function call is missing a thought_signature in functionCall parts. This is required for tools to "
                            + "work correctly, and missing thought_signature may lead to degraded model performance. Additional data, "
                            + "function call `default_api:" + name + "` , position " + position
                            + ". Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.");
        }
        Optional<byte[]> bytes = Base64Text.decode(signature);
        boolean good = signature.equals(SKIP)
                || bytes.map(b -> new String(b, StandardCharsets.UTF_8))
                        .filter(text -> text.equals(SKIP) || text.equals(MARK + Fingerprint.of(name)))
                        .isPresent();
        return good ? Optional.empty() : Optional.of("Thought signature is not valid.");
    }

    /** After the last content in which a user wrote something, rather than a function responded. */
    private static int turnBegins(JsonNode contents) {
        for (int i = contents.size() - 1; i >= 0; i--) {
            if (!Json.text(contents.get(i), "role").equals("model")
                    && GenerateRules.count(contents.get(i), "functionResponse") == 0) {
                return i + 1;
            }
        }
        return 0;
    }
}
