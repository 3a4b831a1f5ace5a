package com.aistrale.server.app;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** The folder with the database and the keys, locked for one server at a time. */
final class DataDirectory implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;

    private DataDirectory(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** @throws StartException when it cannot be written, or another server has it */
    static DataDirectory open(Path path) throws StartException {
        try {
            if (!Files.isDirectory(path)) {
                Files.createDirectories(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            var channel = FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                channel.close();
                throw new StartException("The data directory " + path + " is in use by another AISTRALE server"
                        + runningAs(path) + ". Stop it (aistrale stop), or give this one another (--data-dir).");
            }
            return new DataDirectory(path, channel);
        } catch (IOException cannot) {
            throw new StartException(
                    "The data directory " + path + " cannot be written: " + cannot + ". Give another (--data-dir).",
                    cannot);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            return null;
        }
    }

    private static String runningAs(Path path) {
        try {
            return " (" + Files.readString(path.resolve(ServerFile.NAME)).strip() + ")";
        } catch (IOException unknown) {
            return "";
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
