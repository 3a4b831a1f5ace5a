package com.aistrale.emulator.journal;

import com.aistrale.emulator.http.Request;
import com.aistrale.emulator.journal.Recorded.Ending;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every request since the last reset, up to 10,000 of them; then the oldest go. Safe for use by several threads. */
public final class Journal {
    private static final int MOST = 10_000;

    private final InstantSource clock;
    private final List<Entry> entries = new ArrayList<>();
    private int last;

    public Journal(InstantSource clock) {
        this.clock = clock;
    }

    /** Writes down that a request has come. */
    public synchronized Entry begin(String provider, Request request) {
        if (entries.size() == MOST) {
            entries.removeFirst();
        }
        Entry entry = new Entry(++last, clock.instant(), provider, request);
        entries.add(entry);
        return entry;
    }

    /** All, oldest first. */
    public synchronized List<Recorded> all() {
        return entries.stream().map(Entry::recorded).toList();
    }

    public synchronized void clear() {
        entries.clear();
        last = 0;
    }

    /** One request that is being answered. Written by its own thread, read by any. */
    public static final class Entry {
        private final int number;
        private final Instant at;
        private final String provider;
        private final Request request;
        private volatile @Nullable String model;
        private volatile int status;
        private volatile int chunks;
        private volatile Ending ending = Ending.RUNNING;

        private Entry(int number, Instant at, String provider, Request request) {
            this.number = number;
            this.at = at;
            this.provider = provider;
            this.request = request;
        }

        public void model(String name) {
            model = name;
        }

        public void status(int sent) {
            status = sent;
        }

        public void chunks(int sent) {
            chunks = sent;
        }

        public void end(Ending how) {
            ending = how;
        }

        Recorded recorded() {
            return new Recorded(
                    number,
                    at,
                    provider,
                    request.method(),
                    request.path(),
                    Fingerprint.mask(request.headers()),
                    request.text(),
                    model,
                    status,
                    chunks,
                    ending);
        }
    }
}
