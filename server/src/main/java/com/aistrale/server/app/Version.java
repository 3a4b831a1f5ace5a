package com.aistrale.server.app;

import com.aistrale.server.metrics.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The version of everything that ships: the repository's file {@code VERSION}, packed into the jar. */
public final class Version {
    public static final String TEXT = read();

    private Version() {}

    /** For who watches the server. */
    static void collect(Sink sink) {
        sink.info("aistrale_build_info", "What runs here.", Map.of("version", TEXT));
    }

    private static String read() {
        try (var file = Version.class.getResourceAsStream("/VERSION")) {
            if (file == null) {
                throw new IllegalStateException("the server's jar has no VERSION");
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
