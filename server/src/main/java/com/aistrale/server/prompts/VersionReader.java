package com.aistrale.server.prompts;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.Problem.FieldError;
import com.aistrale.server.kit.problem.ProblemException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads a version's content out of a body, and derives what the templates use and nobody declared. Immutable. */
public final class VersionReader {
    /** The most characters of all templates of a version. */
    public static final int MOST_TEXT = 200_000;

    /** The longest note, and the longest description of a prompt or a variable, in characters. */
    public static final int LONGEST_NOTE = 1_000;

    static final int MOST_MESSAGES = 200;
    /** The most variables of a version. */
    public static final int MOST_VARIABLES = 100;

    static final int LONGEST_VARIABLE_NAME = 100;
    private static final int MOST_SETTINGS = 100_000;
    private static final int MOST_JSON = 1_000_000;

    private static final List<String> VARIABLE_FIELDS = List.of("name", "type", "required", "default", "description");

    /** The fields of a body that this reads. */
    public static final List<String> FIELDS = List.of("text", "messages", "variables", "settings", "note");

    private final RunShape shape;

    public VersionReader(RunShape shape) {
        this.shape = shape;
    }

    /**
     * The version that the body describes; the body's other fields are the caller's to read, before this.
     *
     * @throws ProblemException {@code invalid_request} with every mistake of the reading
     */
    public Draft read(ObjectNode body, Reading reading) {
        var content = content(body, reading);
        var note = words(body, Pointer.ROOT, "note", reading);
        reading.check();
        if (content == null) {
            throw new IllegalStateException("neither content nor a mistake");
        }
        return new Draft(content, note);
    }

    private @Nullable PromptContent content(ObjectNode body, Reading reading) {
        int before = reading.count();
        var text = reading.string(body, Pointer.ROOT, "text");
        var messages = reading.array(body, Pointer.ROOT, "messages");
        boolean saysText = Reading.said(body, "text") != null;
        if (saysText == (Reading.said(body, "messages") != null)) {
            reading.mistake(
                    Pointer.ROOT.field(saysText ? "messages" : "text"),
                    "exactly one of `text` and `messages` is needed, and " + (saysText ? "both are" : "neither is")
                            + " there");
        }
        if (text != null && text.isBlank()) {
            reading.mistake(Pointer.ROOT.field("text"), "is empty");
        }
        if (messages != null) {
            messages(messages, reading);
        }
        var settings = settings(body, reading);
        var declared = variables(body, reading);
        var used = templates(text, messages, reading);
        if (reading.count() == before) {
            for (var field : FIELDS) {
                var value = Reading.said(body, field);
                if (value != null && !Characters.areFine(value)) {
                    reading.mistake(Pointer.ROOT.field(field), Characters.WRONG);
                }
            }
        }
        if (reading.count() > before) {
            return null;
        }
        used.forEach(name -> declared.computeIfAbsent(name, Variable::derived));
        if (declared.size() > MOST_VARIABLES) {
            reading.mistake(
                    Pointer.ROOT.field("variables"),
                    "the version has " + declared.size() + " variables, with those that its templates use; the most is "
                            + MOST_VARIABLES);
            return null;
        }
        var content = new PromptContent(text, messages, List.copyOf(declared.values()), settings);
        return PromptContent.stored(Json.text(content.json())); // as it will be read, so that versions compare
    }

    /** {@code description} of a prompt, or null. */
    public static @Nullable String description(ObjectNode body, Reading reading) {
        var description = words(body, Pointer.ROOT, "description", reading);
        if (description != null && !Characters.areFine(body.get("description"))) {
            reading.mistake(Pointer.ROOT.field("description"), Characters.WRONG);
        }
        return description;
    }

    private static @Nullable String words(ObjectNode in, Pointer at, String field, Reading reading) {
        var words = reading.string(in, at, field);
        if (words != null && words.length() > LONGEST_NOTE) {
            reading.mistake(at.field(field), "has " + words.length() + " characters; the most is " + LONGEST_NOTE);
        }
        return words;
    }

    private void messages(ArrayNode messages, Reading reading) {
        var at = Pointer.ROOT.field("messages");
        if (messages.size() > MOST_MESSAGES) {
            reading.mistake(at, "has " + messages.size() + " messages; the most is " + MOST_MESSAGES);
            return;
        }
        int length = Json.text(messages).length();
        if (length > MOST_JSON) {
            reading.mistake(at, "have " + length + " characters as JSON; the most is " + MOST_JSON);
            return;
        }
        add(shape.messages(messages), "/messages", reading);
    }

    private static void add(List<FieldError> errors, String below, Reading reading) {
        for (var error : errors) {
            reading.mistake(below + error.pointer(), error.detail());
        }
    }

