package com.aistrale.server.wire.anthropic;

import com.aistrale.server.inference.Leftovers;
import com.aistrale.server.inference.ResponseFormat;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reads how much is to be thought, and in what form answered. One thread. */
final class AnswerFields {
    private static final Set<String> CONFIG = Set.of("effort", "format");
    private static final Set<String> THINKING = Set.of("type", "budget_tokens", "display");
    private static final Set<String> FORMAT = Set.of("type", "schema");
    private static final Pointer THINK = Pointer.ROOT.field("thinking");

    private final Reading reading;
    private final Leftovers leftovers;

    AnswerFields(Reading reading, Leftovers leftovers) {
        this.reading = reading;
        this.leftovers = leftovers;
    }

    /**
     * OpenAI's word for what {@code output_config.effort} and {@code thinking} say, or null. Not to think is what a request
     * without a word on it asks of Anthropic's models too, so it says nothing to others.
     */
    @Nullable
    String effort(ObjectNode body) {
        var thinking = reading.object(body, Pointer.ROOT, "thinking");
        var said = effortWord(body);
        if (thinking == null) {
            return said;
        }
        leftovers.unknownFields(thinking, THINK, THINKING);
        var type = reading.required(thinking, THINK, "type");
        var budget = reading.integer(thinking, THINK, "budget_tokens");
        return switch (type) {
            case "disabled" -> null;
            case "adaptive" -> said;
            case "enabled" -> said == null ? word(budget == null ? 0 : budget) : said;
            default -> {
                if (!type.isEmpty()) {
                    leftovers.add(THINK, thinking, "must be of type enabled, adaptive or disabled, not `" + type + "`");
                }
                yield said;
            }
        };
    }

    /** The nearest word to a number of tokens; {@code AnthropicModels} has the numbers of the words. */
    private static String word(long budget) {
        if (budget <= 1024) {
            return "minimal";
        }
        if (budget <= 4096) {
            return "low";
        }
        return budget <= 12_288 ? "medium" : "high";
    }

    private @Nullable String effortWord(ObjectNode body) {
        var config = reading.object(body, Pointer.ROOT, "output_config");
        if (config == null) {
            return null;
        }
        var at = Pointer.ROOT.field("output_config");
        leftovers.unknownFields(config, at, CONFIG);
        var effort = reading.string(config, at, "effort");
        return "max".equals(effort) ? "xhigh" : effort;
    }

    /** {@code output_config.format}, which was {@code output_format} before. */
    @Nullable
    ResponseFormat format(ObjectNode body) {
        var config = reading.object(body, Pointer.ROOT, "output_config");
        var at = Pointer.ROOT.field("output_config");
        var newer = config == null ? null : reading.object(config, at, "format");
        var format = newer == null ? reading.object(body, Pointer.ROOT, "output_format") : newer;
        if (format == null) {
            return null;
        }
        var here = newer == null ? Pointer.ROOT.field("output_format") : at.field("format");
        var type = reading.required(format, here, "type");
        var schema = reading.object(format, here, "schema");
        if (!type.equals("json_schema") || schema == null) {
            leftovers.add(here, format, "must be of type json_schema, with a `schema`");
            return null;
        }
        leftovers.unknownFields(format, here, FORMAT);
        return new ResponseFormat.JsonSchema("answer", null, schema, true);
    }
}
