package com.aistrale.cli.batch;

import com.aistrale.Transport;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One worker's way to the server. Where the server asks one to wait, all wait: the SDK's own retries come through here too. It also sees
 * whether an answer was there already, which no answer says itself.
 */
final class PacedTransport implements Transport {
    private static final int TOO_MANY = 429;
    private static final int UNAVAILABLE = 503;
    /** What is asked for longer than that ends the batch, and not with everybody waiting. */
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private final Transport transport;
    private final Pace pace;
    private int sent;
    private boolean replayed;

    PacedTransport(Transport transport, Pace pace) {
        this.transport = transport;
        this.pace = pace;
    }

    /** Another line begins. */
    void nextLine() {
        sent = 0;
        replayed = false;
    }

    /** Whether the line's answer was there before this program asked: it was paid before. */
    boolean wasReplayed() {
        return replayed;
    }

    @Override
    public Response send(Request request) throws IOException {
        try {
            pace.awaitOpen();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the server asked to wait");
        }
        var first = sent++ == 0;
        Response answer;
        try {
            answer = transport.send(request);
        } catch (NotConnected e) {
            sent--; // nothing can have begun
            throw e;
        }
        if (answer.status() == TOO_MANY || answer.status() == UNAVAILABLE) {
            sent--;
            pace.slow(pause(answer.headers().get("retry-after")));
        } else if (answer.status() >= 400 && answer.status() < 500) {
            sent--; // nothing has begun
        } else if (first) {
            replayed = "true".equals(answer.headers().get("idempotency-replayed"));
        }
        return answer;
    }

    /** A second where it does not say in seconds; the SDK, which reads all forms, then waits for this line alone. */
    private static Duration pause(@Nullable String seconds) {
        if (seconds == null || !seconds.matches("[0-9]{1,6}")) {
            return Duration.ofSeconds(1);
        }
        var asked = Duration.ofSeconds(Long.parseLong(seconds));
        return asked.compareTo(LONGEST_PAUSE) > 0 ? Duration.ZERO : asked;
    }
}
