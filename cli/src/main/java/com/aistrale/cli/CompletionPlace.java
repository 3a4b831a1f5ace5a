package com.aistrale.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A place of the command line where something can be completed: behind a command.
 *
 * @param path the command, such as {@code prompts list}; empty for the program itself
 * @param words its commands, and the words that its first argument takes, with what they mean
 * @param asked what its first argument names that the server or the config file knows ({@link KnownNames}); null where nothing
 * @param options its options, the usual ones too
 */
record CompletionPlace(
        String path,
        LinkedHashMap<String, String> words,
        @Nullable String asked,
        List<Choice> options) {

    /**
     * An option.
     *
     * @param valued whether a value follows
     * @param values the words that it takes; empty where any
     * @param asked what it names that the server or the config file knows; null where nothing
     */
    record Choice(
            List<String> names,
            String meaning,
            boolean valued,
            boolean file,
            List<String> values,
            @Nullable String asked) {}

    static List<CompletionPlace> of(CommandLine program) {
        var places = new ArrayList<CompletionPlace>();
        add("", program, places);
        return places;
    }

    private static void add(String path, CommandLine line, List<CompletionPlace> places) {
        var spec = line.getCommandSpec();
        var words = new LinkedHashMap<String, String>();
        line.getSubcommands().forEach((name, sub) -> {
            if (!sub.getCommandSpec().usageMessage().hidden()) {
                words.put(name, meaning(sub.getCommandSpec().usageMessage().header()));
            }
        });
        if (path.isEmpty()) {
            words.put("help", "Say more about a command.");
        }
        String asked = null;
        if (!spec.positionalParameters().isEmpty()) {
            var first = spec.positionalParameters().getFirst();
            OneOf.of(first).forEach(word -> words.put(word, ""));
            asked = KnownNames.askedBy(path, first);
        }
        var options = spec.options().stream()
                .filter(option -> !option.hidden())
                .map(CompletionPlace::choice)
                .toList();
        places.add(new CompletionPlace(path, words, asked, options));
        line.getSubcommands().forEach((name, sub) -> add((path + " " + name).strip(), sub, places));
    }

    private static Choice choice(OptionSpec option) {
        var names = new ArrayList<>(Arrays.asList(option.names()));
        if (option.negatable()) {
            names.add(option.longestName().replaceFirst("--", "--no-"));
        }
        return new Choice(
                names,
                meaning(option.description()),
                option.arity().max() > 0,
                isFile(option),
                OneOf.of(option),
                KnownNames.askedBy(option));
    }

    private static boolean isFile(ArgSpec argument) {
        var label = argument.paramLabel();
        return label.contains("FILE") || label.contains("DIR") || label.contains("FOLDER");
    }

    /** The first sentence, on one line. */
    private static String meaning(String... lines) {
        var text = String.join(" ", lines)
                .replace("%n", " ")
                .replace("%%", "%")
                .replaceAll("\\s+", " ")
                .strip();
        var end = text.indexOf(". ");
        return end < 0 ? text : text.substring(0, end + 1);
    }

    /** The names of the options behind which a value stands. */
    List<String> valued() {
        return options.stream()
                .filter(Choice::valued)
                .map(Choice::names)
                .flatMap(Collection::stream)
                .collect(Collectors.toList());
    }
}
