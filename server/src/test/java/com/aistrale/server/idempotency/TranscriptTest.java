package com.aistrale.server.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TranscriptTest {
    private static final Duration NOW = Duration.ZERO;

    private static String event(int number, String text) {
        return "event: delta\nid: " + number + "\ndata: "
                + text.replace("\n", " ").replace("\r", " ") + "\n\n";
    }

    /** However its events come and wherever a reader stops and goes on, it reads the whole. */
    @Property(tries = 300)
    void whereverItIsSplitItIsTheSame(
            @ForAll @NotEmpty @Size(max = 30) List<String> texts,
            @ForAll @Size(max = 30) List<@IntRange(min = 1, max = 4) Integer> appended,
            @ForAll @Size(max = 10) List<@IntRange(max = 31) Integer> stops) {
        var transcript = new Transcript();
        var whole = new StringBuilder();
        var piece = new StringBuilder();
        var sizes = appended.iterator();
        int left = 1;
        for (int i = 0; i < texts.size(); i++) {
            piece.append(event(i + 1, texts.get(i)));
            if (--left == 0) {
                transcript.append(piece.toString());
                whole.append(piece);
                piece.setLength(0);
                left = sizes.hasNext() ? sizes.next() : 1;
            }
        }
        transcript.append(piece.toString());
        whole.append(piece);
        transcript.end();
        var bytes = Transcript.bytes(whole.toString());

        assertThat(transcript.size()).isEqualTo(texts.size());
        assertThat(transcript.text()).isEqualTo(whole.toString());
        for (int stop : stops) {
            int behind = Transcript.behind(bytes, stop);
            if (stop > texts.size()) {
                assertThat(behind).isEqualTo(-1);
            } else {
                var rest = transcript.after(stop, NOW);
                assertThat(rest.last()).isEqualTo(texts.size());
                assertThat(rest.ended()).isTrue();
                var first = IntStream.range(0, stop)
                        .mapToObj(i -> event(i + 1, texts.get(i)))
                        .reduce("", String::concat);
                assertThat(first + rest.events()).isEqualTo(whole.toString());
                assertThat(new String(bytes, behind, bytes.length - behind, java.nio.charset.StandardCharsets.UTF_8))
                        .isEqualTo(rest.events());
            }
        }
    }

    @Test
    void aReaderWaitsForMoreAndHearsOfTheEnd() throws Exception {
        var transcript = new Transcript();
        transcript.append(event(1, "a"));
        var read = new java.util.concurrent.LinkedBlockingQueue<Transcript.Piece>();
        var reader = Thread.ofVirtual().start(() -> {
            int last = 0;
            Transcript.Piece piece;
            do {
                piece = transcript.after(last, Duration.ofSeconds(10));
                last = piece.last();
                read.add(piece);
            } while (!piece.ended());
        });

        assertThat(read.take()).isEqualTo(new Transcript.Piece(event(1, "a"), 1, false));
        transcript.append(event(2, "b") + event(3, "c"));
        assertThat(read.take()).isEqualTo(new Transcript.Piece(event(2, "b") + event(3, "c"), 3, false));
        transcript.end();
        assertThat(read.take()).isEqualTo(new Transcript.Piece("", 3, true));
        reader.join();
    }

    @Test
    void whoWaitsInVainGetsNothing() {
        var transcript = new Transcript();

        assertThat(transcript.after(0, Duration.ofMillis(10))).isEqualTo(new Transcript.Piece("", 0, false));
    }

    @Test
    void eventsOfDifferentRunsHaveDifferentNumbers() {
        assertThat(Claim.eventIn(0, 12)).isEqualTo(12);
        assertThat(Claim.eventIn(1, 12)).isEqualTo(-1);
        assertThat(Claim.eventIn(1, 1_000_012)).isEqualTo(12);
        assertThat(Claim.eventIn(0, 1_000_012)).isEqualTo(-1);
        assertThat(Claim.eventIn(2, 1_000_012)).isEqualTo(-1);
        assertThat(Claim.eventIn(1, 1_000_000)).isEqualTo(-1);
    }
}
