package com.aistrale.cli.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import org.jline.reader.impl.history.DefaultHistory;

/** What was typed, for the next time. A line with something like a key in it is not kept, nor one that begins with a space. */
final class History extends DefaultHistory {
    private static final Pattern SECRET =
            Pattern.compile("\\b(?:ais|gsk|hf|r8|fw|gh[oprsu]|glpat|whsec|xox[abprs])[_-][A-Za-z0-9+/_-]{16,}"
                    + "|\\b(?:c?sk|pplx|nvapi|xai)-[A-Za-z0-9_-]{16,}"
                    + "|\\bAIza[A-Za-z0-9_-]{30,}"
                    + "|\\bAQ\\.[A-Za-z0-9_-]{30,}"
                    + "|\\bA[KS]IA[A-Z0-9]{16}\\b"
                    + "|-----BEGIN [A-Z ]*PRIVATE KEY-----"
                    + "|\\beyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\."
                    + "|(?i:bearer) (?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{16,}");
    private final Path file;

    History(Path file) {
        this.file = file;
    }

    /** Where it stands. */
    static Path file(Map<String, String> env) {
        var xdg = env.getOrDefault("XDG_STATE_HOME", "");
        var home = env.getOrDefault("HOME", System.getProperty("user.home", "."));
        return (xdg.isEmpty() ? Path.of(home, ".local", "state") : Path.of(xdg))
                .resolve("aistrale")
                .resolve("chat_history");
    }

    static boolean hasSecret(String line) {
        return SECRET.matcher(line).find();
    }

    /** Makes the file for its owner alone, if it is not there. IOException where there can be none. */
    void prepare() throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    @Override
    public void add(Instant time, String line) {
        if (!line.isBlank() && !line.startsWith(" ") && !hasSecret(line)) {
            super.add(time, line);
        }
    }
}
