package com.aistrale.cli.chat;

import com.aistrale.cli.text.SecretForms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import org.jline.reader.impl.history.DefaultHistory;

/** What was typed, for the next time. A line with something like a key in it is not kept, nor one that begins with a space. */
final class History extends DefaultHistory {
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
        return SecretForms.isIn(line);
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
