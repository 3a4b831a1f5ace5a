package com.aistrale.cli;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import org.jspecify.annotations.Nullable;

/** Files that appear under their names only when they are whole. */
final class WholeFile {
    private static final int BUFFER = 64 * 1024;

    private WholeFile() {}

    /** Writes, and says how much. */
    interface Writer {
        long write(OutputStream out) throws IOException;
    }

    /**
     * What fails leaves nothing behind, and what stood there before stays. Behind a link it is the file that the link leads to; what is
     * no file, such as {@code /dev/null} or a named pipe, is written to.
     */
    static long write(Path file, Writer writer) {
        if (Files.isDirectory(file)) {
            throw new CliException(
                    Io.line(file.toString()) + " is a folder.", "Name a file, such as one in it.", Exit.USAGE);
        }
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                try (var out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER)) {
                    return writer.write(out);
                }
            }
            return replaced(Files.exists(file) ? file.toRealPath() : file, writer);
        } catch (IOException e) {
            throw cannot(file, e);
        }
    }

    private static long replaced(Path file, Writer writer) throws IOException {
        @Nullable Path part = null;
        try {
            var fresh = file.resolveSibling(
                    "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".part");
            long written;
            try (var out = new BufferedOutputStream(Files.newOutputStream(fresh, WRITE, CREATE_NEW), BUFFER)) {
                part = fresh;
                keepRights(file, fresh);
                written = writer.write(out);
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            part = null;
            return written;
        } finally {
            remove(part);
        }
    }

    /** Who might read the file that is replaced may read the new one, and nobody else; a new file's rights are the system's. */
    private static void keepRights(Path from, Path to) throws IOException {
        var before = Files.exists(from) ? Files.getFileAttributeView(from, PosixFileAttributeView.class) : null;
        var after = Files.getFileAttributeView(to, PosixFileAttributeView.class);
        if (before != null && after != null) {
            after.setPermissions(before.readAttributes().permissions());
        }
    }

    static CliException cannot(Path file, IOException cause) {
        return new CliException(
                "Cannot write " + Io.line(file.toString()) + ": " + why(cause) + ".",
                "Look at the folder's rights and the room on the disk, or name another place.",
                Exit.FAILED);
    }

    /** Without the name of the part, which nobody has heard of. */
    private static String why(IOException cause) {
        return switch (cause) {
            case NoSuchFileException e -> "its folder is not there";
            case AccessDeniedException e -> "there is no right to write there";
            case FileSystemException e when e.getReason() != null -> Io.line(e.getReason());
            default -> Io.line(String.valueOf(cause.getMessage()));
        };
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
