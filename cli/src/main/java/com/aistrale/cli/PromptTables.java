package com.aistrale.cli;

import com.aistrale.Prompt;
import com.aistrale.PromptVariable;
import com.aistrale.PromptVersion;
import com.aistrale.internal.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Prompts as people read them. */
record PromptTables(Io io) {

    static Records<Prompt> records() {
        return Records.of(Prompt::toJson)
                .text("NAME", "name", Prompt::name)
                .number("LATEST", "latest_version", Prompt::latestVersion)
                .text("LABELS", PromptTables::labels, "labels", Prompt::labels)
                .text("UPDATED", "updated_at", Prompt::updatedAt)
                .text("DESCRIPTION", "description", Prompt::description)
                .named("revision", Prompt::revision);
    }

    private static String labels(Prompt prompt) {
        return prompt.labels().isEmpty()
                ? "-"
                : prompt.labels().entrySet().stream()
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .collect(Collectors.joining(" "));
    }

    static Records<PromptVersion> versions() {
        return Records.of(PromptVersion::toJson)
                .number("VERSION", "version", PromptVersion::version)
                .text(
                        "LABELS",
                        version -> version.labels().isEmpty() ? "-" : String.join(" ", version.labels()),
                        "labels",
                        PromptVersion::labels)
                .text("CREATED", "created_at", PromptVersion::createdAt)
                .text("BY", "created_by", PromptVersion::createdBy)
                .text("NOTE", "note", PromptVersion::note);
    }

    /** With what it says. */
    static Records<PromptVersion> whole() {
        return versions()
                .named("name", PromptVersion::name)
                .named("text", PromptVersion::text)
                .named("messages", version -> version.messages().isEmpty() ? null : Json.write(version.messages()))
                .named("settings", PromptVersion::settings);
    }

    /** What it is, a blank line, and the template. */
    void version(PromptVersion version) {
        line("prompt", version.name());
        line(
                "version",
                version.version()
                        + (version.labels().isEmpty() ? "" : " (" + String.join(", ", version.labels()) + ")"));
        line(
                "created",
                Times.local(version.createdAt()) + (version.createdBy() == null ? "" : " by " + version.createdBy()));
        if (version.note() != null) {
            line("note", version.note());
        }
        version.variables().forEach(variable -> line("variable", described(variable)));
        version.settings()
                .forEach((name, value) -> line(name, value instanceof String text ? text : Json.write(value)));
        io.out().println();
        content(version.text(), version.messages());
    }

    private static String described(PromptVariable variable) {
        return variable.name() + ": " + variable.type()
                + (variable.required() ? ", required" : "")
                + (variable.defaultValue() == null ? "" : ", else " + Json.write(variable.defaultValue()))
                + (variable.description() == null ? "" : " (" + variable.description() + ")");
    }

    private void line(String name, String value) {
        io.out().println(String.format("%-10s %s", Io.line(name), Io.line(value)));
    }

    /** The text alone, or where there is none each message below its role. */
    void content(@Nullable String text, List<Map<String, @Nullable Object>> messages) {
        if (text != null) {
            io.out().println(shown(text).replaceAll("\n+$", ""));
            io.out().flush();
            return;
        }
        var first = true;
        for (var message : messages) {
            io.out().println((first ? "" : "\n") + "[" + Io.line(String.valueOf(message.get("role"))) + "]");
            var content = message.get("content");
            io.out()
                    .println(shown(content instanceof String words ? words : Json.write(content))
                            .replaceAll("\n+$", ""));
            first = false;
        }
        io.out().flush();
    }

    private String shown(String text) {
        return io.outIsTerminal() ? Io.safe(text) : text;
    }
}
