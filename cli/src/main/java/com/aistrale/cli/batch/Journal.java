package com.aistrale.cli.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.cli.batch.BatchException.Why;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a batch that was stopped is gone on with by, kept beside its results until every line has its answer: the name under which the
 * server knows its lines, and which lines are under way. So who comes after a kill knows which answers the server may have that nobody
 * wrote down, and since when: it keeps them for a day.
 *
 * <p>The first line is the name. Behind it are places of {@value #PLACE} bytes, each written anew for one line after another, so that the
 * file does not grow with the input. A line has its place from before it is asked until what became of it is written; one whose end is not
 * known, as it took too long, keeps it; one of which nothing can have begun gives it back. A power cut may take what was written in the
 * second before it.
 */
final class Journal implements Closeable {
    /** How long the server gives an answer again, less what the clocks may differ, and the time until a line's turn comes. */
    static final Duration KNOWN = Duration.ofHours(24).minusMinutes(10);

    /** The same when its turn has come. */
    private static final Duration KNOWN_AT_LAST = Duration.ofHours(24).minusMinutes(1);

    private static final char UNREADABLE = '\uFFFD';
    private static final int PLACE = 44;
    private static final String FREE = " ".repeat(PLACE - 1) + "\n";
    private static final Pattern BEGUN = Pattern.compile("([0-9]{10}) ([0-9a-f]{16}) ([0-9]{3}) ([0-9]{11})");

    private final Path file;
    private final String name;
    private final InstantSource clock;
    private final Map<Long, Begun> begun = new HashMap<>();
    private final Map<Long, Begun> lost = new HashMap<>();
    private final Map<Long, Begun> former = new HashMap<>();
    private final Deque<Long> free = new ArrayDeque<>();
    private @Nullable FileChannel channel;
    private @Nullable IOException unforced;
    private boolean isForced = true;
    private long end;

    /** A line under way. @param place where in the file that stands, -1 for nowhere yet */
    private record Begun(long line, long hash, int ended, Instant since, long place) {
        boolean is(Request request, int times) {
            return hash == request.hash() && ended == times;
        }

        Begun at(long where) {
            return new Begun(line, hash, ended, since, where);
        }

        String text() {
            return String.format(
                    Locale.ROOT, "%010d %s %03d %011d\n", line, Request.hex(hash), ended, since.getEpochSecond());
        }
    }

    private Journal(Path file, String name, InstantSource clock) {
        this.file = file;
        this.name = name;
        this.clock = clock;
    }

    /**
     * Reads what a former run has left, and writes nothing. Only who holds the results' lock asks.
     *
     * @param given the name that the user gives it; null for that of the former run, or a new one
     * @param ledger what became of the lines, as far as it was written
     */
    static Journal of(Path results, @Nullable String given, Ledger ledger, InstantSource clock) {
        var file = results.resolveSibling("." + results.getFileName() + ".batch");
        try {
            var lines = Files.exists(file) // what is no UTF-8 becomes UNREADABLE
                    ? new String(Files.readAllBytes(file), UTF_8).lines().toList()
                    : List.<String>of();
            var isNamed = !lines.isEmpty() && lines.getFirst().chars().noneMatch(c -> c == 0 || c == UNREADABLE);
            var former = isNamed ? lines.getFirst().strip() : ""; // a power cut, or a disk, can leave that
            var name =
                    given != null ? given : former.isEmpty() ? UUID.randomUUID().toString() : former;
            var journal = new Journal(file, name, clock);
            for (var text : lines) {
                var parts = BEGUN.matcher(text);
                if (parts.matches()) {
                    journal.left(
                            new Begun(
                                    Long.parseLong(parts.group(1)),
                                    Long.parseUnsignedLong(parts.group(2), 16),
                                    Integer.parseInt(parts.group(3)),
                                    Instant.ofEpochSecond(Long.parseLong(parts.group(4))),
                                    -1),
                            ledger,
                            name.equals(former));
                }
            }
            return journal;
        } catch (IOException e) {
            throw new BatchException(
                    Why.FILES,
                    "Cannot read " + file + ": " + Results.reason(e),
                    "Nothing was asked. Look at the file's rights, or delete it: then what was under way is asked, and paid,"
                            + " again.");
        }
    }

    private void left(Begun line, Ledger ledger, boolean sameName) {
        if (ledger.isOver(line.line(), line.hash(), line.ended())) {
            return; // killed behind the writing
        }
        if (sameName && line.since().isAfter(clock.instant().minus(KNOWN))) {
            begun.put(line.line(), line);
        } else {
            // by another name it never is known again, also to who comes next by this one
            var since = sameName ? line.since() : Instant.EPOCH;
            lost.put(line.line(), new Begun(line.line(), line.hash(), line.ended(), since, -1));
        }
    }

    String name() {
        return name;
    }

    /** Whether there are lines that were under way, and whose answers the server may not know any more by this batch's name. */
    boolean hasLost() {
        return !lost.isEmpty();
    }

    /** Whether no line is under way, or was. */
    synchronized boolean isEmpty() {
        return begun.isEmpty() && lost.isEmpty();
    }

    /** Whether this request, which is to be asked, is one of them. */
    boolean isLost(Request request, int ended) {
        var line = lost.get(request.line());
        return line != null && line.is(request, ended);
    }

    /** The lines of all of them, in order, whatever is asked there now. */
    List<Long> lost() {
        return lost.keySet().stream().sorted().toList();
    }

    /** From now on it is written. @param atOnce for how many lines there is a place from the beginning, whatever room the disk has later */
    synchronized void open(int atOnce) {
        try {
            var out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel = out;
            var text = new StringBuilder(name).append('\n');
            end = text.toString().getBytes(UTF_8).length;
            for (var lines : List.of(begun, lost)) { // also the lost ones that this run may not come to
                for (var line : List.copyOf(lines.values())) {
                    lines.put(line.line(), line.at(end));
                    former.put(line.line(), line.at(end));
                    text.append(line.text());
                    end += PLACE;
                }
            }
            for (var i = 0; i < atOnce; i++) {
                free.add(end);
                text.append(FREE);
                end += PLACE;
            }
            write(text.toString(), 0);
            out.truncate(end);
            out.force(true);
            isForced = true;
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    /** Whether the server knew this request when the batch began, and does not any more by now that it is to be asked. */
    synchronized boolean isForgotten(Request request, int ended) {
        var known = begun.get(request.line());
        return known != null && known.is(request, ended) && isForgotten(known);
    }

    private boolean isForgotten(Begun known) {
        return !known.since().isAfter(clock.instant().minus(KNOWN_AT_LAST));
    }

    /** The line is about to be asked. Throws where that cannot be written: then it is not to be asked. */
    synchronized void begins(Request request, int ended) {
        var known = begun.get(request.line());
        if (known != null && known.is(request, ended) && !isForgotten(known)) {
            return; // its answer is as old as its first asking
        }
        var before = known != null ? known : lost.remove(request.line());
        var next = before == null ? free.poll() : Long.valueOf(before.place());
        var place = next == null ? end : next;
        var line = new Begun(request.line(), request.hash(), ended, clock.instant(), place);
        try {
            write(line.text(), place);
        } catch (IOException e) {
            throw unusable(file, e);
        }
        end = Math.max(end, place + PLACE);
        begun.put(line.line(), line);
    }

    /** What became of the line is written. */
    synchronized void ends(Request request) throws IOException {
        var line = begun.remove(request.line());
        if (line != null) {
            free.push(line.place());
            write(FREE, line.place());
        }
    }

    /** Of the line that was about to be asked nothing can have begun: it is as under way as it was before. */
    synchronized void neverBegan(Request request) throws IOException {
        var before = former.get(request.line());
        if (before == null) {
            ends(request);
        } else if (begun.replace(request.line(), before) != null) {
            write(before.text(), before.place());
        }
    }

    synchronized void sync() throws IOException {
        if (channel != null) {
            channel.force(false);
            isForced = true;
        }
    }

    /** So that also what is under way for long, while nothing ends, outlives a power cut. */
    private synchronized void syncLater() {
        try {
            if (!isForced && channel != null && channel.isOpen()) {
                sync();
            }
        } catch (IOException e) {
            unforced = e;
        }
    }

    private void write(String text, long at) throws IOException {
        var out = channel;
        if (out == null) {
            throw new IllegalStateException("not open");
        }
        if (unforced != null) {
            throw unforced;
        }
        var bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
        for (var to = at; bytes.hasRemaining(); ) {
            to += out.write(bytes, to);
        }
        if (isForced) {
            isForced = false;
            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(this::syncLater);
        }
    }

    /** Every line has its answer. */
    void forget() throws IOException {
        close();
        Files.deleteIfExists(file);
    }

    @Override
    public synchronized void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }

    private static BatchException unusable(Path file, IOException e) {
        return new BatchException(
                Why.FILES,
                "Cannot write " + file + ": " + Results.reason(e),
                "What is written is kept. Look at the folder's rights and the room on the disk, and run the same command"
                        + " again; or name another place: -o FILE");
    }
}
