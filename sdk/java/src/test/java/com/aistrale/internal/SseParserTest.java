package com.aistrale.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

class SseParserTest {
    private static List<SseEvent> parse(String text) {
        return parse(text.getBytes(UTF_8), new Random(1));
    }

    private static List<SseEvent> parse(byte[] bytes, Random cuts) {
        var events = new ArrayList<SseEvent>();
        var parser = new SseParser(1000, events::add);
        for (var at = 0; at < bytes.length; ) {
            var count = Math.min(bytes.length - at, 1 + cuts.nextInt(4));
            parser.feed(bytes, at, count);
            at += count;
        }
        return events;
    }

    @Test
    void readsTypeDataAndId() {
        assertThat(parse("event: delta\nid: 7\ndata: a\n\n")).containsExactly(new SseEvent("delta", "a", "7"));
    }

    @Test
    void anEventWithoutATypeIsAMessageAndTheIdStays() {
        assertThat(parse("id: 7\ndata: a\n\ndata: b\n\n"))
                .containsExactly(new SseEvent("message", "a", "7"), new SseEvent("message", "b", "7"));
    }

    @Test
    void joinsDataLinesAndTakesOnlyOneSpaceAway() {
        assertThat(parse("data:  a\ndata:b\ndata\ndata:\n\n"))
                .containsExactly(new SseEvent("message", " a\nb\n\n", ""));
    }

    @Test
    void commentsAndUnknownFieldsAreNoEvents() {
        assertThat(parse(": keep-alive\n\nretry: 10\nnonsense: x\n\n")).isEmpty();
    }

    @Test
    void aTypeWithoutDataIsForgotten() {
        assertThat(parse("event: delta\n\ndata: a\n\n")).containsExactly(new SseEvent("message", "a", ""));
    }

    @Test
    void anIdWithNulIsIgnored() {
        assertThat(parse("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n"))
                .extracting(SseEvent::lastId)
                .containsExactly("1", "1");
    }

    /** It says where the server is; one that was cut says nothing. */
    @Test
    void anIdWithoutDataCountsOnceItsEventIsWhole() {
        var parser = new SseParser(1000, event -> {});
        feed(parser, "id: 1\n\nid: 2\n");
        assertThat(parser.lastId()).isEqualTo("1");
        feed(parser, "\n");
        assertThat(parser.lastId()).isEqualTo("2");
    }

    private static void feed(SseParser parser, String text) {
        parser.feed(text.getBytes(UTF_8), 0, text.length());
    }

    @Test
    void oneByteOrderMarkAtTheStartIsPassedOver() {
        assertThat(parse("\uFEFFdata: a\n\n")).containsExactly(new SseEvent("message", "a", ""));
        assertThat(parse("\uFEFF\uFEFFdata: a\n\n")).isEmpty();
        assertThat(parse("data: \uFEFFa\n\n")).containsExactly(new SseEvent("message", "\uFEFFa", ""));
    }

    @Test
    void whatNoBlankLineEndedIsNoEvent() {
        assertThat(parse("data: a\n\ndata: b\n")).containsExactly(new SseEvent("message", "a", ""));
        assertThat(parse("data: a\n\ndata: b")).hasSize(1);
    }

    @Test
    void crAloneEndsALineAtOnce() {
        var events = new ArrayList<SseEvent>();
        var bytes = "data: a\r\r".getBytes(UTF_8);
        new SseParser(1000, events::add).feed(bytes, 0, bytes.length);
        assertThat(events).containsExactly(new SseEvent("message", "a", ""));
    }

    @Test
    void bytesThatAreNoUtf8BecomeReplacementCharacters() {
        var events = new ArrayList<SseEvent>();
        var bytes = new byte[] {'d', 'a', 't', 'a', ':', (byte) 0xff, '\n', '\n'};
        new SseParser(1000, events::add).feed(bytes, 0, bytes.length);
        assertThat(events).containsExactly(new SseEvent("message", "\uFFFD", ""));
    }

    @Test
    void refusesALineOrAnEventThatIsTooLong() {
        assertThatThrownBy(() -> parse("data: " + "x".repeat(1000))).isInstanceOf(SseParser.TooLong.class);
        assertThatThrownBy(() -> parse(("data: " + "x".repeat(400) + "\n").repeat(3)))
                .isInstanceOf(SseParser.TooLong.class);
    }

    /** Whatever is written comes out again, however its lines end and wherever its bytes are cut. */
    @Property(tries = 500)
    void readsWhatWasWritten(
            @ForAll("events") List<SseEvent> events, @ForAll("lineEnds") List<String> ends, @ForAll long seed) {
        var random = new Random(seed);
        var text = new StringBuilder(random.nextBoolean() ? "\uFEFF" : "");
        for (var event : events) {
            if (random.nextInt(3) == 0) {
                text.append(": a comment").append(pick(ends, random));
            }
            text.append("event:").append(random.nextBoolean() ? " " : "").append(event.type());
            text.append(pick(ends, random))
                    .append("id: ")
                    .append(event.lastId())
                    .append(pick(ends, random));
            for (var line : event.data().split("\n", -1)) {
                text.append("data: ").append(line).append(pick(ends, random));
            }
            text.append(pick(ends, random));
        }
        assertThat(parse(text.toString().getBytes(UTF_8), random)).isEqualTo(events);
    }

    private static String pick(List<String> ends, Random random) {
        return ends.get(random.nextInt(ends.size()));
    }

    @Provide
    Arbitrary<List<String>> lineEnds() {
        // A CR before an LF that is meant as another line's end would be one CRLF, in any parser: those two are not
        // mixed.
        return Arbitraries.of(List.of("\n"), List.of("\r"), List.of("\r\n"), List.of("\n", "\r\n"));
    }

    @Provide
    Arbitrary<List<SseEvent>> events() {
        var text = Arbitraries.strings()
                .withChars("ab :é模🙂\"{}")
                .ofMaxLength(12)
                .filter(s -> s.equals(new String(s.getBytes(UTF_8), UTF_8)));
        var data = text.list().ofMinSize(1).ofMaxSize(3).map(lines -> String.join("\n", lines));
        var type = Arbitraries.of("delta", "completed", "error", "x");
        var id = Arbitraries.integers().between(1, 9999).map(String::valueOf);
        return Combinators.combine(type, data, id).as(SseEvent::new).list().ofMaxSize(6);
    }
}
