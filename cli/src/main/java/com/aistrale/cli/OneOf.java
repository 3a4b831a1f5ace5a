package com.aistrale.cli;

import com.aistrale.internal.Nearest;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The words that an option takes, where it takes no others: named as its {@code completionCandidates}, they are checked, completed by
 * shells, and stand in the reference.
 */
abstract class OneOf implements Iterable<String> {
    private final List<String> words;

    OneOf(String... words) {
        this.words = List.of(words);
    }

    @Override
    public Iterator<String> iterator() {
        return words.iterator();
    }

    static final class Role extends OneOf {
        Role() {
            super("viewer", "member", "admin");
        }
    }

    static final class Period extends OneOf {
        Period() {
            super("hour", "day", "week", "month", "total");
        }
    }

    static final class InferenceStatus extends OneOf {
        InferenceStatus() {
            super("running", "completed", "failed", "cancelled", "interrupted");
        }
    }

    static final class DeliveryStatus extends OneOf {
        DeliveryStatus() {
            super("pending", "delivered", "failed");
        }
    }

    static final class ExportFormat extends OneOf {
        ExportFormat() {
            super("jsonl", "csv");
        }
    }

    static final class TemplateFormat extends OneOf {
        TemplateFormat() {
            super("text", "json", "dotprompt");
        }
    }

    static final class Interval extends OneOf {
        Interval() {
            super("1m", "5m", "15m", "1h", "6h", "1d");
        }
    }

    static final class Shell extends OneOf {
        Shell() {
            super("bash", "zsh", "fish");
        }
    }

    static final class ConfigKey extends OneOf {
        ConfigKey() {
            super("api_url", "api_key", "model", "provider");
        }
    }

    static final class WholeWorkspace extends OneOf {
        WholeWorkspace() {
            super("workspace");
        }
    }

    /** The words of an option or argument; none where it takes any. */
    static List<String> of(ArgSpec argument) {
        var candidates = argument.completionCandidates();
        return candidates == null
                ? List.of()
                : StreamSupport.stream(candidates.spliterator(), false).toList();
    }

    /** Refuses a word that is none of those. */
    static void check(ParseResult parsed) {
        for (var each : parsed.asCommandLineList()) {
            var one = each.getParseResult();
            for (var argument : one.matchedArgs()) {
                var words = of(argument);
                if (!words.isEmpty()) {
                    check(each, argument, words);
                }
            }
        }
    }

    private static void check(CommandLine line, ArgSpec argument, List<String> words) {
        @Nullable Object value = argument.getValue();
        var given = value instanceof Collection<?> several ? several : value == null ? List.of() : List.of(value);
        for (var word : given) {
            if (!words.contains(word.toString())) {
                throw new NoneOf(line, argument, word.toString(), words);
            }
        }
    }

    /** A word that an option does not take. */
    static final class NoneOf extends ParameterException {
        private static final long serialVersionUID = 1;
        private final String word;
        private final transient List<String> words;

        NoneOf(CommandLine line, ArgSpec argument, String word, List<String> words) {
            super(line, name(argument) + " takes no " + word + ".");
            this.word = word;
            this.words = words;
        }

        /** What to write instead. */
        String advice() {
            return Nearest.to(word, words)
                    .filter(right -> right.length() > 2) // of two letters each is near to each
                    .map(right -> "Did you mean " + right + "?")
                    .orElseGet(() -> "It takes " + listed(words) + ".");
        }

        private static String name(ArgSpec argument) {
            return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
        }

        private static String listed(List<String> words) {
            return words.size() == 1
                    ? words.getFirst()
                    : String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
        }
    }
}
