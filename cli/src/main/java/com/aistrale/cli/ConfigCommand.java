package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.internal.ClientSettings;
import com.aistrale.internal.ConfigEditor;
import com.aistrale.internal.ConfigFile;
import com.aistrale.internal.Nearest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale config}: where the clients find their server. */
@Command(
        name = "config",
        header = "Show and change where the clients find their server.",
        description = {
            "The keys are api_url, api_key, model and provider. They stand in profiles (--profile NAME), and the",
            "environment (AISTRALE_API_URL, AISTRALE_API_KEY, AISTRALE_MODEL, AISTRALE_PROVIDER) goes before them."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  aistrale config set api_url http://localhost:16000",
            "  aistrale config set api_key                          asks for it, without echo",
            "  aistrale config set model openai/gpt-4o --profile work",
            "  aistrale config list"
        })
final class ConfigCommand implements Callable<Integer> {
    private final Session session;

    ConfigCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException("Which: set, get, list or path?", "Its commands: aistrale config --help", Exit.USAGE);
    }

    @Command(name = "set", header = "Set a key in the profile in use, or in the one of --profile.")
    int set(
            @Parameters(index = "0", paramLabel = "KEY", description = "api_url, api_key, model or provider.")
                    String key,
            @Parameters(
                            index = "1",
                            arity = "0..1",
                            paramLabel = "VALUE",
                            description =
                                    "For api_key it may be left out: then it is asked for, or read from standard input.")
                    @Nullable
                    String value) {
        check(key);
        if (value == null && !key.equals("api_key")) {
            throw new CliException(
                    "There is no value for " + key + ".", "Give it: aistrale config set " + key + " VALUE", Exit.USAGE);
        }
        var set = key.equals("api_key") ? new Secret(session.io()).read("API key", "The argument", value, null) : value;
        checkValue(key, String.valueOf(set));
        var editor = new ConfigEditor(ClientSettings.file(session.io().env()));
        var profile = session.profileToWrite();
        write(editor, profile, key, String.valueOf(set));
        session.io().note("Set " + key + " in profile " + profile + " of " + editor.file());
        return Exit.OK;
    }

    private static void write(ConfigEditor editor, String profile, String key, String value) {
        try {
            editor.set(profile, key, value);
        } catch (ClientSettings.Mistake e) {
            throw new CliException(
                    Io.line(String.valueOf(e.getMessage())), "Correct it first; nothing was changed.", Exit.USAGE);
        } catch (IOException e) {
            throw new CliException(
                    "Cannot change " + editor.file() + ": " + Io.line(e.toString()),
                    "Look at the rights of the file and its folder, or name another: AISTRALE_CONFIG.",
                    Exit.FAILED);
        }
    }

    @Command(name = "get", header = "Print the value in force of one key.")
    int get(
            @Parameters(paramLabel = "KEY", description = "api_url, api_key, model or provider.") String key,
            @Option(names = "--show", description = "Print an API key in full.") boolean show) {
        check(key);
        var value = session.settings().value(key);
        if (value == null) {
            throw new CliException(key + " is not set.", "Set it: aistrale config set " + key + " VALUE", Exit.STATE);
        }
        session.io().out().println(shown(key, value, show));
        return Exit.OK;
    }

    @Command(name = "list", header = "Print the values in force, and where each comes from.")
    int list(@Option(names = "--show", description = "Print an API key in full.") boolean show) {
        var settings = session.settings();
        var table = new Table(List.of("KEY", "VALUE", "FROM"));
        for (var key : ConfigFile.KEYS) {
            var value = settings.value(key);
            table.row(key, value == null ? "-" : shown(key, value, show), value == null ? "-" : settings.origin(key));
        }
        table.print(session.io());
        return Exit.OK;
    }

    @Command(name = "path", header = "Print where the config file is, or would be.")
    int path() {
        session.io().out().println(ClientSettings.file(session.io().env()));
        return Exit.OK;
    }

    private static void check(String key) {
        if (!ConfigFile.KEYS.contains(key)) {
            throw new CliException(
                    "There is no key " + Io.line(key) + ".",
                    Nearest.to(key, ConfigFile.KEYS)
                            .map(right -> "Did you mean " + right + "?")
                            .orElse("The keys are " + String.join(", ", ConfigFile.KEYS) + "."),
                    Exit.USAGE);
        }
    }

    /** What the clients would refuse is not written. */
    private static void checkValue(String key, String value) {
        var client = Aistrale.builder().environment(Map.of("AISTRALE_CONFIG", "/dev/null"));
        try {
            switch (key) {
                case "api_url" -> client.apiUrl(value).build();
                case "api_key" -> client.apiKey(value).build();
                default -> {}
            }
        } catch (AistraleException e) {
            throw new CliException(Io.line(String.valueOf(e.getMessage())), "Nothing was changed.", Exit.USAGE);
        }
    }

    private static String shown(String key, String value, boolean show) {
        return key.equals("api_key") && !show ? "ais_••••" : Io.line(value);
    }
}
