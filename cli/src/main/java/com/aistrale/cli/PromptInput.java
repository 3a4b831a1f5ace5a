package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.PromptContent;
import com.aistrale.cli.Io.Stdin;
import com.aistrale.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Where a version's template comes from. */
final class PromptInput {
    @Parameters(index = "0", paramLabel = "NAME", description = "The prompt's name: letters, digits and . _ -")
    private String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "TEXT", description = "The template.")
    private String[] words = {};

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "Take it from a file, or with - from standard input.")
    private @Nullable String file;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            completionCandidates = OneOf.TemplateFormat.class,
            description = {
                "text, json or dotprompt. By the file's name unless told: .json, .prompt, else text. JSON has text or",
                "messages, and if you like variables, settings and note."
            })
    private @Nullable String format;

    @Option(names = "--model", paramLabel = "MODEL", description = "The model that answers it (of text only).")
    private @Nullable String model;

    @Option(names = "--note", paramLabel = "TEXT", description = "What is to be said of this version.")
    private @Nullable String note;

    @Option(names = "--label", paramLabel = "LABEL", description = "Put this label at it, such as production.")
    private @Nullable String label;

    /**
     * What was read.
     *
     * @param dotprompt the file as it is, null where it is another format
     */
    record Read(PromptContent content, @Nullable String dotprompt) {}

    String name() {
        return name;
    }

    boolean isEmpty() {
        return words.length == 0 && file == null;
    }

    @Nullable
    String label() {
        return label;
    }

    Read read(Io io) {
        if (words.length > 0 && file != null) {
            throw new CliException("There are a text and a file.", "Give one of them.", Exit.USAGE);
        }
        var kind = format();
        var text = words.length > 0 ? String.join(" ", words) : text(io);
        if (text.isBlank()) {
            throw new CliException("The template is empty.", usage(), Exit.USAGE);
        }
        if (!kind.equals("text") && model != null) {
            throw new CliException("--model is for texts: a file says its own model.", "Write it there.", Exit.USAGE);
        }
        if (kind.equals("dotprompt")) {
            if (note != null) {
                throw new CliException("A Dotprompt file takes no --note.", "Leave it out.", Exit.USAGE);
            }
            return new Read(PromptContent.text(text), text);
        }
        var content = kind.equals("json") ? json(text) : PromptContent.text(withoutLastLineEnd(text));
        content = model == null ? content : content.settings(Map.of("model", model));
        return new Read(note == null ? content : content.note(note), null);
    }

    private String format() {
        if (format != null) {
            return format;
        }
        var lower = file == null ? "" : file.toLowerCase(Locale.ROOT);
        return lower.endsWith(".prompt") ? "dotprompt" : lower.endsWith(".json") ? "json" : "text";
    }

    private String text(Io io) {
        var standardInput = file == null || file.equals("-");
        if (file == null && io.stdin() != Stdin.PIPE && io.stdin() != Stdin.FILE) {
            throw new CliException("There is no template.", usage(), Exit.USAGE);
        }
        try {
            return new String(
                    standardInput ? io.in().readAllBytes() : Files.readAllBytes(Path.of(String.valueOf(file))), UTF_8);
        } catch (IOException e) {
            throw new CliException(
                    "Cannot read " + (standardInput ? "standard input" : Io.line(String.valueOf(file))) + ": "
                            + Io.line(e.toString()),
                    usage(),
                    Exit.USAGE);
        }
    }

    private String usage() {
        return "Give it: as arguments, with -f FILE, or piped in, for prompt " + Io.line(name) + ".";
    }

    private static PromptContent json(String text) {
        try {
            return PromptContent.of(Json.parseObject(text));
        } catch (Json.MalformedJson e) {
            throw new CliException(
                    "The file is " + Io.line(String.valueOf(e.getMessage())),
                    "Expected an object such as {\"text\": \"Greet {{name}}.\", \"settings\": {\"model\": \"openai/gpt-4o\"}}.",
                    Exit.USAGE);
        }
    }

    /** An editor's last line end is not part of the text. */
    private static String withoutLastLineEnd(String text) {
        return text.replaceAll("\r?\n\\z", "");
    }
}
