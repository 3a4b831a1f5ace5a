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
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

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
            "AISTRALE_BUILD_DIR");

    private final Map<SettingKey, Value> values = new EnumMap<>(SettingKey.class);
    private final Map<String, Value> baseUrls = new TreeMap<>();
    private final List<String> mistakes;

    SettingSources(List<String> mistakes) {
        this.mistakes = mistakes;
    }

    @Nullable Value get(SettingKey key) {
        return values.get(key);
    }

    Map<String, Value> baseUrls() {
        return baseUrls;
    }

    /** A later call overrides what an earlier one read. */
    void file(Path file) {
        String text;
        JsonNode root;
        try {
            text = Files.readString(file);
            root = new TomlMapper().readTree(text);
        } catch (IOException unreadable) {
            mistakes.add(file + ": cannot be read: "
                    + (unreadable instanceof NoSuchFileException ? "no such file" : unreadable.toString()));
            return;
        } catch (JacksonException broken) {
            var at = broken.getLocation();
            mistakes.add(file + ", line " + (at == null ? "?" : at.getLineNr()) + ": " + broken.getOriginalMessage());
            return;
        }
        table(file, text.lines().toList(), "", root);
    }

    private void table(Path file, List<String> lines, String prefix, JsonNode table) {
        for (var entry : table.properties()) {
            var name = prefix + entry.getKey();
            var value = entry.getValue();
            var place = file + ", line " + line(lines, prefix, entry.getKey()) + ": " + name;
            if (name.startsWith("providers.") && name.endsWith(".base_url")) {
                baseUrl(name.substring("providers.".length(), name.length() - ".base_url".length()), value, place);
            } else if (value.isObject()) {
                table(file, lines, name + ".", value);
            } else {
                known(name, value, place);
            }
        }
    }

    /** An empty value leaves the setting unset, as an empty variable does. */
    private void known(String name, JsonNode value, String place) {
        for (var key : SettingKey.values()) {
            if (key.key().equals(name)) {
                var text = text(value);
                if (!text.isEmpty()) {
                    values.put(key, new Value(text, place));
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

    private void baseUrl(String provider, JsonNode value, String place) {
        baseUrl(provider, new Value(text(value), place));
    }

    private void baseUrl(String provider, Value value) {
        if (PROVIDER_NAME.matcher(provider).matches()) {
            baseUrls.put(provider, value);
        } else {
            mistakes.add(value.place() + ": `" + provider + "` is no provider name (a-z, 0-9 and -)");
        }
    }

    private static String text(JsonNode value) {
        if (value.isArray()) {
            var items = new ArrayList<String>();
            value.forEach(item -> items.add(text(item)));
            return String.join(",", items);
        }
        return value.isString() ? value.stringValue() : value.toString();
    }

    /** The line in which a key stands, for the mistake's place; the parser does not tell. */
    private static int line(List<String> lines, String prefix, String key) {
        var table = prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1);
        var current = "";
        for (int i = 0; i < lines.size(); i++) {
            var line = lines.get(i).strip();
            if (line.startsWith("[")) {
                current = line.replaceAll("[\\[\\]\\s]", "").replaceAll("#.*", "");
            } else if ((current.equals(table) && line.matches(Pattern.quote(key) + "\\s*=.*"))
                    || line.matches(Pattern.quote(prefix + key) + "\\s*=.*")) {
                return i + 1;
            }
        }
        return 1;
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
            var text = equals >= 0
                    ? argument.substring(equals + 1)
                    : i + 1 < arguments.size() ? arguments.get(++i) : "";
            if (text.isEmpty()) {
                mistakes.add(flag + " needs a value");
            } else {
                values.put(key.get(), new Value(text, flag));
            }
        }
    }
}
