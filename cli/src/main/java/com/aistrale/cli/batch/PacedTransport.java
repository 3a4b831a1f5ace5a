package com.aistrale.cli.batch;

import com.aistrale.Transport;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;

/**
 * One worker's way to the server. Where the server asks one to wait, all wait: the SDK's own retries come through here too. It also sees
 * whether anything of a line can have begun, and whether an answer was there already, which no answer says itself.
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

    /** The batch has come to its end before anything of the line can have begun: it is not asked any more. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

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

    /** Whether the server may have begun with the line; false where each try was refused, or did not come so far as to a server. */
    boolean mayHaveBegun() {
        return sent > 0;
    }

    @Override
    public Response send(Request request) throws IOException {
        try {
            pace.awaitOpen();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the server asked to wait");
        }
        if (!request.method().equals("POST")) {
            return transport.send(request); // why the key was refused: nothing begins by that
        }
        if (sent == 0 && pace.isStopped()) {
            throw new Stopped();
        }
        var first = sent++ == 0;
        Response answer;
        try {
            answer = transport.send(request);
        } catch (NotConnected e) {
            sent--; // nothing can have begun
            throw e;
        }
        var isRefused = isRefused(answer);
        if (isRefused) {
            sent--; // nothing has begun
        } else if (first) {
            replayed = "true".equals(answer.headers().get("idempotency-replayed"));
        }
        if (answer.status() == TOO_MANY || answer.status() == UNAVAILABLE) {
            var asked = answer.headers().get("retry-after");
            var pause = pause(asked);
            pace.slow(pause);
            if (answer.status() == TOO_MANY && asked != null && pause.isPositive()) {
                return notByTheSdk(answer);
            }
        }
        return answer;
    }

    /** A gateway says 503 also of what it has lost behind itself; of what it refuses itself, as the server does, it says 4xx. */
    private static boolean isRefused(Response answer) {
        return answer.status() == UNAVAILABLE
                ? answer.headers().getOrDefault("content-type", "").startsWith("application/problem+json")
                : answer.status() >= 400 && answer.status() < 500;
    }

    /** The SDK is not to wait itself, deaf to the batch's end: whoever asks the line waits, with all others. */
    private static Response notByTheSdk(Response answer) {
        var headers = new HashMap<>(answer.headers());
        headers.put("x-should-retry", "false");
        return new Response(answer.status(), headers, answer.body());
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
