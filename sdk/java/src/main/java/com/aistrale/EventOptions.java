package com.aistrale;

import java.util.List;
import java.util.function.Consumer;

/** Which events to stream, from where on, and who is told of connections that are lost. Immutable: each method returns other options. */
public final class EventOptions {
    private static final EventOptions NONE = new EventOptions(List.of(), "", Live.Watcher.NOBODY);
    private final List<String> types;
    private final String behind;
    private final Live.Watcher watcher;

    private EventOptions(List<String> types, String behind, Live.Watcher watcher) {
        this.types = types;
        this.behind = behind;
        this.watcher = watcher;
    }

    /**
     * Everything from now on.
     *
     * @return options to be chosen
     */
    public static EventOptions none() {
        return NONE;
    }

    /**
     * Only those of these types.
     *
     * @param types such as {@code inference.completed}; none for all
     * @return other options
     */
    public EventOptions types(String... types) {
        return new EventOptions(List.of(types), behind, watcher);
    }

    /**
     * Begin behind an event, with those that happened since.
     *
     * @param lastEventId {@link EventStream#lastEventId} of an earlier stream
     * @return other options
     */
    public EventOptions behind(String lastEventId) {
        return new EventOptions(types, lastEventId, watcher);
    }

    /**
     * Who is told, by the thread that iterates, that the connection was lost, before it is made again.
     *
     * @param told takes why
     * @return other options
     */
    public EventOptions onDisconnect(Consumer<ApiException> told) {
        return new EventOptions(types, behind, new Watching(told, watcher::again));
    }

    /**
     * Who is told, by the thread that iterates, that a lost connection was made again: the stream goes on where it was.
     *
     * @param told has nothing to know
     * @return other options
     */
    public EventOptions onReconnect(Runnable told) {
        return new EventOptions(types, behind, new Watching(watcher::lost, told));
    }

    List<String> types() {
        return types;
    }

    String behind() {
        return behind;
    }

    Live.Watcher watcher() {
        return watcher;
    }

    private record Watching(Consumer<ApiException> disconnected, Runnable reconnected) implements Live.Watcher {
        @Override
        public void lost(ApiException why) {
            disconnected.accept(why);
        }

        @Override
        public void again() {
            reconnected.run();
        }
    }
}
