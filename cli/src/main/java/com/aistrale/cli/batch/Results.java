package com.aistrale.cli.batch;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import com.aistrale.cli.batch.BatchException.Why;
import com.aistrale.internal.Json;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where answers go, a line each. */
sealed interface Results extends Closeable {
    /** Appends one line, which then is in the hands of the system; whole, or not at all. */
    void append(String line) throws IOException;

    /** What was appended outlives a power cut. */
    void sync() throws IOException;

    /** A stream that somebody reads, or a device. It knows nothing of former runs. */
    record Stream(OutputStream out) implements Results {
        @Override
        public void append(String line) throws IOException {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        @Override
        public void sync() {}

        @Override
        public void close() throws IOException {
            out.flush();
        }
    }

    /** A file that later runs go on with. One batch at a time has it. */
    final class File implements Results {
        private final Path path;
        private final FileChannel channel;
        private long end;
        private boolean torn;

        private File(Path path, FileChannel channel) {
            this.path = path;
            this.channel = channel;
        }

        static File open(Path path) {
            FileChannel channel = null;
            try {
                channel = FileChannel.open(path, CREATE, READ, WRITE);
                if (channel.tryLock() != null) {
                    return new File(path, channel);
                }
                channel.close();
            } catch (OverlappingFileLockException e) {
                close(channel); // another batch of this process
            } catch (IOException e) {
                close(channel);
                throw new BatchException(
                        Why.FILES,
                        "Cannot open " + path + ": " + reason(e),
                        "Name another file for the results: -o FILE");
            }
            throw new BatchException(
                    Why.STATE,
                    "Another batch writes its results into " + path + ".",
                    "Wait for it, or give this one another file: -o FILE");
        }

        /** Reads what former runs have answered, and cuts off a last line that is not whole. */
        void read(Ledger ledger, Costs costs) throws IOException {
            channel.position(0);
            var lines = new Lines(Channels.newInputStream(channel)); // not closed: with it the lock would go
            for (var line = lines.next(); line != null; line = lines.next()) {
                if (line.end().isEmpty() && isTorn(line)) {
                    torn = true;
                    break;
                }
                take(line, ledger, costs);
                end = lines.taken();
            }
            if (torn) {
                channel.truncate(end);
            }
            channel.position(end);
        }

        /** Whether it was a last line that was cut off. */
        boolean wasTorn() {
            return torn;
        }

        private void take(Lines.Line line, Ledger ledger, Costs costs) {
            try {
                var result = Json.parseObject(line.text());
                if (line.problem() == null
                        && result.get("line") instanceof Long number
                        && result.get("hash") instanceof String hash) {
                    if ("completed".equals(result.get("status"))) {
                        ledger.done(number, Long.parseUnsignedLong(hash, 16));
                        costs.before(result.get("cost_usd"));
                    } else {
                        ledger.failed(number, Long.parseUnsignedLong(hash, 16), ended(result.get("ended")));
                    }
                    return;
                }
            } catch (Json.MalformedJson | NumberFormatException e) {
                throw notOurs(path, line.number(), e);
            }
            throw notOurs(path, line.number(), null);
        }

        @Override
        public void append(String line) throws IOException {
            var bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
            try {
                while (bytes.hasRemaining()) {
                    var count = channel.write(bytes);
                    assert count >= 0;
                }
            } catch (IOException e) {
                channel.truncate(end); // half a line is none
                throw e;
            }
            end += bytes.limit();
        }

        @Override
        public void sync() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }

        private static void close(@Nullable FileChannel channel) {
            try {
                if (channel != null) {
                    channel.close();
                }
            } catch (IOException e) {
                // Nothing was written.
            }
        }
    }

    /** Whether a last line without its end is what this program can have left: nothing else is ever cut off. */
    static boolean isTorn(Lines.Line line) {
        var begin = "{\"line\":";
        var text = line.text();
        return text.startsWith(begin) || begin.startsWith(text) || text.charAt(0) == '\0' || line.column() == 1;
    }

    static long ended(@Nullable Object ended) {
        return ended instanceof Long times ? times : 0;
    }

    static BatchException notOurs(Path path, long line, @Nullable Exception cause) {
        var error = new BatchException(
                Why.STATE,
                path + " has something else in it than a batch's results, at line " + line + ".",
                "Nothing was asked, and the file is as it was. Give the results another file: -o FILE");
        if (cause != null) {
            error.initCause(cause);
        }
        return error;
    }

    /** What the system says, without the path that stands before it. */
    static String reason(IOException e) {
        if (e instanceof java.nio.file.NoSuchFileException) {
            return "there is no such folder or file.";
        }
        if (e instanceof java.nio.file.AccessDeniedException) {
            return "permission denied.";
        }
        return e.getMessage() + ".";
    }

    /** Whether a path is something to be gone on with: an ordinary file, or one that is not there yet. */
    static boolean isFile(Path path) {
        return !Files.exists(path) || Files.isRegularFile(path);
    }
}
