package com.aistrale.server.app;

import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.sql.DatabaseUrl;
import com.aistrale.server.webhooks.target.AllowedTargets;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** From what was set to {@link Settings}, or every mistake at once. */
final class SettingsReader {
    private static final int MINIMUM_ADMIN_KEY = 16;

    private final List<String> mistakes = new ArrayList<>();
    private final SettingSources sources = new SettingSources(mistakes);
    private final Map<String, String> environment;

    private SettingsReader(Map<String, String> environment) {
        this.environment = environment;
    }

    /** @param arguments of {@code aistrale serve}; {@code --config FILE} names another file than the usual one */
    static Settings read(List<String> arguments, Map<String, String> environment) throws SettingsException {
        return new SettingsReader(environment).read(new ArrayList<>(arguments));
    }

    private Settings read(List<String> arguments) throws SettingsException {
        configFile(arguments).ifPresent(sources::file);
        sources.environment(environment);
        sources.flags(arguments);
        var settings = new Settings(
                text(SettingKey.HOST, "127.0.0.1"),
                (int) number(SettingKey.PORT, 16_000, 0, 65_535),
                path(SettingKey.DATA_DIR).orElseGet(this::usualDataDir),
                databaseUrl(),
                masterKeys(),
                adminKey(),
                number(SettingKey.MAX_BODY_BYTES, 20L << 20, 1024, 1L << 30),
                list(SettingKey.ALLOWED_HOSTS),
                list(SettingKey.CORS_ORIGINS),
                Duration.ofMillis(number(SettingKey.TIMEOUT, 600_000, 1, 3_600_000)),
                Duration.ofMillis(number(SettingKey.GRACE, 30_000, 0, 600_000)),
                path(SettingKey.PRICE_FILE),
                bool(SettingKey.OLLAMA_DISCOVERY, true),
                webhookTargets(),
                bool(SettingKey.WEBHOOK_HTTP, false),
                baseUrls());
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
        return settings;
    }

    /** Takes {@code --config} out of the arguments; else the variable, else the user's usual place if it is there. */
    private Optional<Path> configFile(List<String> arguments) {
        for (int at = 0; at < arguments.size(); at++) {
            var argument = arguments.get(at);
            if (argument.equals("--config") || argument.startsWith("--config=")) {
                arguments.remove(at);
                boolean apart = argument.equals("--config");
                var file = !apart
                        ? argument.substring("--config=".length())
                        : at < arguments.size() ? arguments.remove(at) : "";
                if (file.isEmpty()) {
                    mistakes.add("--config needs a file");
                    return Optional.empty();
                }
                return Optional.of(path(file));
            }
        }
        var named = environment.getOrDefault("AISTRALE_SERVER_CONFIG", "");
        if (!named.isEmpty()) {
            return Optional.of(path(named));
        }
        var usual = xdg("XDG_CONFIG_HOME", ".config").resolve("aistrale").resolve("aistrale-server.toml");
        return Files.exists(usual) ? Optional.of(usual) : Optional.empty();
    }

    private Path usualDataDir() {
        return xdg("XDG_DATA_HOME", ".local/share").resolve("aistrale");
    }

    private Path xdg(String variable, String underHome) {
        var set = environment.getOrDefault(variable, "");
        if (!set.isEmpty()) {
            return Path.of(set);
        }
        return home().resolve(underHome);
    }

    private Path home() {
        var home = environment.getOrDefault("HOME", "");
        return Path.of(home.isEmpty() ? System.getProperty("user.home") : home);
    }

    /** Where no shell did it, as in the file, {@code ~/} is the user's home. */
    private Path path(String text) {
        return text.startsWith("~/") ? home().resolve(text.substring(2)) : Path.of(text);
    }

    private String text(SettingKey key, String usual) {
        var value = sources.get(key);
        return value == null ? usual : value.text();
    }