    private ObjectNode settings(ObjectNode body, Reading reading) {
        var given = reading.object(body, Pointer.ROOT, "settings");
        var settings = Json.object();
        if (given == null) {
            return settings;
        }
        for (var field : given.properties()) {
            var name = field.getKey();
            if (!shape.settingNames().contains(name)) {
                reading.mistake(
                        Pointer.ROOT.field("settings").field(name),
                        "unknown field `" + name + "`" + Nearest.hint(name, shape.settingNames()));
            } else if (!field.getValue().isNull()) {
                settings.set(field.getKey(), field.getValue());
            }
        }
        int length = Json.text(settings).length();
        if (length > MOST_SETTINGS) {
            reading.mistake(
                    Pointer.ROOT.field("settings"),
                    "have " + length + " characters as JSON; the most is " + MOST_SETTINGS);
            return settings;
        }
        add(shape.settings(settings), "/settings", reading);
        var stop = settings.path("stop");
        if (stop.isString()) {
            settings.putArray("stop").add(stop.stringValue()); // one form for both, so that versions compare
        }
        return settings;
    }

    private static Map<String, Variable> variables(ObjectNode body, Reading reading) {
        var all = new LinkedHashMap<String, Variable>();
        var given = reading.array(body, Pointer.ROOT, "variables");
        if (given == null) {
            return all;
        }
        var at = Pointer.ROOT.field("variables");
        if (given.size() > MOST_VARIABLES) {
            reading.mistake(at, "has " + given.size() + " variables; the most is " + MOST_VARIABLES);
            return all;
        }
        int length = Json.text(given).length();
        if (length > MOST_JSON) {
            reading.mistake(at, "have " + length + " characters as JSON; the most is " + MOST_JSON);
            return all;
        }
        for (int i = 0; i < given.size(); i++) {
            if (!(given.get(i) instanceof ObjectNode one)) {
                reading.wrongType(given.get(i), at.at(i), "an object with a `name`");
                continue;
            }
            var variable = variable(one, at.at(i), reading);
            if (variable != null && all.put(variable.name(), variable) != null) {
                reading.mistake(at.at(i).field("name"), "`" + variable.name() + "` is declared twice");
            }
        }
        return all;
    }

    private static @Nullable Variable variable(ObjectNode in, Pointer at, Reading reading) {
        reading.known(in, at, VARIABLE_FIELDS);
        var name = reading.required(in, at, "name");
        if (in.path("name").isString() && (!Template.isName(name) || name.length() > LONGEST_VARIABLE_NAME)) {
            reading.mistake(
                    at.field("name"),
                    "must be 1 to " + LONGEST_VARIABLE_NAME + " letters, digits and _, the first of them no digit");
        }
        var typeName = reading.string(in, at, "type");
        var type = typeName == null ? Variable.Type.STRING : Variable.Type.of(typeName);
        if (type == null) {
            reading.mistake(
                    at.field("type"),
                    "is none of " + String.join(", ", Variable.Type.NAMES)
                            + Nearest.hint(String.valueOf(typeName), Variable.Type.NAMES));
            return null;
        }
        var usual = Reading.said(in, "default");
        if (usual != null && !type.takes(usual)) {
            reading.wrongType(usual, at.field("default"), type.words());
        }
        var required = reading.bool(in, at, "required");
        if (required != null && required && usual != null) {
            reading.mistake(
                    at.field("required"), "a variable with a default is never missing; leave out one of the two");
            return null;
        }
        return new Variable(
                name, type, required == null ? usual == null : required, usual, words(in, at, "description", reading));
    }

    /** The names that the templates use, in order; their length is looked at here. */
    private static List<String> templates(@Nullable String text, @Nullable ArrayNode messages, Reading reading) {
        long length = text == null ? 0 : text.length();
        var slots = Slot.of(messages);
        for (var slot : slots) {
            length += slot.text().length();
        }
        if (length > MOST_TEXT) {
            reading.mistake(
                    Pointer.ROOT.field(text == null ? "messages" : "text"),
                    "has " + length + " characters of text; the most is " + MOST_TEXT);
            return List.of();
        }
        var names = new ArrayList<String>();
        if (text != null) {
            names(text, "/text", names, reading);
        }
        for (var slot : slots) {
            names(slot.text(), "/messages" + slot.pointer(), names, reading);
        }
        return names;
    }

    private static void names(String text, String pointer, List<String> into, Reading reading) {
        for (var name : Template.parse(text).variables()) {
            if (name.length() > LONGEST_VARIABLE_NAME) {
                reading.mistake(
                        pointer, "uses a variable with a name longer than " + LONGEST_VARIABLE_NAME + " characters");
                return;
            }
            into.add(name);
        }
    }
}
