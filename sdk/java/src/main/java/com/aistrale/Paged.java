package com.aistrale;

import com.aistrale.internal.Fields;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A list of the server's that comes in pages, each fetched when it is needed. May be iterated over several times, each time from the
 * start. Fetching throws an {@link AistraleException} where the server does not answer.
 *
 * @param <T> what the list has
 */
public final class Paged<T> implements Iterable<T> {
    private final Exchange exchange;
    private final String path;
    private final Map<String, String> parameters;
    private final Function<Fields, T> read;

    Paged(Exchange exchange, String path, Map<String, String> parameters, Function<Fields, T> read) {
        this.exchange = exchange;
        this.path = path;
        this.parameters = parameters;
        this.read = read;
    }

    @Override
    public Iterator<T> iterator() {
        return new Pages();
    }

    /**
     * The elements one after another.
     *
     * @return a sequential stream that fetches as it goes
     */
    public Stream<T> stream() {
        return StreamSupport.stream(spliterator(), false);
    }

    /**
     * All of them.
     *
     * @return empty where there is none
     */
    public List<T> toList() {
        return stream().collect(Collectors.toUnmodifiableList());
    }

    private record Page<T>(List<T> data, @Nullable String nextCursor) {}

    private final class Pages implements Iterator<T> {
        private final Deque<T> page = new ArrayDeque<>();
        private final Set<String> cursors = new HashSet<>();
        private @Nullable String cursor;
        private boolean last;

        @Override
        public boolean hasNext() {
            while (page.isEmpty() && !last) {
                fetch();
            }
            return !page.isEmpty();
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the list has ended");
            }
            return page.remove();
        }

        private void fetch() {
            var fetched = exchange.object(
                    Call.get(target()),
                    "page",
                    fields -> new Page<>(fields.list("data", read), fields.optionalText("next_cursor")));
            page.addAll(fetched.data());
            cursor = fetched.nextCursor();
            last = cursor == null;
            if (cursor != null && !cursors.add(cursor)) {
                throw new ApiException(
                        exchange.url() + path + " repeats its cursor \"" + cursor
                                + "\", so the list would never end: this is a defect of the server",
                        null);
            }
        }

        private String target() {
            var all = new LinkedHashMap<>(new TreeMap<>(parameters));
            if (cursor != null) {
                all.put("cursor", cursor);
            }
            return Call.target(path, all);
        }
    }
}
