package com.aistrale.cli.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final Request LINE = Request.of(7, null, Map.of("prompt", "Hello"), Map.of());
    private static final Request CHANGED = Request.of(7, null, Map.of("prompt", "Bye"), Map.of());

    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private Journal journal() {
        var journal = Journal.of(folder.resolve("out.jsonl"), "name", new Ledger(), () -> now);
        journal.open(2);
        return journal;
    }

    private String places() throws IOException {
        var text = Files.readString(folder.resolve(".out.jsonl.batch"));
        return text.lines().skip(1).filter(line -> !line.isBlank()).toList().toString();
    }

    /** As a run leaves it that was killed while the line was under way. */
    private String killed() throws IOException {
        try (var journal = journal()) {
            journal.begins(LINE, 0);
            return places();
        }
    }

    @Test
    void ofWhatNeverBeganNothingIsKept() throws Exception {
        try (var journal = journal()) {
            journal.begins(LINE, 0);
            assertThat(places()).contains("0000000007 " + Request.hex(LINE.hash()));
            journal.neverBegan(LINE);
            assertThat(places()).isEqualTo("[]");
            assertThat(journal.isEmpty()).isTrue();
        }
    }

    @Test
    void whatWasUnderWayBeforeStaysSoAndAsLongAgo() throws Exception {
        var before = killed();
        for (var hours : new int[] {1, 30}) { // known to the server, and not any more
            now = now.plus(Duration.ofHours(hours));
            for (var request : new Request[] {LINE, CHANGED}) {
                try (var journal = journal()) {
                    journal.begins(request, 0);
                    journal.neverBegan(request);
                    assertThat(journal.isEmpty()).isFalse();
                }
                assertThat(places()).isEqualTo(before);
            }
        }
    }

    @Test
    void whatHasEndedIsNotUnderWayAgain() throws Exception {
        killed();
        try (var journal = journal()) {
            journal.begins(LINE, 0);
            journal.ends(LINE);
            journal.neverBegan(LINE);
            assertThat(places()).isEqualTo("[]");
        }
    }

    @Test
    void aLineWhoseTurnComesTooLateIsForgotten() throws Exception {
        var before = killed();
        now = now.plus(Duration.ofHours(23));
        try (var journal = journal()) {
            assertThat(journal.hasLost()).isFalse();
            now = now.plus(Duration.ofMinutes(58));
            assertThat(journal.isForgotten(LINE, 0)).isFalse();
            now = now.plus(Duration.ofMinutes(1));
            assertThat(journal.isForgotten(LINE, 0)).isTrue();
            assertThat(journal.isForgotten(CHANGED, 0)).isFalse();
            assertThat(journal.isForgotten(LINE, 1)).isFalse();
            assertThat(places()).isEqualTo(before);
            journal.begins(LINE, 0); // somebody has said so
            assertThat(journal.isForgotten(LINE, 0)).isFalse();
            assertThat(places()).isNotEqualTo(before).contains("%011d".formatted(now.getEpochSecond()));
        }
    }
}
