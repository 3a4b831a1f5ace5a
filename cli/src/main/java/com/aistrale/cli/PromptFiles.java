package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.AistraleException;
import com.aistrale.ApiConnectionException;
import com.aistrale.Prompts;
import com.aistrale.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prompts as Dotprompt files, out and in. */
record PromptFiles(Session session) {
    private static final String SUFFIX = ".prompt";

    int export(List<String> names, @Nullable Path folder) {
        if (folder == null && names.size() != 1) {
            throw new CliException(
                    names.isEmpty() ? "Which prompt, or into which folder?" : "Several prompts need a folder.",
                    "Write: aistrale prompts export NAME, or aistrale prompts export --dir DIR",
                    Exit.USAGE);
        }
        var prompts = session.connected().prompts();
        if (folder == null) {
            var text =
                    prompts.exportDotprompt(PromptName.parse(names.getFirst()).ref());
            session.io().out().print(text.endsWith("\n") ? text : text + "\n");
            return Exit.OK;
        }
        var chosen = names.isEmpty()
                ? prompts.list().stream()
                        .map(prompt -> new PromptName(prompt.name(), ""))
                        .toList()
                : names.stream().map(PromptName::parse).toList();
        return write(prompts, chosen, folder);
    }

    /** What the format cannot say is named, and the others are written. */
    private int write(Prompts prompts, List<PromptName> names, Path folder) {
        var exit = Exit.OK;
        for (var name : names) {
            try {
                Files.createDirectories(folder);
                var file = folder.resolve(name.name() + SUFFIX);
                var text = prompts.exportDotprompt(name.ref());
                WholeFile.write(file, out -> {
                    out.write(text.getBytes(UTF_8));
                    return text.length();
                });
                session.io().out().println(file);
            } catch (ApiConnectionException e) {
                throw e;
            } catch (AistraleException e) {
                exit = say(name.name(), e, exit);
            } catch (IOException e) {
                throw WholeFile.cannot(folder, e);
            }
        }
        return exit;
    }

    /** A file that shall become a prompt. */
    private record Source(String name, String path, String text) {}

    int imports(List<String> paths, @Nullable String name, @Nullable String label, boolean json) {
        var sources = sources(paths, name);
        var prompts = session.connected().prompts();
        var exit = Exit.OK;
        for (var source : sources) {
            try {
                take(prompts, source, label, json);
            } catch (ApiConnectionException e) {
                throw e;
            } catch (AistraleException e) {
                exit = say(source.path(), e, exit);
            }
        }
        return exit;
    }

    private void take(Prompts prompts, Source source, @Nullable String label, boolean json) {
        var imported = prompts.importDotprompt(source.name(), source.text());
        var version = imported.version();
        var labelled = label != null && !version.labels().contains(label);
        if (label != null && labelled) {
            prompts.setLabel(source.name(), label, version.version());
        }
        var out = session.io().out();
        if (json) {
            var line = new LinkedHashMap<String, @Nullable Object>();
            line.put("file", source.path());
            line.put("name", source.name());
            line.put("version", version.version());
            line.put("created", imported.created());
            line.put("labelled", labelled);
            out.println(Json.write(line));
        } else {
            out.println(Io.line(source.name()) + " version " + version.version()
                    + (imported.created() ? ": new" : ": unchanged")
                    + (labelled ? ", " + label + " put there" : ""));
        }
        out.flush();
    }

    private int say(String what, AistraleException error, int exit) {
        var shown = Exit.of(error);
        session.io().note("aistrale: " + Io.line(what) + ": " + shown.what());
        return exit == Exit.OK ? shown.exit() : exit;
    }

    /** Everything is read before anything is sent, so that a file that is not there changes nothing. */
    private List<Source> sources(List<String> paths, @Nullable String name) {
        var sources = new ArrayList<Source>();
        for (var path : paths) {
            if (path.equals("-")) {
                sources.add(new Source(required(name), "-", standardInput()));
            } else if (Files.isDirectory(Path.of(path))) {
                folder(Path.of(path)).forEach(file -> sources.add(source(file, null)));
            } else {
                sources.add(source(Path.of(path), name));
            }
        }
        if (name != null && sources.size() != 1) {
            throw new CliException(
                    "--name is for a single file.", "Leave it out: files carry their names.", Exit.USAGE);
        }
        var seen = new LinkedHashMap<String, String>();
        for (var source : sources) {
            var other = seen.put(source.name(), source.path());
            if (other != null) {
                throw new CliException(
                        Io.line(other + " and " + source.path()) + " both are prompt " + Io.line(source.name()) + ".",
                        "Rename one of them.",
                        Exit.USAGE);
            }
        }
        if (sources.isEmpty()) {
            throw new CliException(
                    "There is no *.prompt file there.", "Name files, or the folder with them.", Exit.USAGE);
        }
        return sources;
    }

    private static List<Path> folder(Path folder) {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw unreadable(folder.toString(), e);
        }
    }

    private static Source source(Path file, @Nullable String name) {
        var fileName = String.valueOf(file.getFileName());
        var own = fileName.endsWith(SUFFIX) ? fileName.substring(0, fileName.length() - SUFFIX.length()) : fileName;
        try {
            return new Source(name == null ? own : name, file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        }
    }

    private String standardInput() {
        try {
            return new String(session.io().in().readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw unreadable("standard input", e);
        }
    }

    private static String required(@Nullable String name) {
        if (name == null) {
            throw new CliException("What comes from standard input has no name.", "Give it: --name NAME", Exit.USAGE);
        }
        return name;
    }

    private static CliException unreadable(String what, IOException cause) {
        return new CliException(
                "Cannot read " + Io.line(what) + ": " + Io.line(cause.toString()), "Nothing was sent.", Exit.USAGE);
    }
}
