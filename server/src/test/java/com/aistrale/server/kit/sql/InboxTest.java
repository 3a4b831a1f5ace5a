package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class InboxTest {
    private static final class Letter extends Inbox.Item<Letter> {
        final int from;
        final int number;

        Letter(int from, int number) {
            this.from = from;
            this.number = number;
        }
    }

    @Test
    void whatManySendComesWholeAndEachOnesInOrder() {
        var inbox = new Inbox<Letter>();
        var seen = new int[4];
        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int from = 0; from < seen.length; from++) {
                int sender = from;
                senders.submit(() -> {
                    for (int number = 0; number < 10_000; number++) {
                        inbox.add(new Letter(sender, number));
                    }
                });
            }
            int read = 0;
            while (read < seen.length * 10_000) {
                var letter = inbox.poll();
                if (letter != null) {
                    assertThat(letter.number).isEqualTo(seen[letter.from]++);
                    read++;
                }
            }
        }

        assertThat(inbox.isEmpty()).isTrue();
        assertThat(inbox.poll()).isNull();
    }

    /** Else one that grew old keeps all later ones. */
    @Test
    void whatIsTakenLeadsToNoOther() {
        var inbox = new Inbox<Letter>();
        var all = new ArrayList<Letter>();
        for (int i = 0; i < 3; i++) {
            var letter = new Letter(0, i);
            inbox.add(letter);
            all.add(letter);
        }
        while (inbox.poll() != null) {
            assertThat(inbox).isNotNull();
        }
        var first = new WeakReference<>(all.getFirst());
        var last = all.getLast();
        all.clear();

        for (int i = 0; i < 50 && first.get() != null; i++) {
            System.gc();
        }

        assertThat(first.get()).as("while the last one is held").isNull();
        assertThat(last.number).isEqualTo(2);
    }
}
