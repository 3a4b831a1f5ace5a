package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.http.ServerSentEvents.Event;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSentEventsTest {
    @Test
    void typeDataAndId() throws IOException {
        assertThat(read("event: delta\ndata: {\"a\": 1}\nid: 7\n\n"))
                .containsExactly(new Event("delta", "{\"a\": 1}", "7"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void everyLineEnd(String end) throws IOException {
        var text = "data: 1" + end + end + ": keep-alive" + end + end + "data: 2" + end + "data: 3" + end + end;
        assertThat(read(text)).containsExactly(new Event("message", "1", null), new Event("message", "2\n3", null));
    }

    @Test
    void oneSpaceAfterTheColonIsNotData() throws IOException {
        assertThat(data("data:x\n\ndata: x\n\ndata:  x\n\ndata\n\n")).containsExactly("x", "x", " x", "");
    }

    @Test
    void aByteOrderMarkIsSkippedAtTheBeginningOnly() throws IOException {
        assertThat(data("\uFEFFdata: 1\n\ndata: \uFEFF2\n\n")).containsExactly("1", "\uFEFF2");
    }

    @Test
    void whatNoBlankLineEndedIsDiscarded() throws IOException {
        assertThat(data("data: 1\n\ndata: 2\n")).containsExactly("1");
        assertThat(data("data: 1\n\ndata: 2")).containsExactly("1");
        assertThat(data("")).isEmpty();
    }

    @Test
    void anEventWithoutDataIsNone() throws IOException {
        assertThat(read("event: x\n\ndata: 1\n\n")).containsExactly(new Event("message", "1", null));
    }

    @Test
    void theIdStaysUntilThereIsANewOne() throws IOException {
        assertThat(read("id: 1\ndata: a\n\ndata: b\n\nid: \0\ndata: c\n\nid\ndata: d\n\n"))
                .extracting(Event::id)
                .containsExactly("1", "1", "1", "");
    }

    @Test
    void otherFieldsAreIgnored() throws IOException {
        assertThat(data("retry: 10\nfoo: bar\ndata: 1\nDATA: 2\n\n")).containsExactly("1");
    }

    @Test
    void aLineLongerThanTheBuffer() throws IOException {
        var large = "x".repeat(100_000);
        assertThat(data("data: " + large + "\n\ndata: 2\n\n")).containsExactly(large, "2");
    }

    /** However the bytes come, in pieces of one byte or through the middle of a character, the events are the same. */
    @Property(tries = 500)
    void piecesDoNotMatter(@ForAll("streams") List<Event> events, @ForAll long seed) throws IOException {
        var random = new Random(seed);
        var bytes = written(events, random).getBytes(StandardCharsets.UTF_8);
        assertThat(read(new InPieces(bytes, random))).isEqualTo(events);
    }

    @Provide
    Arbitrary<List<Event>> streams() {
        var lines = Arbitraries.strings()
                .withChars(" :aé中\uFEFF{}\"\\\t")
                .withCharRange('a', 'z')
                .ofMaxLength(30)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(parts -> String.join("\n", parts) + "😀");
        var types = Arbitraries.of("message", "delta", "error");
        return Combinators.combine(types, lines)
                .as((type, data) -> new Event(type, data, null))
                .list()
                .ofMaxSize(5);
    }

    private static String written(List<Event> events, Random random) {
        boolean onlyCr = random.nextInt(3) == 0; // not beside others: CR, then LF, would be one end
        var text = new StringBuilder(random.nextBoolean() ? "\uFEFF" : "");
        for (var event : events) {
            if (random.nextBoolean()) {
                text.append(": comment").append(end(random, onlyCr));
            }
            if (!event.type().equals("message")) {
                text.append("event: ").append(event.type()).append(end(random, onlyCr));
            }
            for (var line : event.data().split("\n", -1)) {
                text.append("data: ").append(line).append(end(random, onlyCr));
            }
            text.append(end(random, onlyCr));
        }
        return text.toString();
    }

    private static String end(Random random, boolean onlyCr) {
        return onlyCr ? "\r" : random.nextBoolean() ? "\n" : "\r\n";
    }

    private static List<String> data(String text) throws IOException {
        return read(text).stream().map(Event::data).toList();
    }

    private static List<Event> read(String text) throws IOException {
        return read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<Event> read(InputStream in) throws IOException {
        var events = new ServerSentEvents(in);
        var all = new ArrayList<Event>();
        for (var event = events.next(); event != null; event = events.next()) {
            all.add(event);
        }
        return all;
    }

    private static final class InPieces extends InputStream {
        private final byte[] bytes;
        private final Random random;
        private int next;

        InPieces(byte[] bytes, Random random) {
            this.bytes = bytes;
            this.random = random;
        }

        @Override
        public int read() {
            return next == bytes.length ? -1 : bytes[next++] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (next == bytes.length) {
                return -1;
            }
            int piece = Math.min(Math.min(length, 1 + random.nextInt(3)), bytes.length - next);
            System.arraycopy(bytes, next, into, offset, piece);
            next += piece;
            return piece;
        }
    }
}
