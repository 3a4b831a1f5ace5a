package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.AistraleException;
import com.aistrale.ApiConnectionException;
import com.aistrale.NotFoundException;
import com.aistrale.Prompts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A folder of Dotprompt files and the server's prompts, brought into line in either direction. */
final class PromptFolder {
    private static final String SUFFIX = ".prompt";
    private final Session session;
    private final Path folder;
    private final boolean dryRun;
    private int exit = Exit.OK;
    private long changes;

    PromptFolder(Session session, Path folder, boolean dryRun) {
        this.session = session;
        this.folder = folder;
        this.dryRun = dryRun;
    }

    /** @param label whose versions are meant, null for the latest */
    int pull(List<String> names, @Nullable String label) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new CliException(
                    Io.line(folder.toString()) + " is a file and no folder.", "Name another one.", Exit.USAGE);
        }
        var prompts = session.connected().prompts();
        var there = new TreeSet<String>();
        prompts.list().forEach(prompt -> {
            if (label == null || prompt.labels().containsKey(label)) {
                there.add(prompt.name());
            }
        });
        for (var name : names.isEmpty() ? there : names) {
            each(name, () -> pull(prompts, name, label == null ? "latest" : label));
        }
        if (names.isEmpty() && Files.isDirectory(folder)) {
            for (var file : files()) {
                if (!there.contains(nameOf(file))) {
                    say(nameOf(file), "only here");
                }
            }
        }
        return ended("pull");
    }

    private void pull(Prompts prompts, String name, String label) {
        var text = prompts.exportDotprompt(new PromptName(name, label).ref());
        var file = folder.resolve(name + SUFFIX);
        var before = Files.exists(file) ? read(file) : null;
        if (text.equals(before)) {
            say(name, "unchanged");
            return;
        }
        if (!dryRun) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw WholeFile.cannot(folder, e);
            }
            WholeFile.write(file, out -> {
                out.write(text.getBytes(UTF_8));
                return text.length();
            });
        }
        changed(name, before == null ? "new" : "changed");
    }

    int push(@Nullable String label) {
        if (!Files.isDirectory(folder)) {
            throw new CliException(
                    "There is no folder " + Io.line(folder.toString()) + ".",
                    "Name the one with the *.prompt files. From the server: aistrale prompts pull DIR",
                    Exit.USAGE);
        }
        var files = files();
        if (files.isEmpty()) {
            throw new CliException(
                    "There is no *.prompt file in " + Io.line(folder.toString()) + ".",
                    "From the server: aistrale prompts pull " + Io.line(folder.toString()),
                    Exit.USAGE);
        }
        var texts = files.stream().map(PromptFolder::read).toList(); // what cannot be read changes nothing
        var prompts = session.connected().prompts();
        for (var i = 0; i < files.size(); i++) {
            var name = nameOf(files.get(i));
            var text = texts.get(i);
            each(name, () -> push(prompts, name, text, label));
        }
        return ended("push");
    }

    private void push(Prompts prompts, String name, String text, @Nullable String label) {
        if (dryRun) {
            var before = latest(prompts, name);
            if (text.equals(before)) {
                say(name, "unchanged");
            } else {
                changed(name, before == null ? "new" : "changed");
            }
            return;
        }
        var imported = prompts.importDotprompt(name, text);
        var version = imported.version();
        var labelled = label != null && !version.labels().contains(label);
        if (label != null && labelled) {
            prompts.setLabel(name, label, version.version());
        }
        var words = imported.created() ? version.version() == 1 ? "new" : "changed" : "unchanged";
        var what = words + ", version " + version.version() + (labelled ? ", " + label + " put there" : "");
        if (imported.created() || labelled) {
            changed(name, what);
        } else {
            say(name, what);
        }
    }

    private static @Nullable String latest(Prompts prompts, String name) {
        try {
            return prompts.exportDotprompt(new PromptName(name, "latest").ref());
        } catch (NotFoundException e) {
            return null;
        }
    }

    /** What is wrong with one is said, and the others are gone through. */
    private void each(String name, Runnable work) {
        try {
            work.run();
        } catch (ApiConnectionException e) {
            throw e;
        } catch (AistraleException e) {
            var shown = Exit.of(e);
            session.io().note("aistrale: " + Io.line(name) + ": " + shown.what());
            exit = exit == Exit.OK ? shown.exit() : exit;
        }
    }

    private int ended(String command) {
        if (dryRun) {
            session.io()
                    .note(
                            changes == 0
                                    ? "Nothing would change."
                                    : "Nothing was changed: that is what aistrale prompts " + command + " would do.");
        }
        return exit;
    }

    private void changed(String name, String what) {
        changes++;
        say(name, what);
    }

    private void say(String name, String what) {
        session.io().out().println(Io.line(name) + ": " + what);
        session.io().out().flush();
    }

    private List<Path> files() {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    private static String nameOf(Path file) {
        var name = file.getFileName().toString();
        return name.substring(0, name.length() - SUFFIX.length());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static CliException unreadable(Path what, IOException cause) {
        return new CliException(
                "Cannot read " + Io.line(what.toString()) + ": " + Io.line(cause.toString()),
                "Nothing was changed.",
                Exit.USAGE);
    }
}
