package com.aistrale.server.prompts.dotprompt;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.prompts.Draft;
import com.aistrale.server.prompts.Template;
import com.aistrale.server.prompts.Template.Segment;
import com.aistrale.server.prompts.VersionReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads a Dotprompt file. What a version cannot hold is refused by its name. Immutable. */
final class DotpromptReader {
    /** What a file holds. @param description of the prompt; null when the file says none */
    record File(@Nullable String description, Draft draft) {}

    /** Dotprompt's {@code config} and our settings. */
    static final Map<String, String> CONFIG = Map.of(
            "temperature", "temperature",
            "topP", "top_p",
            "maxOutputTokens", "max_output_tokens",
            "stopSequences", "stop",
            "seed", "seed",
            "reasoningEffort", "reasoning_effort");

    static final String SETTINGS = "aistrale.settings";
    static final String OUTPUT = "aistrale.output";
    static final String NOTE = "aistrale.note";
    /** {@code text}: the one message is a version's text, whose blank ends the format would not keep otherwise. */
    static final String CONTENT = "aistrale.content";

    /** How the schema of an answer is called when nobody says so. */
    static final String OUTPUT_NAME = "output";

    private static final List<String> FIELDS = List.of(
            "name", "version", "description", "model", "config", "input", "output", SETTINGS, OUTPUT, NOTE, CONTENT);
    /** The most characters of the front matter: room for settings and variables as long as those of a version may be. */
    static final int LONGEST_FRONT = 2_000_000;

    /** The most characters below it: room for a version's text with what keeps Handlebars from it, and comments. */
    private static final int LONGEST_TEMPLATE = 5 * VersionReader.MOST_TEXT;

    private static final int LONGEST = LONGEST_FRONT + 2 * LONGEST_TEMPLATE;
    private static final Pattern COMMENT = Pattern.compile("(?:#[^\\n]*+|[ \\t]*+)\\n");
    private static final Pattern BEGIN = Pattern.compile("---[ \\t]*+\\r?\\n");
    private static final Pattern END = Pattern.compile("(?:^|\\r?\\n)---[ \\t]*+(?:\\r?\\n|$)");

    private final VersionReader versions;

    DotpromptReader(VersionReader versions) {
        this.versions = versions;
    }

    /**
     * Reads a file.
     *
     * @param name the prompt's name, which the file may repeat
     * @throws ProblemException {@code invalid_request} with every mistake and its place
     */
    File read(String name, String file) {
        var reading = new Reading();
        var source = file.startsWith("\ufeff") ? file.substring(1) : file;
        checkLength("the file", source.length(), LONGEST, reading);
        int from = 0;
        int to = source.length();
        var front = Yaml.Read.nothing();
        var begin = BEGIN.matcher(source).region(comments(source), to);
        if (begin.lookingAt()) {
            var end = END.matcher(source).region(begin.end(), source.length());
            if (!end.find()) {
                reading.mistake("", "the front matter has no end: a line of three dashes");
                reading.check();
            }
            checkLength("the front matter", end.start() - begin.end(), LONGEST_FRONT, reading);
            int before = Place.of(source, begin.end()).line() - 1;
            var read = Yaml.read(source.substring(begin.end(), end.start()), before, reading);
            front = read == null ? front : read;
            from = Blank.start(source, end.end(), to);
            to = Blank.end(source, from, to);
        }
        checkLength("the template", to - from, LONGEST_TEMPLATE, reading);
        var mistakes = new Mistakes(reading, front);
        var tokens = BodyReader.read(source, from, to, reading);
        var fields = front.root();
        unknown(fields, Pointer.ROOT, FIELDS, mistakes);
        name(name, fields, mistakes);
        var body = Json.object();
        content(fields, tokens, body, mistakes);
        settings(fields, body, mistakes);
        new InputReader(mistakes).read(fields, body);
        var note = fields.get(NOTE);
        if (note != null) {
            body.set("note", note);
        }
        return new File(description(fields, mistakes), draft(body, mistakes));
    }

    private static void checkLength(String what, int length, int most, Reading reading) {
        if (length > most) {
            reading.mistake("", what + " has " + length + " characters; the most is " + most);
            reading.check();
        }
    }

