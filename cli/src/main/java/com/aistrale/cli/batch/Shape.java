package com.aistrale.cli.batch;

import com.aistrale.PromptVersion;
import com.aistrale.cli.batch.BatchException.Why;
import com.aistrale.internal.Json;
import com.aistrale.internal.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How an entry becomes a request. With a template or a stored prompt its fields are variables; else they are a run's own fields, and what
 * they say goes before what the command says.
 */
public final class Shape {
    private static final String ID = "id";
    private final Map<String, @Nullable Object> base;
    private final Map<String, @Nullable Object> variables;
    private final Map<String, String> configured;
    private final @Nullable Template template;
    private final @Nullable PromptVersion prompt;

    private Shape(
            Map<String, @Nullable Object> base,
            Map<String, @Nullable Object> variables,
            Map<String, String> configured,
            @Nullable Template template,
            @Nullable PromptVersion prompt) {
        this.base = base;
        this.variables = variables;
        this.configured = configured;
        this.template = template;
        this.prompt = prompt;
    }

    /**
     * Entries that have a run's fields.
     *
     * @param base what the command says, by the names of a run's fields
     * @param configured what the profile says of the model
     */
    public static Shape plain(Map<String, @Nullable Object> base, Map<String, String> configured) {
        return new Shape(base, Map.of(), configured, null, null);
    }

    /**
     * Entries whose fields are put into a text.
     *
     * @param variables for all entries; their own fields go before
     */
    public static Shape template(
            String text,
            Map<String, @Nullable Object> variables,
            Map<String, @Nullable Object> base,
            Map<String, String> configured) {
        return new Shape(base, variables, configured, new Template(text), null);
    }

    /** Entries whose fields are the variables of a stored prompt. All are asked with this version, wherever its labels move to meanwhile. */
    public static Shape prompt(
            PromptVersion version, Map<String, @Nullable Object> variables, Map<String, @Nullable Object> base) {
        return new Shape(base, variables, Map.of(), null, version);
    }

    /** Whether entries with these columns, and no others, can be asked: said before anything is paid. */
    void check(@Nullable List<String> columns) {
        if (columns == null) {
            return;
        }
        var wanted = wanted();
        if (wanted == null) {
            for (var column : columns) {
                if (!RunFields.isKnown(column) && !column.equals(ID) && !column.equals(TextLines.FIELD)) {
                    throw new BatchException(
                            Why.USAGE,
                            "The column `" + column + "` is none of a run's: " + RunFields.unknown(column) + ".",
                            "Say what to ask: --template \"{{" + columns.getLast()
                                    + "}}\" takes the columns that it names and leaves the others.");
                }
            }
            return;
        }
        for (var name : wanted) {
            if (!columns.contains(name) && !variables.containsKey(name)) {
                throw new BatchException(
                        Why.USAGE,
                        "There is no column `" + name + "`"
                                + Nearest.to(name, columns)
                                        .map(near -> ", did you mean `" + near + "`?")
                                        .orElse(" for {{" + name + "}}."),
                        "The columns are: " + String.join(", ", columns)
                                + ". What is the same for all goes into --var.");
            }
        }
    }

    /** The variables that cannot be left out, null where fields are no variables. */
    private @Nullable List<String> wanted() {
        if (template != null) {
            return List.copyOf(template.variables());
        }
        if (prompt == null) {
            return null;
        }
        var wanted = new ArrayList<String>();
        for (var variable : prompt.variables()) {
            if (variable.required()) {
                wanted.add(variable.name());
            }
        }
        return wanted;
    }

    /** A field of an entry that is wrong. */
    private static final class InField extends Exception {
        private static final long serialVersionUID = 1;
        private final String field;

        InField(String field, RunFields.Mistake why) {
            super(why.getMessage(), why);
            this.field = field;
        }
    }

    /** What was made of an entry: a request, or why there is none. */
    sealed interface Made {
        /** To be asked. */
        record Ask(Request request) implements Made {}

        /** Not to be asked. */
        record Wrong(Entry.Malformed why, @Nullable Object id) implements Made {}
    }

    Made make(Entry entry) {
        return switch (entry) {
            case Entry.Malformed wrong -> new Made.Wrong(wrong, null);
            case Entry.Fields fields -> {
                try {
                    yield new Made.Ask(request(fields));
                } catch (InField e) {
                    yield wrong(fields, fields.columns().getOrDefault(e.field, 0), e);
                } catch (IllegalArgumentException e) {
                    yield wrong(fields, 0, e);
                }
            }
        };
    }

    private static Made wrong(Entry.Fields fields, int column, Exception e) {
        return new Made.Wrong(
                new Entry.Malformed(fields.line(), column, String.valueOf(e.getMessage())),
                fields.fields().get(ID));
    }

    private Request request(Entry.Fields entry) throws InField {
        var fields = new LinkedHashMap<String, @Nullable Object>(base);
        if (template != null) {
            var values = new LinkedHashMap<String, @Nullable Object>(variables);
            values.putAll(entry.fields());
            fields.put("prompt", template.render(values));
        } else if (prompt != null) {
            var ref = new LinkedHashMap<String, @Nullable Object>();
            ref.put("name", prompt.name());
            ref.put("version", prompt.version());
            ref.put("variables", values(prompt, entry));
            fields.put("prompt_ref", ref);
        } else {
            for (var field : entry.fields().entrySet()) {
                own(fields, entry, field.getKey(), field.getValue());
            }
        }
        return Request.of(entry.line(), entry.fields().get(ID), fields, configured);
    }

    private static void own(
            Map<String, @Nullable Object> fields, Entry.Fields entry, String name, @Nullable Object value)
            throws InField {
        if (name.equals(ID)) {
            return;
        }
        try {
            if (entry.texts() && name.equals(TextLines.FIELD)) {
                fields.put("prompt", value);
            } else if (!RunFields.isKnown(name)) {
                throw new RunFields.Mistake(RunFields.unknown(name));
            } else {
                var read = entry.texts() ? RunFields.fromText(name, String.valueOf(value)) : value;
                if (read != null) {
                    RunFields.check(name, read);
                    fields.put(name, read);
                }
            }
        } catch (RunFields.Mistake e) {
            throw new InField(name, e);
        }
    }

    /** What the prompt wants to know; it would refuse what it does not know. */
    private Map<String, @Nullable Object> values(PromptVersion version, Entry.Fields entry) throws InField {
        var values = new LinkedHashMap<String, @Nullable Object>();
        for (var variable : version.variables()) {
            var name = variable.name();
            var given = entry.fields().get(name);
            var value = given == null
                    ? variables.get(name)
                    : entry.texts() ? typed(name, variable.type(), String.valueOf(given)) : given;
            if (value != null) {
                values.put(name, value);
            } else if (variable.required()) {
                throw new RunFields.Mistake("there is no value for {{" + name + "}}");
            }
        }
        return values;
    }

    private static @Nullable Object typed(String name, String type, String text) throws InField {
        if (type.equals("string")) {
            return text;
        }
        if (text.isBlank()) {
            return null;
        }
        try {
            return Json.parse(text.strip());
        } catch (Json.MalformedJson e) {
            throw new InField(
                    name, new RunFields.Mistake("`" + name + "` is to be of type " + type + ", and is no JSON"));
        }
    }
}
