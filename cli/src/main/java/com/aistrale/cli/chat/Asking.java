package com.aistrale.cli.chat;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.Inference;
import com.aistrale.InferenceStream;
import com.aistrale.RunOptions;
import com.aistrale.StreamEvent;
import com.aistrale.cli.text.SafeText;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One question and its answer on the screen, which may be stopped at any moment by another thread. */
final class Asking {
    /** The longest that leaving waits for the server to hear of it. */
    private static final long FAREWELL_MS = 1500;

    private final Host host;
    private final Screen screen;
    private final StringBuilder text = new StringBuilder();
    private final String key;
    private final CountDownLatch farewell = new CountDownLatch(1);
    private final Thread asker = Thread.currentThread();
    private @Nullable InferenceStream stream;
    private boolean stopped;
    private boolean over;

    /**
     * How it ended.
     *
     * @param text what came of the answer
     * @param answer the whole of it, null where it is not whole
     * @param id the inference's, null where it is not known
     * @param failure null where it did not fail
     */
    record Outcome(
            String text,
            @Nullable Inference answer,
            @Nullable String id,
            @Nullable AistraleException failure) {
        boolean stopped() {
            return answer == null && failure == null;
        }
    }

    /** @param key the question's, by which the server knows it */
    Asking(Host host, Screen screen, String key) {
        this.host = host;
        this.screen = screen;
        this.key = key;
    }

    Outcome ask(Aistrale client, RunOptions options) {
        var shown = screen.answer();
        @Nullable Inference answer = null;
        @Nullable AistraleException failure = null;
        try (var waiting = new Waiting(screen)) {
            answer = listen(client, options, shown, waiting);
        } catch (AistraleException e) {
            failure = e;
        }
        screen.print(shown.end());
        if (!text.isEmpty()) {
            screen.line();
        }
        return ended(answer, failure);
    }

    private @Nullable Inference listen(Aistrale client, RunOptions options, Answer shown, Waiting waiting) {
        var pieces = new SafeText.Pieces();
        try (var open = client.stream(options)) {
            if (!begins(open)) {
                return null;
            }
            for (var event : open) {
                if (isStopped()) {
                    return null;
                }
                switch (event) {
                    case StreamEvent.Text(var piece) -> {
                        waiting.close();
                        screen.measure();
                        text.append(piece);
                        screen.print(shown.more(pieces.next(piece)));
                    }
                    case StreamEvent.Thinking thinking -> waiting.thinking();
                    default -> {}
                }
            }
            return open.finalInference();
        }
    }

    private Outcome ended(@Nullable Inference answer, @Nullable AistraleException failure) {
        boolean wasStopped;
        @Nullable InferenceStream asked;
        synchronized (this) {
            over = true;
            wasStopped = stopped && answer == null;
            asked = stream;
        }
        if (stopped) {
            await();
        }
        Thread.interrupted(); // it was meant for what has ended
        return new Outcome(text.toString(), answer, asked == null ? null : asked.id(), wasStopped ? null : failure);
    }

    private void await() {
        Thread.interrupted();
        try {
            farewell.await(FAREWELL_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    /** Whether anybody still wants it. */
    private synchronized boolean begins(InferenceStream open) {
        stream = open;
        return !stopped;
    }

    /** Ends the answer, and the inference at the server. Returns when the server has heard of it, or after a second. */
    void stop() {
        @Nullable InferenceStream open;
        synchronized (this) {
            if (stopped || over) {
                return;
            }
            stopped = true;
            open = stream;
            if (open == null) {
                asker.interrupt();
            }
        }
        if (open != null) {
            open.cancel();
        } else {
            endByKey();
        }
        farewell.countDown();
    }

    /** Nothing has come of it yet, so that its id is not known. */
    private void endByKey() {
        try {
            host.impatient().inferences().cancelByKey(key);
        } catch (AistraleException e) {
            // It does not know of it, or is away: then it ends at its own deadline at the latest.
        }
    }
}
