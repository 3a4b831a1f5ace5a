package com.aistrale.cli.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.batch.BatchException.Why;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class BatchTest {
    private static final Screen NOBODY = new Screen() {
        @Override
        public boolean isLive() {
            return false;
        }

        @Override
        public int width() {
            return 80;
        }

        @Override
        public void write(String text) {}

        @Override
        public Said ask(String question) {
            return Said.NOBODY;
        }

        @Override
        public OutputStream out() {
            return OutputStream.nullOutputStream();
        }
    };

    @TempDir
    Path folder;

    @Test
    @Timeout(20)
    void withoutAClientItEnds() throws Exception {
        var input = Files.writeString(folder.resolve("in.txt"), "One\nTwo\n");
        var plan = new Plan(
                new Input(input, InputStream.nullInputStream(), Input.Format.TEXT),
                Shape.plain(Map.of(), Map.of()),
                folder.resolve("out.jsonl"),
                null,
                null,
                2,
                Duration.ZERO,
                null,
                Long.MAX_VALUE,
                true,
                Plan.Changed.STOP,
                false,
                50,
                false);
        var report = new Batch(
                        plan,
                        around -> {
                            throw new OutOfMemoryError("as the test wants it");
                        },
                        NOBODY)
                .run();
        var stopped = requireNonNull(report.stopped());
        assertThat(stopped.what()).contains("as the test wants it");
        assertThat(stopped.why()).isEqualTo(Why.FILES);
    }
}
