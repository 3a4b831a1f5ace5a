package com.aistrale.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The client's config file: a strict subset of TOML (contract/vectors/config/README.md), read line by line.
 *
 * @param defaultProfile what {@code default_profile} says, null where it is absent
 * @param profiles for each profile its keys, both in the file's order
 */
public record ConfigFile(@Nullable String defaultProfile, Map<String, Map<String, String>> profiles) {
    public static final List<String> KEYS = List.of("api_url", "api_key", "model", "provider");
    public static final String DEFAULT_PROFILE = "default_profile";
    private static final Pattern TABLE = Pattern.compile("\\[profiles\\.([A-Za-z0-9_-]+)]");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");

    /** What is wrong, and in which line (from 1). */
    public static final class Mistake extends Exception {
        private final int line;

        Mistake(int line, String message) {
            super(message);
            this.line = line;
        }

        public int line() {
            return line;
        }
    }

    public static ConfigFile parse(String text) throws Mistake {
        return new Reader().read(text);
    }

    public static boolean isProfileName(String name) {
        return NAME.matcher(name).matches();
    }

    private static final class Reader {
        private final Map<String, Map<String, String>> profiles = new LinkedHashMap<>();
        private @Nullable String defaultProfile;
        private int defaultProfileLine;
        private @Nullable Map<String, String> table;
        private int number;

        ConfigFile read(String text) throws Mistake {
            var content = text.startsWith("\uFEFF") ? text.substring(1) : text;
            for (var line : content.split("\n", -1)) {
                number++;
                line(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
            }
            var chosen = defaultProfile;
            if (chosen != null && !chosen.equals("default") && !profiles.containsKey(chosen)) {
                number = defaultProfileLine;
                throw mistake(
                        "default_profile names \"" + chosen + "\", and the file has no [profiles." + chosen + "]");
            }
            return new ConfigFile(chosen, profiles);
        }

        private void line(String raw) throws Mistake {
            for (var i = 0; i < raw.length(); i++) {
                if (Character.isISOControl(raw.charAt(i)) && raw.charAt(i) < 0x80 && raw.charAt(i) != '\t') {
                    throw mistake("a control character (U+%04X)".formatted((int) raw.charAt(i)));
                }
            }
            var line = TomlString.trim(raw);
            if (line.isEmpty() || line.startsWith("#")) {
                return;
            }
            if (line.startsWith("[")) {
                table(line);
            } else {
                pair(line);
            }
        }

        private void table(String line) throws Mistake {
            var comment = line.indexOf('#');
            var header = TABLE.matcher(TomlString.trim(comment < 0 ? line : line.substring(0, comment)));
            if (!header.matches()) {
                throw mistake("expected a table [profiles.NAME], with NAME of letters, digits, _ and -");
            }
            var fresh = new LinkedHashMap<String, String>();
            if (profiles.putIfAbsent(header.group(1), fresh) != null) {
                throw mistake("[profiles." + header.group(1) + "] is there twice");
            }
            table = fresh;
        }

        private void pair(String line) throws Mistake {
            var equals = line.indexOf('=');
            if (equals < 0) {
                throw mistake("expected key = \"value\", a table [profiles.NAME] or a # comment");
            }
            var key = TomlString.trim(line.substring(0, equals));
            if (!NAME.matcher(key).matches()) {
                throw mistake("expected a plain key before the = (letters, digits, _ and -)");
            }
            checkKey(key);
            var value = value(key, TomlString.trim(line.substring(equals + 1)));
            if (table == null) {
                setDefaultProfile(value);
            } else if (table.putIfAbsent(key, value) != null) {
                throw mistake(key + " is there twice");
            }
        }

        private void checkKey(String key) throws Mistake {
            if (table == null && KEYS.contains(key)) {
                throw mistake(key + " belongs to a profile: put it below [profiles.default]");
            }
            if (table == null && !key.equals(DEFAULT_PROFILE)) {
                throw mistake("unknown key " + key + ": before the first table there is only default_profile");
            }
            if (table != null && key.equals(DEFAULT_PROFILE)) {
                throw mistake("default_profile stands before the first table, not in a profile");
            }
            if (table != null && !KEYS.contains(key)) {
                var nearest = Nearest.to(key, KEYS).map(right -> ": did you mean " + right + "?");
                throw mistake("unknown key " + key + nearest.orElse(": a profile has " + String.join(", ", KEYS)));
            }
        }

        private String value(String key, String text) throws Mistake {
            try {
                return TomlString.read(text);
            } catch (IllegalArgumentException e) {
                throw mistake(key + ": " + e.getMessage());
            }
        }

        private void setDefaultProfile(String value) throws Mistake {
            if (defaultProfile != null) {
                throw mistake("default_profile is there twice");
            }
            if (!isProfileName(value)) {
                throw mistake("\"" + value + "\" is no profile's name: letters, digits, _ and -");
            }
            defaultProfile = value;
            defaultProfileLine = number;
        }

        private Mistake mistake(String message) {
            return new Mistake(number, message);
        }
    }
}