    private long number(SettingKey key, long usual, long least, long most) {
        var value = sources.get(key);
        if (value == null) {
            return usual;
        }
        if (value.text().matches("\\d{1,15}")) {
            long number = Long.parseLong(value.text());
            if (number >= least && number <= most) {
                return number;
            }
        }
        mistakes.add(value.place() + ": a number from " + least + " to " + most + " was expected, not `" + value.text()
                + "`");
        return usual;
    }

    private boolean bool(SettingKey key, boolean usual) {
        var value = sources.get(key);
        if (value == null) {
            return usual;
        }
        if (!value.text().equals("true") && !value.text().equals("false")) {
            mistakes.add(value.place() + ": true or false was expected, not `" + value.text() + "`");
        }
        return value.text().equals("true");
    }

    private List<String> list(SettingKey key) {
        return Arrays.stream(text(key, "").split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    private Optional<Path> path(SettingKey key) {
        return Optional.ofNullable(sources.get(key)).map(value -> path(value.text()));
    }

    private Optional<DatabaseUrl> databaseUrl() {
        var value = sources.get(SettingKey.DATABASE_URL);
        if (value == null) {
            return Optional.empty();
        }
        if (sources.get(SettingKey.MASTER_KEY) == null) {
            mistakes.add(value.place() + ": on PostgreSQL all nodes open the stored tokens with one key, so "
                    + SettingKey.MASTER_KEY.variable()
                    + " must be set: make it once with `openssl rand -base64 32`, keep"
                    + " it safe, and give it to every node");
        }
        try {
            return Optional.of(DatabaseUrl.parse(value.text()));
        } catch (IllegalArgumentException wrong) {
            mistakes.add(value.place() + ": " + wrong.getMessage());
            return Optional.empty();
        }
    }

    private List<Secret> masterKeys() {
        var keys = new ArrayList<Secret>();
        for (var key : List.of(SettingKey.MASTER_KEY, SettingKey.PREVIOUS_MASTER_KEYS)) {
            for (var text : list(key)) {
                if (MasterKeys.isMasterKey(text)) {
                    keys.add(new Secret(text));
                } else {
                    mistakes.add(place(key) + ": a master key is 32 bytes in base64, as `openssl rand -base64 32`"
                            + " prints them");
                }
            }
        }
        if (sources.get(SettingKey.PREVIOUS_MASTER_KEYS) != null && sources.get(SettingKey.MASTER_KEY) == null) {
            mistakes.add(place(SettingKey.PREVIOUS_MASTER_KEYS) + " needs master_key too");
        }
        return keys;
    }

    private String place(SettingKey key) {
        var value = sources.get(key);
        return value == null ? key.key() : value.place();
    }

    private @Nullable Secret adminKey() {
        var value = sources.get(SettingKey.ADMIN_KEY);
        if (value == null) {
            return null;
        }
        if (value.text().length() < MINIMUM_ADMIN_KEY) {
            mistakes.add(value.place() + ": at least " + MINIMUM_ADMIN_KEY + " characters were expected");
            return null;
        }
        return new Secret(value.text());
    }

    private List<String> webhookTargets() {
        var targets = list(SettingKey.WEBHOOK_TARGETS);
        for (var target : targets) {
            try {
                var _ = new AllowedTargets(List.of(target));
            } catch (IllegalArgumentException wrong) {
                mistakes.add(place(SettingKey.WEBHOOK_TARGETS) + ": " + wrong.getMessage());
            }
        }
        return targets;
    }

    private Map<String, String> baseUrls() {
        var urls = new HashMap<String, String>();
        sources.baseUrls().forEach((provider, value) -> {
            var text = value.text();
            if (isHttpUrl(text)) {
                urls.put(provider, text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            } else {
                // A URL with a user or a query may hold a secret, which a mistake must not print.
                var shown = text.matches("[^@?#]*") ? ", not `" + text + "`" : " without user, query and fragment";
                mistakes.add(value.place() + ": an http:// or https:// URL was expected" + shown);
            }
        });
        return urls;
    }

    private static boolean isHttpUrl(String text) {
        try {
            var uri = URI.create(text);
            return uri.getHost() != null
                    && ("http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme()))
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
        } catch (IllegalArgumentException wrong) {
            return false;
        }
    }
}
