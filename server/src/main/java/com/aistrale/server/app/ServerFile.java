package com.aistrale.server.app;

import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;

/** {@code server.json} in the data directory: who runs here, for {@code aistrale status} and {@code aistrale stop}. */
final class ServerFile {
    static final String NAME = "server.json";

    private ServerFile() {}

    static void write(Path dataDir, String url, Instant startedAt) throws IOException {
        var json = Json.object()
                .put("pid", ProcessHandle.current().pid())
                .put("url", url)
                .put("version", Version.TEXT)
                .put("started_at", startedAt.toString());
        var next = dataDir.resolve(NAME + ".new");
        Files.writeString(next, Json.text(json) + "\n");
        Files.move(next, dataDir.resolve(NAME), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static void delete(Path dataDir) throws IOException {
        Files.deleteIfExists(dataDir.resolve(NAME));
    }
}