    /** Where the comments above the front matter, a licence mostly, end. */
    private static int comments(String source) {
        var comment = COMMENT.matcher(source);
        int at = 0;
        while (comment.region(at, source.length()).lookingAt()) {
            at = comment.end();
        }
        return at;
    }

    /** Reads it as a request's body would be, with the mistakes at the file's own places. */
    private Draft draft(ObjectNode body, Mistakes mistakes) {
        var reading = new Reading();
        Draft draft = null;
        try {
            draft = versions.read(body, reading);
        } catch (ProblemException wrong) {
            boolean known = mistakes.reading().count() > 0;
            for (var error : wrong.problem().errors()) {
                var pointer = inFile(error.pointer());
                boolean missing =
                        error.pointer().equals("/text") || error.pointer().equals("/messages");
                if (!(known && missing)) { // of a body that could not be read
                    mistakes.add(pointer, error.detail());
                }
            }
        }
        mistakes.reading().check();
        if (draft == null) {
            throw new IllegalStateException("neither a draft nor a mistake");
        }
        return draft;
    }

    private static String inFile(String pointer) {
        for (var field : CONFIG.entrySet()) {
            var setting = "/settings/" + field.getValue();
            if (pointer.equals(setting) || pointer.startsWith(setting + "/")) {
                return "/config/" + field.getKey() + pointer.substring(setting.length());
            }
        }
        if (pointer.equals("/settings/model")) {
            return "/model";
        }
        if (pointer.startsWith("/settings")) {
            return "/" + SETTINGS + pointer.substring("/settings".length());
        }
        if (pointer.startsWith("/variables")) {
            return "/input";
        }
        return pointer.equals("/note") ? "/" + NOTE : pointer;
    }

    static void unknown(ObjectNode in, Pointer at, List<String> known, Mistakes mistakes) {
        for (var field : in.propertyNames()) {
            if (!known.contains(field)) {
                var hint = mistakes.reading().isFull() ? "" : Nearest.hint(field, known);
                mistakes.add(at.field(field), "`" + field + "` is not taken" + hint);
            }
        }
    }

    private static void name(String name, ObjectNode fields, Mistakes mistakes) {
        var said = fields.get("name");
        if (said != null && !said.isString()) {
            mistakes.add("/name", "must be the prompt's, `" + name + "`, or left out");
        } else if (said != null && !said.stringValue().equals(name)) {
            mistakes.add("/name", "is `" + said.stringValue() + "`, and the prompt's is `" + name + "`");
        }
    }

    private static @Nullable String description(ObjectNode fields, Mistakes mistakes) {
        var reading = new Reading();
        var description = VersionReader.description(fields, reading);
        reading.mistakes().forEach(mistake -> mistakes.add(mistake.pointer(), mistake.detail()));
        return description;
    }

    /** Text when nobody's role is named, else messages. */
    private static void content(ObjectNode fields, List<Token> tokens, ObjectNode body, Mistakes mistakes) {
        var messages = Json.array();
        var role = "user";
        boolean roles = false;
        var expected = new ArrayList<Segment>();
        for (var token : tokens) {
            switch (token) {
                case Token.Text text -> expected.add(new Segment.Literal(text.text()));
                case Token.Variable variable -> expected.add(new Segment.Variable(variable.name(), variable.source()));
                case Token.Role next -> {
                    endMessage(role, expected, messages, mistakes);
                    roles = true;
                    role = next.role().equals("model") ? "assistant" : next.role();
                }
            }
        }
        endMessage(role, expected, messages, mistakes);
        var form = fields.get(CONTENT);
        if (form != null && !(form.isString() && form.stringValue().equals("text"))) {
            mistakes.add("/" + CONTENT, "must be `text`");
        }
        if (messages.isEmpty()) {
            if (mistakes.reading().count() == 0) {
                mistakes.add("", "the file has no prompt in it");
            }
        } else if (!roles || form != null) {
            if (messages.size() > 1
                    || !messages.get(0).get("role").stringValue().equals("user")) {
                mistakes.add("/" + CONTENT, "is `text`, and the body is more than one message of the user");
            }
            body.set("text", messages.get(0).get("content"));
        } else {
            body.set("messages", messages);
        }
    }

