package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.pricing.ListedModel;
import com.aistrale.server.pricing.Usage;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Tokens by counting characters, for streams that ended before the provider counted: four characters a token, which is
 * what providers give as a rule of thumb for English text; an image counts {@value #IMAGE} tokens. Marked as estimated
 * wherever it is shown.
 */
final class TokenEstimate {
    private static final int CHARACTERS = 4;
    private static final int IMAGE = 1000;

    /** What a request may write that does not say, where the provider is not told either; unless its model writes less. */
    static final long USUAL_OUTPUT = 4096;

    /** What providers call the most that may be written, and the number of answers, in bodies and within {@link #CONFIGS}. */
    private static final List<String> MOST_OUTPUT =
            List.of("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens");

    private static final List<String> ANSWERS = List.of("n", "candidateCount", "candidate_count");
    private static final List<String> CONFIGS = List.of("generationConfig", "generation_config");

    private static final int HALVES = 2;
    private static final int MESSAGE = 16;
    private static final int LARGE_PART = 2000;

    private TokenEstimate() {}

    /**
     * What the request may take before anybody has counted: of input what a tokenizer hardly ever makes of it, a token for
     * each digit and for two bytes of anything else, in all that is sent; of output what it asks for, in each of its answers.
     *
     * @param model what is known of it, or null
     * @param usual what the provider is asked for where the request names no maximum, or null where nothing is
     */
    static Usage most(ChatRequest request, @Nullable ListedModel model, @Nullable Integer usual) {
        long halves = 0;
        long tokens = 0;
        for (var message : request.messages()) {
            tokens += MESSAGE;
            halves += message.name() == null ? 0 : halves(message.name());
            for (var part : message.parts()) {
                switch (part) {
                    case Part.Text text -> halves += halves(text.text());
                    case Part.Image image -> tokens += LARGE_PART;
                    case Part.ToolCall call ->
                        halves += halves(call.id()) + halves(call.name()) + halves(call.arguments());
                    case Part.ToolResult result -> halves += halves(result.callId()) + halves(result.content());
                    case Part.Thinking thinking -> halves += halves(thinking.text());
                    case Part.RedactedThinking redacted -> halves += halves(redacted.data());
                    case Part.Other other -> tokens += LARGE_PART + halves(other.json()) / HALVES;
                }
            }
        }
        for (var tool : request.tools()) {
            tokens += MESSAGE;
            halves += halves(tool.name())
                    + (tool.description() == null ? 0 : halves(tool.description()))
                    + halves(tool.parameters());
        }
        if (request.responseFormat() instanceof ResponseFormat.JsonSchema format) {
            halves += halves(format.schema());
        }
        for (var extra : request.extras().values()) {
            halves += halves(extra.value());
        }
        halves += halves(request.providerOptions());
        return new Usage(
                tokens + Math.ceilDiv(halves, (long) HALVES),
                Math.min(output(request, model, usual), Usage.MAX_TOKENS),
                null,
                null,
                null);
    }

    /** Of all that is sent the largest counts: which of them the provider goes by is its own affair. */
    private static long output(ChatRequest request, @Nullable ListedModel model, @Nullable Integer usual) {
        long most =
                request.maxOutputTokens() != null ? request.maxOutputTokens() : usual != null ? usual : USUAL_OUTPUT;
        long answers = 1;
        var anthropic = request.anthropic() == null ? null : request.anthropic().body();
        for (var said : Arrays.asList(request.openAi(), anthropic, request.providerOptions())) {
            most = Math.max(most, largest(said, MOST_OUTPUT));
            answers = Math.max(answers, largest(said, ANSWERS));
        }
        var own = model == null ? null : model.maxOutputTokens();
        return answers * (own == null ? most : Math.min(most, own));
    }

    private static long largest(@Nullable JsonNode body, List<String> names) {
        if (body == null) {
            return 0;
        }
        long largest = 0;
        for (var name : names) {
            largest = Math.max(largest, count(body.get(name)));
        }
        for (var config : CONFIGS) {
            largest = Math.max(largest, largest(body.get(config), names));
        }
        return largest;
    }

    /** Also of a number that is written as text, as Gemini takes it. At most what an int can be. */
    private static long count(@Nullable JsonNode said) {
        if (said == null || !(said.isNumber() || said.isString())) {
            return 0;
        }
        try {
            return (int) Math.ceil(Double.parseDouble(said.asString()));
        } catch (NumberFormatException none) {
            return 0;
        }
    }

    private static long halves(@Nullable JsonNode json) {
        return json == null ? 0 : halves(Json.text(json));
    }

    /** Half tokens: two for a digit, as many tokenizers know no numbers; one for each other byte of UTF-8. */
    private static long halves(String text) {
        long halves = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                halves += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            } else if (c >= '0' && c <= '9') {
                halves++;
            }
        }
        return halves;
    }

    static Usage of(ChatRequest request, int outputCharacters) {
        long input = 0;
        for (var message : request.messages()) {
            for (var part : message.parts()) {
                input += tokens(part);
            }
        }
        for (var tool : request.tools()) {
            input += tokens(tool.name().length() + (tool.parameters() == null ? 0 : 200));
        }
        return new Usage(input, tokens(outputCharacters), null, null, null);
    }

    private static long tokens(Part part) {
        return switch (part) {
            case Part.Text text -> tokens(text.text().length());
            case Part.Image image -> IMAGE;
            case Part.ToolCall call ->
                tokens(call.name().length() + call.arguments().length());
            case Part.ToolResult result -> tokens(result.content().length());
            case Part.Thinking thinking -> tokens(thinking.text().length());
            case Part.RedactedThinking redacted -> tokens(redacted.data().length());
            case Part.Other other -> IMAGE;
        };
    }

    private static long tokens(int characters) {
        return Math.ceilDiv(characters, CHARACTERS);
    }
}
