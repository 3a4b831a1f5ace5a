package com.aistrale.emulator.anthropic;

import com.aistrale.emulator.json.Json;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What holds while the model thinks, and for the thoughts that come back in a conversation. */
final class ThinkingRules {
    private static final String GUIDE = " Please consult our documentation at "
            + "https://docs.claude.com/en/docs/build-with-claude/extended-thinking";

    private final JsonNode body;
    private final String model;
    private final String kind;

    private ThinkingRules(JsonNode body, String model) {
        this.body = body;
        this.model = model;
        this.kind = Json.text(body.path("thinking"), "type");
    }

    static Optional<String> broken(JsonNode body, String model) {
        ThinkingRules rules = new ThinkingRules(body, model);
        return rules.parameters().or(rules::signatures).or(rules::lastTurn);
    }

    private Optional<String> parameters() {
        if (kind.equals("adaptive") && !ClaudeModels.adaptive(model)) {
            return Optional.of("adaptive thinking is not supported on this model");
        }
        if (kind.equals("enabled") && ClaudeModels.adaptiveOnly(model)) {
            return Optional.of(
                    "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and "
                            + "\"output_config.effort\" to control thinking behavior.");
        }
        if (kind.equals("enabled")
                && Json.number(body, "max_tokens", Integer.MAX_VALUE)
                        <= Json.number(body.get("thinking"), "budget_tokens", 0)) {
            return Optional.of("`max_tokens` must be greater than `thinking.budget_tokens`." + GUIDE
                    + "#max-tokens-and-context-window-size");
        }
        if (!kind.equals("enabled") && !kind.equals("adaptive")) {
            return Optional.empty();
        }
        if (Json.has(body, "temperature") && body.get("temperature").doubleValue() != 1) {
            return Optional.of("`temperature` may only be set to 1 when thinking is enabled or in adaptive mode."
                    + GUIDE + "#important-considerations-when-using-extended-thinking");
        }
        if (Json.has(body, "top_k")) {
            return Optional.of("`top_k` must be unset when thinking is enabled or in adaptive mode." + GUIDE);
        }
        String choice = Json.text(body.path("tool_choice"), "type");
        return choice.equals("any") || choice.equals("tool")
                ? Optional.of("Thinking may not be enabled when tool_choice forces tool use.")
                : Optional.empty();
    }

    private Optional<String> signatures() {
        JsonNode messages = body.get("messages");
        for (int i = 0; i < messages.size(); i++) {
            JsonNode content = messages.get(i).get("content");
            for (int j = 0; j < content.size(); j++) {
                JsonNode block = content.get(j);
                String at = "messages." + i + ".content." + j;
                switch (Json.text(block, "type")) {
                    case "thinking" -> {
                        if (!Signatures.isFor(Json.text(block, "thinking"), Json.text(block, "signature"))) {
                            return Optional.of(at + ": Invalid `signature` in `thinking` block");
                        }
                    }
                    case "redacted_thinking" -> {
                        if (!Signatures.isRedacted(Json.text(block, "data"))) {
                            return Optional.of(at + ": Invalid `data` in `redacted_thinking` block");
                        }
                    }
                    default -> {}
                }
            }
        }
        return Optional.empty();
    }

    /** With a thinking budget, an assistant turn whose calls are being answered begins with what it thought. */
    private Optional<String> lastTurn() {
        JsonNode messages = body.get("messages");
        int last = messages.size() - 1;
        while (last >= 0 && !Json.text(messages.get(last), "role").equals("assistant")) {
            last--;
        }
        if (!kind.equals("enabled") || last < 0) {
            return Optional.empty();
        }
        JsonNode content = messages.get(last).get("content");
        boolean calls = false;
        for (JsonNode block : content) {
            calls |= Json.text(block, "type").equals("tool_use");
        }
        String first = Json.text(content.path(0), "type");
        if (!calls || first.equals("thinking") || first.equals("redacted_thinking")) {
            return Optional.empty();
        }
        return Optional.of(
                "messages." + last + ".content.0.type: Expected `thinking` or `redacted_thinking`, but found `" + first
                        + "`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the "
                        + "lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking blocks from previous "
                        + "turns. To avoid this requirement, disable `thinking`." + GUIDE);
    }
}
