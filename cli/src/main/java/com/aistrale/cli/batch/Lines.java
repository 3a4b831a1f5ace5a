package com.aistrale.cli.batch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lines of a file in UTF-8, one at a time, however long the file is. */
final class Lines {
    /** More than any request may have. */
    static final int LONGEST = 16 * 1024 * 1024;

    private final InputStream in;
    private final byte[] buffer = new byte[64 * 1024];
    private final Deque<Line> putBack = new ArrayDeque<>();
    private int from;
    private int to;
    private byte[] line = new byte[4096];
    private long number;
    private long taken;

    /**
     * One line.
     *
     * @param text without its end
     * @param end {@code \n}, {@code \r\n}, or empty where the file ends
     * @param problem why it is no text, null where it is
     * @param column where that is, from 1
     */
    record Line(
            long number, String text, String end, @Nullable String problem, int column) {}

    Lines(InputStream in) {
        this.in = in;
    }

    /** How many bytes the lines have that were given out, their ends included. */
    long taken() {
        return taken;
    }

    /** Puts lines back, in their order, to be read again. */
    void putBack(List<Line> lines) {
        for (var each : lines.reversed()) {
            putBack.addFirst(each);
        }
    }

    /** The next line, or null at the end. */
    @Nullable
    Line next() throws IOException {
        if (!putBack.isEmpty()) {
            return putBack.removeFirst();
        }
        var length = 0;
        var tooLong = false;
        var ended = false;
        while (!ended) {
            if (from == to) {
                from = 0;
                to = Math.max(0, in.read(buffer, 0, buffer.length));
                if (to == 0) {
                    break;
                }
            }
            var stop = from;
            while (stop < to && buffer[stop] != '\n') {
                stop++;
            }
            ended = stop < to;
            var count = stop - from;
            if (length + count > LONGEST) {
                tooLong = true;
                count = 0;
            }
            if (length + count > line.length) {
                line = Arrays.copyOf(line, Math.max(length + count, Math.min(LONGEST, line.length * 2)));
            }
            System.arraycopy(buffer, from, line, length, count);
            length += count;
            taken += stop - from + (ended ? 1 : 0);
            from = ended ? stop + 1 : stop;
        }
        if (length == 0 && !ended && !tooLong) {
            return null;
        }
        number++;
        return line(length, ended, tooLong);
    }

    private Line line(int length, boolean ended, boolean tooLong) {
        var end = ended ? "\n" : "";
        var size = length;
        if (ended && size > 0 && line[size - 1] == '\r') {
            size--;
            end = "\r\n";
        }
        if (tooLong) {
            return new Line(number, "", end, "longer than " + LONGEST / 1024 / 1024 + " MiB", 1);
        }
        var start =
                number == 1 && size >= 3 && line[0] == (byte) 0xEF && line[1] == (byte) 0xBB && line[2] == (byte) 0xBF
                        ? 3
                        : 0; // the mark that some programs put before UTF-8
        if (number == 1
                && size >= 2
                && (line[0] & 0xFF) + (line[1] & 0xFF) == 0xFF + 0xFE
                && (line[0] & 0xFF) >= 0xFE) {
            throw new BatchException(
                    BatchException.Why.USAGE,
                    "The input is in UTF-16.",
                    "Save it as UTF-8, or: iconv -f UTF-16 -t UTF-8");
        }
        var bytes = ByteBuffer.wrap(line, start, size - start);
        try {
            var text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(bytes)
                    .toString();
            var nul = text.indexOf('\0');
            return nul < 0
                    ? new Line(number, text, end, null, 0)
                    : new Line(number, text, end, "has the character U+0000", nul + 1);
        } catch (CharacterCodingException e) {
            var before = new String(line, start, bytes.position() - start, StandardCharsets.UTF_8);
            return new Line(number, before, end, "not UTF-8", before.length() + 1);
        }
    }
}
