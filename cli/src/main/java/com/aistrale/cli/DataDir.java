package com.aistrale.cli;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** The local server's folder: its database, its log, and the file by which it says that it runs. */
record DataDir(Path path) {

    /**
     * A server that said that it runs.
     *
     * @param startedAt when, by its own clock
     */
    record Running(long pid, String url, String version, Instant startedAt) {}

    static DataDir of(Map<String, String> env) {
        var own = env.getOrDefault("AISTRALE_DATA_DIR", "");
        if (!own.isEmpty()) {
            return new DataDir(Path.of(own));
        }
        var xdg = env.getOrDefault("XDG_DATA_HOME", "");
        var home = env.getOrDefault("HOME", System.getProperty("user.home", "."));
        return new DataDir((xdg.isEmpty() ? Path.of(home, ".local", "share") : Path.of(xdg)).resolve("aistrale"));
    }

    /** Made for its owner alone, if it is not there. */
    void create() {
        try {
            if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
                Files.createDirectories(path.toAbsolutePath().getParent());
                if (!Files.isDirectory(path)) {
                    Files.createDirectory(
                            path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                }
            } else {
                Files.createDirectories(path);
            }
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(path)) {
                throw cannot(e);
            }
        } catch (IOException e) {
            throw cannot(e);
        }
    }

    Path log() {
        return path.resolve("server.log");
    }

    Path startLock() {
        return path.resolve("start.lock");
    }

    /** What server.json says; empty where it is absent or not readable as such. */
    Optional<Running> running() {
        try {
            var fields = new Fields("server.json", Json.parseObject(Files.readString(path.resolve("server.json"))));
            return Optional.of(new Running(
                    fields.integer("pid"), fields.text("url"), fields.text("version"), fields.time("started_at")));
        } catch (IOException | Json.MalformedJson | Fields.Mismatch e) {
            return Optional.empty();
        }
    }

    private CliException cannot(IOException cause) {
        return new CliException(
                "Cannot make the data folder " + path + ": " + Io.line(cause.toString()),
                "Name another one: AISTRALE_DATA_DIR.",
                Exit.FAILED);
    }
}
