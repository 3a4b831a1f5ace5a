package com.aistrale.cli.chat;

import com.aistrale.AistraleException;
import com.aistrale.Alias;
import com.aistrale.CatalogueModel;
import com.aistrale.Prompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jline.reader.Candidate;

/** What a command's argument may be, asked of the server in the background. */
final class Known implements Keyboard.Completion {
    private static final int PATIENCE_MS = 1000;
    private final Host host;
    private CompletableFuture<List<String>> models;

    Known(Host host) {
        this.host = host;
        this.models = asking();
    }

    private CompletableFuture<List<String>> asking() {
        return CompletableFuture.supplyAsync(() -> orNothing(this::askModels));
    }

    /** Models that can be run, and aliases; empty where they are not known yet. */
    List<String> models() {
        return models.getNow(List.of());
    }

    @Override
    public List<Candidate> of(String command, String begun) {
        return switch (command) {
            case "/model" -> words(awaited());
            case "/prompt" -> begun.contains(" ") ? List.of() : words(orNothing(this::askPrompts));
            case "/save", "/load" -> files(begun);
            default -> List.of();
        };
    }

    /** A server that was not there when it was asked may be there now. */
    private List<String> awaited() {
        if (models.isDone() && models.join().isEmpty()) {
            models = asking();
        }
        return models.copy()
                .completeOnTimeout(List.of(), PATIENCE_MS, TimeUnit.MILLISECONDS)
                .join();
    }

    private List<String> askModels() {
        var client = host.impatient();
        var names = new ArrayList<String>();
        client.aliases().list().stream().map(Alias::name).forEach(names::add);
        client.models().toList().stream()
                .filter(CatalogueModel::available)
                .map(CatalogueModel::id)
                .forEach(names::add);
        return List.copyOf(names);
    }

    private List<String> askPrompts() {
        return host.impatient().prompts().list().toList().stream()
                .map(Prompt::name)
                .toList();
    }

    private static List<String> orNothing(Supplier<List<String>> ask) {
        try {
            return ask.get();
        } catch (AistraleException e) {
            return List.of(); // nothing is completed then; the next question says what is wrong
        }
    }

    private static List<Candidate> words(List<String> names) {
        return names.stream().map(Candidate::new).toList();
    }

    private static List<Candidate> files(String begun) {
        var slash = begun.lastIndexOf('/') + 1;
        var folder = Places.of(begun.substring(0, slash));
        var found = new ArrayList<Candidate>();
        try (var entries = Files.newDirectoryStream(folder.toString().isEmpty() ? Path.of(".") : folder)) {
            for (var entry : entries) {
                var name = String.valueOf(entry.getFileName());
                if (!name.startsWith(".") || begun.startsWith(".", slash)) {
                    var isFolder = Files.isDirectory(entry);
                    var value = begun.substring(0, slash) + name + (isFolder ? "/" : "");
                    found.add(new Candidate(value, name + (isFolder ? "/" : ""), null, null, null, null, !isFolder));
                }
            }
        } catch (IOException e) {
            return List.of(); // nothing to choose from there
        }
        return found;
    }
}
