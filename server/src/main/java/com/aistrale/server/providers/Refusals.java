package com.aistrale.server.providers;

import com.aistrale.server.inference.Leftover;
import com.aistrale.server.kit.json.Reading;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What of a request an upstream's format cannot say, gathered while it is encoded, so that one 400 names every field.
 * For one request on one thread.
 */
public final class Refusals {
    private final String format;
    private final Reading reading = new Reading();

    /** @param format what the format is called, such as {@code Gemini's generateContent} */
    public Refusals(String format) {
        this.format = format;
    }

    /** The value at {@code pointer} cannot be sent, for the reason given: a clause without a full stop. */
    public void add(String pointer, String reason) {
        reading.mistake(pointer, reason);
    }

    /** The format has no such field; {@code instead} says what to do, or is empty. */
    public void noPlace(String pointer, String instead) {
        reading.mistake(pointer, format + " has nothing that means this" + (instead.isEmpty() ? "" : "; " + instead));
    }

    /** Refuses a number unless it is absent or 0, which is what its absence means. */
    public void unlessZero(String pointer, @Nullable Double value) {
        if (value != null && value != 0) {
            noPlace(pointer, "leave it out");
        }
    }

    /** Refuses a field of the client's dialect, unless its value says what its absence says. */
    public void extra(String name, Leftover extra) {
        if (!saysNothing(name, extra.value())) {
            noPlace("/" + name, extra.instead());
        }
    }

    /**
     * Lets the request pass when nothing was refused.
     *
     * @throws com.aistrale.server.kit.problem.ProblemException {@code invalid_request} that names the fields
     */
    public void throwIfAny() {
        reading.check();
    }

    /** Whether leaving the field of OpenAI's format out loses nothing. */
    private static boolean saysNothing(String name, JsonNode value) {
        return value.isNull()
                || switch (name) {
                    case "logprobs", "store" -> value.isBoolean() && !value.booleanValue();
                    case "n" -> value.isIntegralNumber() && value.longValue() == 1;
                    case "top_logprobs" -> value.isIntegralNumber() && value.longValue() == 0;
                    case "logit_bias", "metadata" -> value.isObject() && value.isEmpty();
                    case "modalities" ->
                        value.isArray()
                                && value.size() == 1
                                && "text".equals(value.get(0).stringValue(""));
                    case "service_tier" -> "auto".equals(value.stringValue(""));
                    case "verbosity" -> "medium".equals(value.stringValue(""));
                    // How the client's own stream is written; not the provider's affair.
                    case "stream_options" -> true;
                    default -> false;
                };
    }
}
