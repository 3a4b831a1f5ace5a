package com.aistrale.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a client finds its server: explicit argument, then environment, then the profile in the config file, then the default.
 *
 * @param file where the config file is or would be
 * @param profile the profile in use
 * @param values for each key that is set its value and where it comes from; {@code api_url} is always there
 */
public record ClientSettings(Path file, String profile, Map<String, Found> values) {
    public static final String DEFAULT_URL = "http://127.0.0.1:16000";

    /** A value and, in words, its place: "the argument model", "AISTRALE_MODEL", "profile default of FILE" or "default". */
    public record Found(String value, String origin) {
        @Override
        public String toString() {
            return "•••";
        }
    }

    /** A mistake of the user's: the message names the file, the line where there is one, and what was expected. */
    public static final class Mistake extends RuntimeException {
        private final @Nullable Integer line;

        Mistake(String message, @Nullable Integer line) {
            super(message);
            this.line = line;
        }

        public @Nullable Integer line() {
            return line;
        }
    }

    /**
     * The settings in force, and where each comes from.
     *
     * @param explicit values given in the program, by the file's keys; {@code profile} is one more
     * @param env the environment, and nothing else is asked
     */
    public static ClientSettings resolve(Map<String, String> explicit, Map<String, String> env) {
        var path = file(env);
        var file = read(path);
        var profile = profile(explicit, env, path, file);
        var values = new LinkedHashMap<String, Found>();
        var inProfile = file.profiles().getOrDefault(profile, Map.of());
        for (var key : ConfigFile.KEYS) {
            var variable = "AISTRALE_" + key.toUpperCase(Locale.ROOT);
            put(values, key, explicit.get(key), "the argument " + key);
            put(values, key, env.get(variable), variable);
            put(values, key, inProfile.get(key), "profile " + profile + " of " + path);
        }
        values.putIfAbsent("api_url", new Found(DEFAULT_URL, "default"));
        return new ClientSettings(path, profile, values);
    }

    public String apiUrl() {
        return values.getOrDefault("api_url", new Found(DEFAULT_URL, "default")).value();
    }

    public @Nullable String value(String key) {
        var found = values.get(key);
        return found == null ? null : found.value();
    }

    /** Where a value comes from, in words. */
    public String origin(String key) {
        var found = values.get(key);
        return found == null ? "nowhere" : found.origin();
    }

    /** {@code $AISTRALE_CONFIG}, else the platform's folder for configuration. */
    public static Path file(Map<String, String> env) {
        var named = given(env.get("AISTRALE_CONFIG"));
        if (named != null) {
            return Path.of(named);
        }
        var xdg = given(env.get("XDG_CONFIG_HOME"));
        if (xdg != null) {
            return Path.of(xdg, "aistrale", "config.toml");
        }
        var appData = given(env.get("APPDATA"));
        if (appData != null && System.getProperty("os.name", "").startsWith("Windows")) {
            return Path.of(appData, "aistrale", "config.toml");
        }
        var home = given(env.get("HOME"));
        return Path.of(
                home == null ? System.getProperty("user.home", ".") : home, ".config", "aistrale", "config.toml");
    }

    /** An absent file is an empty one. */
    public static ConfigFile read(Path path) {
        try {
            var text = UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(path)));
            return ConfigFile.parse(text.toString());
        } catch (NoSuchFileException e) {
            return new ConfigFile(null, Map.of());
        } catch (ConfigFile.Mistake e) {
            throw new Mistake(path + ", line " + e.line() + ": " + e.getMessage(), e.line());
        } catch (CharacterCodingException e) {
            throw new Mistake(path + " is not UTF-8 text", null);
        } catch (IOException e) {
            throw new Mistake("cannot read " + path + ": " + e, null);
        }
    }

    private static String profile(Map<String, String> explicit, Map<String, String> env, Path path, ConfigFile file) {
        var argument = given(explicit.get("profile"));
        var asked = argument == null ? given(env.get("AISTRALE_PROFILE")) : argument;
        if (asked == null) {
            return file.defaultProfile() == null ? "default" : file.defaultProfile();
        }
        if (!asked.equals("default") && !file.profiles().containsKey(asked)) {
            var there = file.profiles().isEmpty()
                    ? "none"
                    : String.join(", ", file.profiles().keySet());
            throw new Mistake(
                    "there is no profile \"" + asked + "\" in " + path + " (profiles there: " + there + ")", null);
        }
        return asked;
    }

    private static void put(Map<String, Found> values, String key, @Nullable String value, String origin) {
        var set = given(value);
        if (set != null) {
            values.putIfAbsent(key, new Found(set, origin));
        }
    }

    /** An empty value counts as none. */
    private static @Nullable String given(@Nullable String value) {
        return value == null || value.isEmpty() ? null : value;
    }
}
