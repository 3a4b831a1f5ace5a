package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.Alias;
import com.aistrale.CatalogueModel;
import com.aistrale.Prompt;
import com.aistrale.ProviderInfo;
import com.aistrale.internal.ClientSettings;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Names that a shell completes and only the server or the config file knows. It is asked while somebody waits: quickly, of a server that
 * is there, and what goes wrong is silence.
 */
record KnownNames(Session session) {
    /** The variable by which a script says what it wants the names of: of the script that it is, it has no need. */
    static final String ASKED = "AISTRALE_COMPLETION_NAMES";

    /** What no shell takes for anything but letters; a name with others in it is not completed. */
    private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}_./+][\\p{L}\\p{N}_./:+@-]*");

    /** What an option takes that it is worth to ask for; null where nothing is. */
    static @Nullable String askedBy(OptionSpec option) {
        return switch (option.longestName()) {
            case "--profile" -> "profiles";
            case "--provider" -> "providers";
            case "--prompt" -> "prompts";
            default -> option.paramLabel().equals("MODEL") ? "models" : null;
        };
    }

    /** The same of a command's first argument. */
    static @Nullable String askedBy(String path, ArgSpec first) {
        if (!first.paramLabel().equals("NAME") && !first.paramLabel().equals(PromptName.LABEL)) {
            return null;
        }
        return switch (path) {
            case "config use" -> "profiles";
            case "providers get" -> "providers";
            case "aliases get", "aliases delete" -> "aliases";
            default -> path.startsWith("prompts ") && !path.equals("prompts create") ? "prompts" : null;
        };
    }

    /** The names; none where they cannot be had. */
    List<String> of(String kind) {
        try {
            return names(kind)
                    .filter(name -> PLAIN.matcher(name).matches())
                    .distinct()
                    .sorted()
                    .toList();
        } catch (AistraleException | CliException e) {
            return List.of();
        }
    }

    private Stream<String> names(String kind) {
        if (kind.equals("profiles")) {
            return ClientSettings.read(session.settings().file()).profiles().keySet().stream();
        }
        var client = session.hasty();
        return switch (kind) {
            case "aliases" -> aliases(client);
            case "prompts" -> client.prompts().list().toList().stream().map(Prompt::name);
            case "providers" -> client.providers().stream().map(ProviderInfo::name);
            case "models" ->
                Stream.concat(
                        aliases(client),
                        client.models().toList().stream()
                                .filter(CatalogueModel::available)
                                .map(CatalogueModel::id));
            default -> Stream.of();
        };
    }

    private static Stream<String> aliases(Aistrale client) {
        return client.aliases().list().stream().map(Alias::name);
    }
}
