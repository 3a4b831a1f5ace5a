package com.aistrale.server.prompts;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A version whose templates are parsed, ready to be rendered. Immutable. */
public final class CompiledPrompt {
    /** The longest rendering, in characters: a value can stand in many places. */
    static final long LONGEST = 20_000_000;

    /** So many unknown variables are named. */
    private static final int MOST_UNKNOWN = 20;

    /** What a segment, or a node of a tree, is worth besides its text. */
    private static final long PIECE = 100;

    private final PromptVersion version;
    private final List<Template> templates;

    CompiledPrompt(PromptVersion version) {
        this.version = version;
        var content = version.content();
        this.templates = content.text() != null
                ? List.of(Template.parse(content.text()))
                : Slot.of(content.messages()).stream()
                        .map(slot -> Template.parse(slot.text()))
                        .toList();
    }

    public PromptVersion version() {
        return version;
    }

    /** How much memory it is worth, in characters: its text, twice, and what each piece of it takes besides. */
    long weight() {
        var content = version.content().json();
        long segments = templates.stream()
                .mapToLong(template -> template.segments().size())
                .sum();
        return 1000 + 2L * Json.text(content).length() + PIECE * (segments + nodes(content));
    }

    private static long nodes(JsonNode node) {
        return 1 + node.valueStream().mapToLong(CompiledPrompt::nodes).sum();
    }

    /**
     * Puts the values in their places.
     *
     * @param given values by name, or null for none
     * @param at where they stand in the request, for mistakes
     * @return null when there are mistakes
     */
    public @Nullable Rendered render(@Nullable ObjectNode given, Pointer at, Reading reading) {
        int before = reading.count();
        var values = values(given == null ? Json.object() : given, at, reading);
        long length = templates.stream()
                .mapToLong(template -> template.length(values))
                .sum();
        if (length > LONGEST) {
            reading.mistake(at, "make a rendering of " + length + " characters; the most is " + LONGEST);
        }
        if (reading.count() > before) {
            return null;
        }
        var content = version.content();
        if (content.text() != null) {
            var text = templates.getFirst().render(values);
            var messages = Json.array();
            messages.addObject().put("role", "user").put("content", text);
            return new Rendered(version.name(), version.version(), text, messages, content.settings());
        }
        var messages = messages().deepCopy();
        var slots = Slot.of(messages);
        for (int i = 0; i < slots.size(); i++) {
            slots.get(i).put(templates.get(i).render(values));
        }
        return new Rendered(version.name(), version.version(), null, messages, content.settings());
    }

    private ArrayNode messages() {
        var messages = version.content().messages();
        return messages == null ? Json.array() : messages;
    }

    private Map<String, String> values(ObjectNode given, Pointer at, Reading reading) {
        var values = new HashMap<String, String>();
        var names = new ArrayList<String>();
        for (var variable : version.content().variables()) {
            names.add(variable.name());
            var here = at.field(variable.name());
            var value = Reading.said(given, variable.name());
            if (value == null && variable.required()) {
                reading.mistake(
                        here, "is missing; the prompt needs " + variable.type().words());
            } else if (value == null) {
                var usual = variable.defaultValue();
                values.put(variable.name(), usual == null ? "" : Variable.text(usual));
            } else if (!variable.type().takes(value)) {
                reading.wrongType(value, here, variable.type().words());
            } else if (!Characters.areFine(value)) {
                reading.mistake(here, Characters.WRONG);
            } else {
                values.put(variable.name(), Variable.text(value));
            }
        }
        int unknown = 0;
        for (var name : given.propertyNames()) {
            if (!names.contains(name) && ++unknown <= MOST_UNKNOWN) {
                reading.mistake(
                        at.field(name), "the prompt has no variable `" + name + "`" + Nearest.hint(name, names));
            }
        }
        return values;
    }
}
