package com.aistrale.server.events;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A place in the outbox, which orders the events of all nodes.
 *
 * @param transaction the one that appended, by the database's own count; 0 where a single process writes
 * @param seq the event's number
 */
public record Position(long transaction, long seq) implements Comparable<Position> {
    /** Before the first event. */
    public static final Position START = new Position(0, 0);

    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})-(\\d{1,18})");

    public Position {
        if (transaction < 0 || seq < 0) {
            throw new IllegalArgumentException("a position is below 0: " + transaction + "-" + seq);
        }
    }

    /** What {@link #toString} gave; empty for any other text. */
    public static Optional<Position> parse(String text) {
        var form = TEXT.matcher(text);
        return form.matches()
                ? Optional.of(new Position(Long.parseLong(form.group(1)), Long.parseLong(form.group(2))))
                : Optional.empty();
    }

    @Override
    public int compareTo(Position other) {
        int byTransaction = Long.compare(transaction, other.transaction);
        return byTransaction != 0 ? byTransaction : Long.compare(seq, other.seq);
    }

    /** Such as {@code 742-17}: for an SSE id, or a cursor. */
    @Override
    public String toString() {
        return transaction + "-" + seq;
    }
}
