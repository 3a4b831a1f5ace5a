package com.aistrale;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Events as they happen. Iterate over it once, by one thread; each step waits for the next event, and throws an {@link AistraleException}
 * where the connection was lost and cannot be made again. It ends only when it is closed, from any thread.
 */
public final class EventStream implements Iterable<Event>, AutoCloseable {
    private final Live<Event> live;

    private EventStream(Live<Event> live) {
        this.live = live;
    }

    static EventStream open(Exchange exchange, String target, EventOptions options) {
        var events = new Live.Subject<>("event", target, type -> true, Event::read);
        return new EventStream(new Live<>(exchange, events, options.behind(), options.watcher()));
    }

    /**
     * Where the stream is, for {@link EventOptions#behind} of a later one.
     *
     * @return the id of the last event that it gave, or of where it began; null before the server has said so
     */
    public @Nullable String lastEventId() {
        return live.lastId().isEmpty() ? null : live.lastId();
    }

    /**
     * The events, once.
     *
     * @throws IllegalStateException if they were asked for before
     */
    @Override
    public Iterator<Event> iterator() {
        return live.iterator();
    }

    /** Ends it. May be called several times, from any thread. */
    @Override
    public void close() {
        live.close();
    }
}
