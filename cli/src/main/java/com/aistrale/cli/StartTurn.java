package com.aistrale.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Of several programs that find no server at the same moment, one starts it, and the others wait. */
final class StartTurn implements AutoCloseable {
    private final @Nullable FileChannel lock;

    private StartTurn(@Nullable FileChannel lock) {
        this.lock = lock;
    }

    /** Waits until the turn is ours, or another's server is ready. */
    static StartTurn take(Path file, Duration patience, BooleanSupplier ready) {
        var end = System.nanoTime() + patience.toNanos();
        while (true) {
            var lock = tryLock(file);
            if (lock != null) {
                return new StartTurn(lock);
            }
            if (ready.getAsBoolean()) {
                return new StartTurn(null);
            }
            if (System.nanoTime() - end > 0) {
                throw new CliException(
                        "Another program has been starting the server for " + patience.toSeconds() + " s.",
                        "Look at its log beside " + file,
                        Exit.CONNECTION);
            }
            LocalServer.pause(50);
        }
    }

    boolean isOurs() {
        return lock != null;
    }

    private static @Nullable FileChannel tryLock(Path file) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() != null) {
                return channel;
            }
            channel.close();
            return null;
        } catch (OverlappingFileLockException e) {
            closeQuietly(channel);
            return null; // another thread of this program has it
        } catch (IOException e) {
            closeQuietly(channel);
            throw new CliException(
                    "Cannot lock " + file + ": " + Io.line(e.toString()),
                    "Name another data folder: AISTRALE_DATA_DIR.",
                    Exit.FAILED);
        }
    }

    @Override
    public void close() {
        closeQuietly(lock);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The lock goes with the process at the latest.
        }
    }
}
