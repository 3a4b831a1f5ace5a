package com.aistrale.server.inference;

import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What becomes of the parts of a request that {@link ChatRequest} has no place for. In the native format, which is ours,
 * each is a mistake. In OpenAI's, which grows without us, each is kept under its JSON pointer without the first slash
 * ({@code messages/0/audio}), for {@link ChatRequest#extras}.
 */
public final class Leftovers {
    /** Names that other formats have for fields of ours, and that are not near them. */
    private static final Map<String, String> ELSEWHERE =
            Map.of("max_tokens", "max_output_tokens", "max_completion_tokens", "max_output_tokens");

    private final Reading reading;
    private final boolean strict;
    private final Map<String, Leftover> kept = new LinkedHashMap<>();

    private Leftovers(Reading reading, boolean strict) {
        this.reading = reading;
        this.strict = strict;
    }

    /** For the native format. */
    public static Leftovers refused(Reading reading) {
        return new Leftovers(reading, true);
    }

    /** For OpenAI's format. */
    public static Leftovers kept(Reading reading) {
        return new Leftovers(reading, false);
    }

    /** Whether leftovers are mistakes. */
    public boolean strict() {
        return strict;
    }

    /** Takes {@code value}, which has no place; {@code detail} says why, where that is a mistake. */
    public void add(Pointer at, JsonNode value, String detail) {
        if (strict) {
            reading.mistake(at, detail);
        } else {
            put(at, new Leftover(value));
        }
    }

    /** Takes {@code value}, which has no place in a format that is not ours; {@code instead} is {@link Leftover#instead}. */
    public void keep(Pointer at, JsonNode value, String instead) {
        put(at, new Leftover(value, instead));
    }

    private void put(Pointer at, Leftover leftover) {
        kept.put(at.toString().substring(1), leftover);
    }

    /** Takes the fields of {@code object} that are not in {@code known}; in OpenAI's format what is null says nothing. */
    public void unknownFields(ObjectNode object, Pointer at, Set<String> known) {
        for (var field : object.properties()) {
            if (!known.contains(field.getKey()) && (strict || !field.getValue().isNull())) {
                unknown(field.getKey(), field.getValue(), at, known);
            }
        }
    }

    private void unknown(String name, JsonNode value, Pointer at, Set<String> known) {
        if (strict) {
            reading.mistake(at.field(name), "unknown field `" + name + "`" + hint(name, known));
        } else {
            put(at.field(name), new Leftover(value));
        }
    }

    private static String hint(String name, Set<String> known) {
        var ours = ELSEWHERE.get(name);
        return ours != null && known.contains(ours) ? "; did you mean `" + ours + "`?" : Nearest.hint(name, known);
    }

    /** What was kept, by pointer, in the order in which it came. */
    public Map<String, Leftover> kept() {
        return kept;
    }
}
