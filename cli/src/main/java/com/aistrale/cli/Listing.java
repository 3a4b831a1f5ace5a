package com.aistrale.cli;

import com.aistrale.Paged;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** The begin of a list that may be long, read page by page as it is walked through; once. */
final class Listing<T> implements Iterable<T> {
    private final Iterator<T> found;
    private final int limit;
    private int read;

    private Listing(Iterator<T> found, int limit) {
        this.found = found;
        this.limit = limit;
    }

    static <T> Listing<T> of(Paged<T> list, int limit) {
        if (limit < 1) {
            throw new CliException("--limit is below 1: " + limit, "Give the number of rows.", Exit.USAGE);
        }
        return new Listing<>(list.iterator(), limit);
    }

    @Override
    public Iterator<T> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return read < limit && found.hasNext();
            }

            @Override
            public T next() {
                if (read >= limit) {
                    throw new NoSuchElementException();
                }
                read++;
                return found.next();
            }
        };
    }

    /** Says, where it was read to its limit, that it goes on. */
    void noteMore(Io io) {
        if (read >= limit && found.hasNext()) {
            io.note("There are more: these are the newest " + read + " (--limit).");
        }
    }
}