    /** Dotprompt drops what is blank between two roles. */
    private static void endMessage(String role, List<Segment> expected, ArrayNode messages, Mistakes mistakes) {
        var text = new StringBuilder();
        boolean blank = true;
        for (var segment : expected) {
            switch (segment) {
                case Segment.Literal literal -> {
                    text.append(literal.text());
                    blank &= Blank.isAll(literal.text());
                }
                case Segment.Variable variable -> {
                    text.append(variable.source());
                    blank = false;
                }
            }
        }
        if (!blank) {
            if (!Template.parse(text.toString()).segments().equals(expected)) {
                mistakes.add(
                        "",
                        "a message of the role " + role + " has {{name}} as text, which no version can hold: it would"
                                + " be a variable");
            }
            messages.addObject().put("role", role).put("content", text.toString());
        }
        expected.clear();
    }

    private static void settings(ObjectNode fields, ObjectNode body, Mistakes mistakes) {
        var settings = body.putObject("settings");
        var model = fields.get("model");
        if (model != null) {
            settings.set("model", model.isString() ? Json.object().stringNode(ours(model.stringValue())) : model);
        }
        var config = object(fields, "config", mistakes);
        if (config != null) {
            unknown(config, Pointer.ROOT.field("config"), new ArrayList<>(CONFIG.keySet()), mistakes);
            CONFIG.forEach((theirs, setting) -> {
                var value = config.get(theirs);
                if (value != null) {
                    settings.set(setting, value);
                }
            });
        }
        output(fields, settings, mistakes);
        var more = object(fields, SETTINGS, mistakes);
        if (more != null) {
            for (var field : more.properties()) {
                if (settings.has(field.getKey())) {
                    mistakes.add(
                            Pointer.ROOT.field(SETTINGS).field(field.getKey()),
                            "is said above in Dotprompt's own words");
                }
                settings.set(field.getKey(), field.getValue());
            }
        }
    }

    /** Dotprompt's name for Gemini's provider. */
    static String ours(String model) {
        return model.startsWith("googleai/") ? "gemini/" + model.substring("googleai/".length()) : model;
    }

    private static void output(ObjectNode fields, ObjectNode settings, Mistakes mistakes) {
        var output = object(fields, "output", mistakes);
        var more = object(fields, OUTPUT, mistakes);
        var at = Pointer.ROOT.field("output");
        if (more != null) {
            unknown(more, Pointer.ROOT.field(OUTPUT), List.of("name", "description", "strict"), mistakes);
            if (output == null || output.get("schema") == null) {
                mistakes.add(Pointer.ROOT.field(OUTPUT), "is about output.schema, which is missing");
            }
        }
        if (output == null) {
            return;
        }
        unknown(output, at, List.of("format", "schema"), mistakes);
        var format = output.path("format");
        var schema = output.get("schema");
        boolean json = format.isString() && format.stringValue().equals("json");
        boolean text = format.isString() && format.stringValue().equals("text");
        if (!format.isMissingNode() && !json && !text) {
            var given = format.isString() ? "is `" + format.stringValue() + "`; " : "";
            mistakes.add(at.field("format"), given + "only json and text are taken");
        }
        if (schema == null) {
            if (json || text) {
                settings.putObject("response_format").put("type", json ? "json_object" : "text");
            }
            return;
        }
        if (text) {
            mistakes.add(at.field("schema"), "needs the format json");
        }
        var described =
                settings.putObject("response_format").put("type", "json_schema").putObject("json_schema");
        described.put("name", OUTPUT_NAME);
        if (more != null) {
            more.properties().forEach(field -> described.set(field.getKey(), field.getValue()));
        }
        described.set("schema", new Picoschema(mistakes).schema(schema, at.field("schema")));
    }

    static @Nullable ObjectNode object(ObjectNode in, String field, Mistakes mistakes) {
        var value = in.get(field);
        if (value == null || value.isNull()) {
            return null;
        }
        if (value instanceof ObjectNode object) {
            return object;
        }
        mistakes.add(Pointer.ROOT.field(field), "must be fields with values");
        return null;
    }
}
