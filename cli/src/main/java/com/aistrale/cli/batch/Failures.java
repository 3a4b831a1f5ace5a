package com.aistrale.cli.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import com.aistrale.internal.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The file of what has failed, a line each. While a batch runs it only grows; at its end it is put in order: of each line the last failure,
 * and none of a line that has its answer by now.
 */
final class Failures implements AutoCloseable {
    private final Path path;
    private @Nullable OutputStream out;

    Failures(Path path) {
        this.path = path;
    }

    /** Takes in what failed in former runs. */
    void read(Ledger ledger) throws IOException {
        each((line, fields) -> {
            if (fields.get("hash") instanceof String hash) {
                ledger.failed(line, Long.parseUnsignedLong(hash, 16), Results.ended(fields.get("ended")));
            }
        });
    }

    void append(String line) throws IOException {
        if (out == null) {
            endTornLine();
            out = Files.newOutputStream(path, CREATE, WRITE, APPEND);
        }
        out.write((line + "\n").getBytes(UTF_8));
        out.flush();
    }

    /** Leaves what is still true, and no file where nothing is. */
    void tidy(LongPredicate isDone) throws IOException {
        close();
        if (!Files.exists(path) || Files.size(path) == 0) {
            return; // one that is empty is not ours to take away
        }
        var last = new HashMap<Long, Long>();
        var count = new long[1];
        each((line, fields) -> last.put(line, ++count[0]));
        last.keySet().removeIf(isDone::test);
        if (last.isEmpty()) {
            Files.delete(path);
            return;
        }
        if (last.size() == count[0]) {
            return;
        }
        var fresh = path.resolveSibling("." + path.getFileName() + ".part");
        Files.deleteIfExists(fresh);
        count[0] = 0;
        try (var tidied = new BufferedOutputStream(Files.newOutputStream(fresh, WRITE, CREATE_NEW))) {
            each((line, fields) -> {
                if (Long.valueOf(++count[0]).equals(last.get(line))) {
                    tidied.write((Json.write(fields) + "\n").getBytes(UTF_8));
                }
            });
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
        Files.move(fresh, path, StandardCopyOption.REPLACE_EXISTING);
    }

    /** One failure of the file. */
    private interface Each {
        void take(long line, Map<String, @Nullable Object> fields) throws IOException;
    }

    private void each(Each each) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (InputStream in = Files.newInputStream(path)) {
            var lines = new Lines(in);
            for (var line = lines.next(); line != null; line = lines.next()) {
                if (line.end().isEmpty() && Results.isTorn(line)) {
                    return; // it is asked, and fails, again
                }
                try {
                    var fields = Json.parseObject(line.text());
                    if (!(fields.get("line") instanceof Long number)) {
                        throw Results.notOurs(path, line.number(), null);
                    }
                    each.take(number, fields);
                } catch (Json.MalformedJson | NumberFormatException e) {
                    throw Results.notOurs(path, line.number(), e);
                }
            }
        }
    }

    private void endTornLine() throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (var channel = java.nio.channels.FileChannel.open(path, java.nio.file.StandardOpenOption.READ, WRITE)) {
            var end = channel.size();
            var last = java.nio.ByteBuffer.allocate(1);
            while (end > 0 && channel.read(last.clear(), end - 1) == 1 && last.get(0) != '\n') {
                end--;
            }
            channel.truncate(end);
        }
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.close();
            out = null;
        }
    }
}
