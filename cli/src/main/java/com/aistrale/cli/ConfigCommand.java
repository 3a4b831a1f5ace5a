package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.internal.ClientSettings;
import com.aistrale.internal.ConfigEditor;
import com.aistrale.internal.ConfigFile;
import com.aistrale.internal.Nearest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code aistrale config}: where the clients find their server. */
@Command(
        name = "config",
        addMethodSubcommands = false,
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
            "  aistrale config list",
            "  aistrale config profiles",
            "  aistrale config use work"
        })
final class ConfigCommand implements Callable<Integer> {
    private final Session session;

    ConfigCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        throw new CliException(
                "Which: set, get, unset, list, profiles, use or path?",
                "Its commands: aistrale config --help",
                Exit.USAGE);
    }

    @Command(name = "set", header = "Set a key in the profile in use, or in the one of --profile.")
    int set(
            @Parameters(
                            index = "0",
                            paramLabel = "KEY",
                            completionCandidates = OneOf.ConfigKey.class,
                            description = "api_url, api_key, model or provider.")
                    String key,
            @Parameters(
                            index = "1",
                            arity = "0..1",
                            paramLabel = "VALUE",
                            description =
                                    "For api_key it may be left out: then it is asked for, or read from standard input.")
                    @Nullable
                    String value) {
        if (value == null && !key.equals("api_key")) {
            throw new CliException(
                    "There is no value for " + key + ".", "Give it: aistrale config set " + key + " VALUE", Exit.USAGE);
        }
        var set = key.equals("api_key") ? new Secret(session.io()).read("API key", "The argument", value, null) : value;
        checkValue(key, String.valueOf(set));
        var editor = new ConfigEditor(ClientSettings.file(session.io().env()));
        var profile = session.profileToWrite();
        write(editor, file -> file.set(profile, key, String.valueOf(set)));
        session.io().note("Set " + key + " in profile " + profile + " of " + editor.file());
        return Exit.OK;
    }

    /** A change of the file. */
    interface Change {
        void of(ConfigEditor file) throws IOException;
    }

    static void write(ConfigEditor editor, Change change) {
        try {
            change.of(editor);
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
            @Parameters(
                            paramLabel = "KEY",
                            completionCandidates = OneOf.ConfigKey.class,
                            description = "api_url, api_key, model or provider.")
                    String key,
            @Option(names = "--show", description = "Print an API key in full.") boolean show) {
        var value = session.settings().value(key);
        if (value == null) {
            throw new CliException(key + " is not set.", "Set it: aistrale config set " + key + " VALUE", Exit.STATE);
        }
        session.io().out().println(shown(key, value, show));
        return Exit.OK;
    }

    @Command(name = "unset", header = "Take a key out of the profile in use, or out of the one of --profile.")
    int unset(
            @Parameters(
                            paramLabel = "KEY",
                            completionCandidates = OneOf.ConfigKey.class,
                            description = "api_url, api_key, model or provider.")
                    String key) {
        var editor = new ConfigEditor(ClientSettings.file(session.io().env()));
        var profile = session.settings().profile();
        var was = new AtomicBoolean();
        write(editor, file -> was.set(file.unset(profile, key)));
        var where = " in profile " + profile + " of " + editor.file();
        session.io().note(was.get() ? "Took away " + key + where : key + " was not set" + where);
        return Exit.OK;
    }

    /** A key of the settings in force. */
    private record Setting(
            String key, @Nullable String value, @Nullable String from) {}

    @Command(name = "list", header = "List the values in force, and where each comes from.")
    int list(@Option(names = "--show", description = "Print an API key in full.") boolean show, @Mixin Output output) {
        var settings = session.settings();
        var rows = new ArrayList<Setting>();
        for (var key : ConfigFile.KEYS) {
            var value = settings.value(key);
            rows.add(new Setting(
                    key, value == null ? null : shown(key, value, show), value == null ? null : settings.origin(key)));
        }
        var records = Records.<Setting>own()
                .text("KEY", "key", Setting::key)
                .text("VALUE", "value", Setting::value)
                .text("FROM", "from", Setting::from);
        output.list(session.io(), records, rows, "");
        return Exit.OK;
    }

    /** A profile of the file. */
    private record Profile(String name, boolean used, Map<String, String> keys) {}

    @Command(name = "profiles", header = "List the profiles of the config file, and which is in use.")
    int profiles(@Mixin Output output) {
        var path = ClientSettings.file(session.io().env());
        var used = session.settings().profile();
        var rows = read(path).profiles().entrySet().stream()
                .map(profile -> new Profile(profile.getKey(), profile.getKey().equals(used), profile.getValue()))
                .toList();
        var records = Records.<Profile>own()
                .text("PROFILE", "profile", Profile::name)
                .text("IN USE", profile -> profile.used() ? "yes" : "-", "in_use", Profile::used)
                .text("API URL", "api_url", profile -> profile.keys().get("api_url"))
                .text(
                        "API KEY",
                        profile -> profile.keys().containsKey("api_key") ? "ais_••••" : "-",
                        "has_api_key",
                        profile -> profile.keys().containsKey("api_key"))
                .text("MODEL", "model", profile -> profile.keys().get("model"))
                .text("PROVIDER", "provider", profile -> profile.keys().get("provider"));
        output.list(session.io(), records, rows, "There is no profile in " + path + ". Make one: aistrale login");
        return Exit.OK;
    }

    @Command(
            name = "use",
            header = "Say which profile is in use when none is named.",
            description = "It stands in the file as default_profile. --profile and AISTRALE_PROFILE go before it.")
    int use(@Parameters(paramLabel = "NAME", description = "See aistrale config profiles.") String name) {
        var editor = new ConfigEditor(ClientSettings.file(session.io().env()));
        var there = read(editor.file()).profiles().keySet();
        if (!there.contains(name)) {
            throw new CliException(
                    "There is no profile " + Io.line(name) + " in " + editor.file() + ".",
                    Nearest.to(name, there)
                            .map(right -> "Did you mean " + right + "?")
                            .orElse("Make it: aistrale login --profile NAME"),
                    Exit.STATE);
        }
        write(editor, file -> file.use(name));
        session.io().note("Profile " + name + " is in use now, by " + editor.file());
        var variable = session.io().env().getOrDefault("AISTRALE_PROFILE", "");
        if (!variable.isEmpty() && !variable.equals(name)) {
            session.io().warn("AISTRALE_PROFILE names " + Io.line(variable) + ", which goes before it here.");
        }
        return Exit.OK;
    }

    private static ConfigFile read(Path path) {
        try {
            return ClientSettings.read(path);
        } catch (ClientSettings.Mistake e) {
            throw new CliException(
                    Io.line(String.valueOf(e.getMessage())), "Correct it first; nothing was changed.", Exit.USAGE);
        }
    }

    @Command(name = "path", header = "Print where the config file is, or would be.")
    int path() {
        session.io().out().println(ClientSettings.file(session.io().env()));
        return Exit.OK;
    }

    /** What the clients would refuse is not written. */
    static void checkValue(String key, String value) {
        if (key.equals("api_url")) {
            Misplaced.refuseAsUrl(value);
        }
        if (key.equals("api_key")) {
            Misplaced.refuseAsApiKey(value);
        }
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
