package com.aistrale.cli;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** Files that appear under their names only when they are whole. */
final class WholeFile {
    private WholeFile() {}

    /** Writes, and says how much. */
    interface Writer {
        long write(OutputStream out) throws IOException;
    }

    /** What fails leaves nothing behind, and what stood there before stays. */
    static long write(Path file, Writer writer) {
        @Nullable Path part = null;
        try {
            var fresh = file.resolveSibling(
                    "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".part");
            long written;
            try (var out = new BufferedOutputStream(Files.newOutputStream(fresh, WRITE, CREATE_NEW), 64 * 1024)) {
                part = fresh;
                written = writer.write(out);
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            part = null;
            return written;
        } catch (IOException e) {
            throw cannot(file, e);
        } finally {
            remove(part);
        }
    }

    static CliException cannot(Path file, IOException cause) {
        return new CliException(
                "Cannot write " + Io.line(file.toString()) + ": " + Io.line(cause.toString()),
                "Look at the folder's rights and the room on the disk, or name another place.",
                Exit.FAILED);
    }

    private static void remove(@Nullable Path part) {
        try {
            if (part != null) {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            // A hidden file is left behind; what went wrong before is said.
        }
    }
}
