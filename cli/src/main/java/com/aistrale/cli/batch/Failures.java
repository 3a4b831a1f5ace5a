package com.aistrale.cli.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import com.aistrale.cli.batch.BatchException.Why;
import com.aistrale.internal.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The file of what has failed, a line each. While a batch runs it only grows; at its end it is put in order: of each line the last failure,
 * and none of a line that has its answer by now. One batch at a time has it, and only failures of one results file are in it.
 */
final class Failures implements AutoCloseable {
    /** A line's field that says whose failure it is: where the answers are, from the failures' folder on. */
    private static final String RESULTS = "results";

    /** The byte that is locked, far behind what is read: there are systems on which nobody reads what is locked. */
    private static final long LOCKED = Long.MAX_VALUE - 1;

    private static final int TRIES = 100;

    private final Path path;
    private final @Nullable String results;
    private final @Nullable Path lockFile;
    private final @Nullable FileChannel lock;
    private @Nullable FileChannel out;
    private long end;

    private Failures(Path path, @Nullable String results, @Nullable Path lockFile, @Nullable FileChannel lock) {
        this.path = path;
        this.results = results;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /**
     * From now on no other batch has it. Throws where another one has.
     *
     * @param results where the answers go, null for standard output
     */
    static Failures open(Path path, @Nullable Path results) {
        if (!Results.isFile(path)) {
            return new Failures(path, null, null, null); // a device keeps nothing
        }
        var lockFile = path.resolveSibling("." + path.getFileName() + ".lock");
        try {
            // a stream, whose name may be that of a process, has no former runs
            var whose = results == null || !Results.isFile(results) ? null : from(path, results);
            var lock = lock(lockFile, path, results == null ? "standard output" : results.toString());
            Files.deleteIfExists(part(path)); // of a run that was killed while it put it in order
            return new Failures(path, whose, lockFile, lock);
        } catch (IOException e) {
            throw new BatchException(
                    Why.FILES,
                    "Cannot write " + path + ": " + Results.reason(e),
                    "Name another file for the failures: --failures FILE");
        }
    }

    private static String from(Path path, Path results) throws IOException {
        return folder(path)
                .relativize(folder(results).resolve(results.getFileName()))
                .toString();
    }

    private static Path folder(Path file) throws IOException {
        var folder = file.toAbsolutePath().normalize().getParent();
        return folder == null ? Path.of("/") : folder.toRealPath();
    }

    /**
     * The failures' file itself is replaced while it is locked, so another one is; it goes with its batch. Who had it open when it went
     * has locked nothing, and tries again.
     */
    private static FileChannel lock(Path lockFile, Path path, String results) throws IOException {
        for (var i = 0; i < TRIES; i++) {
            try {
                Files.createFile(lockFile);
            } catch (FileAlreadyExistsException e) {
                // of a batch that runs, or of one that was killed
            }
            FileChannel channel = null;
            try {
                var before = Files.readAttributes(lockFile, BasicFileAttributes.class)
                        .fileKey();
                channel = FileChannel.open(lockFile, READ, WRITE);
                var locked = channel.tryLock(LOCKED, 1, false);
                if (locked == null) {
                    throw taken(channel, path);
                }
                if (Objects.equals(
                        before,
                        Files.readAttributes(lockFile, BasicFileAttributes.class)
                                .fileKey())) {
                    signed(channel, results);
                    var mine = channel;
                    channel = null;
                    return mine;
                }
            } catch (NoSuchFileException e) {
                // it went in between
            } finally {
                if (channel != null) {
                    channel.close();
                }
            }
        }
        throw new IOException("other batches come and go");
    }

    /** For who comes meanwhile; on a disk that is full it is locked without that. */
    private static void signed(FileChannel channel, String results) {
        try {
            channel.truncate(0);
            var count = channel.write(UTF_8.encode(results));
            assert count >= 0;
        } catch (IOException e) {
            // It only says who it is.
        }
    }

    private static BatchException taken(FileChannel channel, Path path) throws IOException {
        var text = ByteBuffer.allocate(8192);
        var count = channel.read(text); // what was written at once
        assert count <= text.capacity();
        var whose = UTF_8.decode(text.flip()).toString();
        return new BatchException(
                Why.STATE,
                "Another batch" + (whose.isEmpty() ? "" : ", whose answers go to " + whose + ",")
                        + " writes its failures into " + path + ".",
                "Nothing was asked. Wait for it, or give this one's failures another file: --failures FILE");
    }

    private static Path part(Path path) {
        return path.resolveSibling("." + path.getFileName() + ".part");
    }

    /** Takes in what failed in former runs. */
    void read(Ledger ledger) throws IOException {
        each((line, fields) -> {
            if (fields.get("hash") instanceof String hash) {
                ledger.failed(line, Long.parseUnsignedLong(hash, 16), Results.ended(fields.get("ended")));
            }
        });
    }

    /** Appends one failure, which then is in the hands of the system; whole, or not at all. */
    void append(Map<String, @Nullable Object> fields) throws IOException {
        var to = out;
        if (to == null) {
            endTornLine();
            to = FileChannel.open(path, CREATE, WRITE, APPEND);
            out = to;
            end = to.size();
        }
        if (results != null) {
            fields.put(RESULTS, results);
        }
        var bytes = UTF_8.encode(Json.write(fields) + "\n");
        var size = bytes.remaining();
        try {
            while (bytes.hasRemaining()) {
                var count = to.write(bytes);
                assert count >= 0;
            }
        } catch (IOException e) {
            if (lock != null) {
                to.truncate(end); // half a line is none
            }
            throw e;
        }
        end += size;
    }

    /** What was appended outlives a power cut. */
    void sync() throws IOException {
        if (out != null && lock != null) {
            out.force(false);
        }
    }

    /** Leaves what is still true, and no file where nothing is. */
    void tidy(LongPredicate isDone) throws IOException {
        closeOut();
        if (lock == null || !Files.exists(path) || Files.size(path) == 0) {
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
        var fresh = part(path);
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
        if (lock == null || !Files.exists(path)) {
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
                    if (fields.get(RESULTS) instanceof String whose && !whose.equals(results)) {
                        throw new BatchException(
                                Why.STATE,
                                path + " has the failures of another batch, whose answers are in " + whose + ".",
                                "Nothing was asked, and the file is as it was. Give this one's failures a file of their"
                                        + " own: --failures FILE");
                    }
                    each.take(number, fields);
                } catch (Json.MalformedJson | NumberFormatException e) {
                    throw Results.notOurs(path, line.number(), e);
                }
            }
        }
    }

    private void endTornLine() throws IOException {
        if (lock == null || !Files.exists(path)) {
            return;
        }
        try (var channel = FileChannel.open(path, READ, WRITE)) {
            var end = channel.size();
            var last = ByteBuffer.allocate(1);
            while (end > 0 && channel.read(last.clear(), end - 1) == 1 && last.get(0) != '\n') {
                end--;
            }
            channel.truncate(end);
        }
    }

    private void closeOut() throws IOException {
        if (out != null) {
            out.close();
            out = null;
        }
    }

    @Override
    public void close() throws IOException {
        closeOut();
        if (lock != null && lockFile != null) {
            Files.deleteIfExists(lockFile); // while nobody else can have locked it
            lock.close();
        }
    }
}
