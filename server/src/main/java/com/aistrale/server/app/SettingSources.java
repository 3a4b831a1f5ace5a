package com.aistrale.server.app;

import com.aistrale.server.kit.problem.Nearest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Gathers what was set, and where: flag over environment over file. Every unknown name is a mistake. */
final class SettingSources {
    /** A value as text, and the words that name its place in a mistake. */
    record Value(String text, String place) {}

    private static final Pattern PROVIDER_VARIABLE = Pattern.compile("AISTRALE_PROVIDERS_([A-Z0-9_]+)_BASE_URL");
    private static final Pattern PROVIDER_NAME = Pattern.compile("[a-z0-9][a-z0-9-]*");

    /** Variables of ours that are not the server's. */
    private static final List<String> OTHERS = List.of(
            "AISTRALE_API_URL",
            "AISTRALE_API_KEY",
            "AISTRALE_PROFILE",
            "AISTRALE_MODEL",
            "AISTRALE_PROVIDER",
            "AISTRALE_CONFIG",
            "AISTRALE_SERVER_CONFIG",
            "AISTRALE_LAUNCHER",
            "AISTRALE_LOG",
            "AISTRALE_OUTPUT",
            "AISTRALE_PAGER",
            "AISTRALE_WEBHOOK_SECRET",
            "AISTRALE_EVENT_ID",
            "AISTRALE_EVENT_TYPE",
            "AISTRALE_BUILD_DIR");

    private final Map<SettingKey, Value> values = new EnumMap<>(SettingKey.class);
    private final Map<String, Value> baseUrls = new TreeMap<>();
    private final List<String> mistakes;

    SettingSources(List<String> mistakes) {
        this.mistakes = mistakes;
    }

    @Nullable
    Value get(SettingKey key) {
        return values.get(key);
    }

    Map<String, Value> baseUrls() {
        return baseUrls;
    }

    /** A later call overrides what an earlier one read. */
    void file(Path file) {
        TomlParseResult root;
        try {
            root = Toml.parse(file);
        } catch (NoSuchFileException absent) {
            mistakes.add(file + ": cannot be read: no such file");
            return;
        } catch (IOException unreadable) {
            mistakes.add(file + ": cannot be read: " + unreadable.getMessage());
            return;
        }
        for (var error : root.errors()) {
            mistakes.add(place(file, error.position()) + nameAt(file, error.position()) + error.getMessage());
        }
        if (!root.hasErrors()) {
            table(file, "", root);
        }
    }

    private void table(Path file, String prefix, TomlTable table) {
        for (var key : table.keySet()) {
            var name = prefix + key;
            var value = table.get(List.of(key));
            var place = place(file, table.inputPositionOf(List.of(key))) + name;
            if (name.startsWith("providers.") && name.endsWith(".base_url")) {
                var provider = name.substring("providers.".length(), name.length() - ".base_url".length());
                baseUrl(provider, new Value(text(value), place));
            } else if (value instanceof TomlTable inner) {
                table(file, name + ".", inner);
            } else {
                known(name, text(value), place);
            }
        }
    }

    private static String place(Path file, @Nullable TomlPosition position) {
        return file + ", line " + (position == null ? "?" : position.line()) + ": ";
    }

    /** The key of a line that cannot be read; not its value, which may be a secret. */
    private static String nameAt(Path file, TomlPosition position) {
        try (var lines = Files.lines(file)) {
            var name = lines.skip(position.line() - 1L)
                    .findFirst()
                    .orElse("")
                    .strip()
                    .split("[^A-Za-z0-9_.\\[\\]-]", 2)[0];
            return name.isEmpty() ? "" : "`" + name + "`: ";
        } catch (IOException gone) {
            return "";
        }
    }

    private void known(String name, String value, String place) {
        for (var key : SettingKey.values()) {
            if (key.key().equals(name)) {
                if (!value.isEmpty()) {
                    values.put(key, new Value(value, place));
                }
                return;
            }
        }
        var candidates = new ArrayList<>(SettingKey.keys());
        int dot = name.lastIndexOf('.');
        if (name.startsWith("providers.") && dot > "providers.".length()) {
            candidates.add(name.substring(0, dot) + ".base_url");
        }
        mistakes.add(place + " is no setting" + Nearest.hint(name, candidates));
    }

    private void baseUrl(String provider, Value value) {
        if (PROVIDER_NAME.matcher(provider).matches()) {
            baseUrls.put(provider, value);
        } else {
            mistakes.add(value.place() + ": `" + provider + "` is no provider name (a-z, 0-9 and -)");
        }
    }

    private static String text(@Nullable Object value) {
        return value instanceof TomlArray array
                ? array.toList().stream().map(String::valueOf).collect(Collectors.joining(","))
                : String.valueOf(value);
    }

    void environment(Map<String, String> environment) {
        for (var entry : new TreeMap<>(environment).entrySet()) {
            var variable = entry.getKey();
            if (!variable.startsWith("AISTRALE_") || entry.getValue().isEmpty() || OTHERS.contains(variable)) {
                continue;
            }
            var value = new Value(entry.getValue(), variable);
            var provider = PROVIDER_VARIABLE.matcher(variable);
            if (provider.matches()) {
                baseUrl(provider.group(1).toLowerCase(Locale.ROOT).replace('_', '-'), value);
                continue;
            }
            var key = ofVariable(variable);
            if (key != null) {
                values.put(key, value);
            } else {
                slip(variable);
            }
        }
    }

    /** What looks like a setting of ours and is none; other programs may have variables that begin like ours. */
    private void slip(String variable) {
        var ours = new ArrayList<>(SettingKey.variables());
        ours.addAll(OTHERS);
        var near = variable.startsWith("AISTRALE_PROVIDERS_")
                ? Optional.of("AISTRALE_PROVIDERS_<NAME>_BASE_URL")
                : Nearest.to(variable, ours).filter(name -> !OTHERS.contains(name));
        near.ifPresent(name -> mistakes.add(variable + " is no setting; did you mean `" + name + "`?"));
    }

    private static @Nullable SettingKey ofVariable(String variable) {
        for (var key : SettingKey.values()) {
            if (key.variable().equals(variable)) {
                return key;
            }
        }
        return null;
    }

    void flags(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            var argument = arguments.get(i);
            int equals = argument.indexOf('=');
            var flag = equals < 0 ? argument : argument.substring(0, equals);
            var key = SettingKey.ofFlag(flag);
            if (key.isEmpty()) {
                mistakes.add(flag + " is no option of serve" + Nearest.hint(flag, SettingKey.flags()));
                continue;
            }
            var text =
                    equals >= 0 ? argument.substring(equals + 1) : i + 1 < arguments.size() ? arguments.get(++i) : "";
            if (text.isEmpty()) {
                mistakes.add(flag + " needs a value");
            } else {
                values.put(key.get(), new Value(text, flag));
            }
        }
    }
}
