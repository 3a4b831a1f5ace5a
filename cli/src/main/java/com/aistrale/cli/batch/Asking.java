package com.aistrale.cli.batch;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.ApiConnectionException;
import com.aistrale.ApiStatusException;
import com.aistrale.ApiTimeoutException;
import com.aistrale.AuthenticationException;
import com.aistrale.BudgetExceededException;
import com.aistrale.OverloadedException;
import com.aistrale.RateLimitException;
import com.aistrale.StreamInterruptedException;
import com.aistrale.cli.batch.BatchException.Why;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Asks one line after the other, and tells what is wrong with a line from what is wrong with everything: only the first is a failure, the
 * second ends the batch. What passes by itself is waited for.
 */
final class Asking {
    /** How long one line waits, over all its tries, for a server or a provider that has too much to do. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    /** The same where a gateway before the server says that it is not there. */
    private static final Duration FOR_A_GATEWAY = Duration.ofMinutes(2);

    private static final int MOST_BREAKS = 3;
    private final Aistrale client;
    private final PacedTransport transport;
    private final Pace pace;

    private Asking(Aistrale client, PacedTransport transport, Pace pace) {
        this.client = client;
        this.transport = transport;
        this.pace = pace;
    }

    /** With a client of its own. Throws a {@link BatchException} where none can be made. */
    static Asking with(Batch.Clients clients, Pace pace) {
        var transports = new ArrayDeque<PacedTransport>();
        try {
            var client = clients.client(transport -> {
                transports.push(new PacedTransport(transport, pace));
                return transports.getFirst();
            });
            return new Asking(client, transports.getFirst(), pace);
        } catch (AistraleException e) {
            throw new BatchException(
                    Why.USAGE, said(e), "What is written is kept. When that is mended, the same command goes on.");
        }
    }

    /**
     * What becomes of it. Throws a {@link BatchException} where no line would fare better, and {@link PacedTransport.Stopped} where the
     * batch ends before anything of it has begun.
     *
     * @param ended how often it has ended in a failure before
     */
    Outcome ask(Request request, String key, int ended) throws InterruptedException {
        transport.nextLine();
        var began = System.nanoTime();
        for (var breaks = 0; ; ) {
            try {
                var answer = request.ask(client, key);
                return new Outcome.Answered(request, answer, transport.wasReplayed());
            } catch (RateLimitException | OverloadedException e) {
                await(e, Duration.ofNanos(System.nanoTime() - began), PATIENCE);
            } catch (BudgetExceededException e) {
                if (e.retryAfter() == null) {
                    throw new BatchException(
                            Why.MONEY,
                            said(e),
                            "What is written is kept. Raise the budget (aistrale budgets list), or wait for its next period;"
                                    + " then the same command goes on.");
                }
                await(e, Duration.ofNanos(System.nanoTime() - began), PATIENCE);
            } catch (AuthenticationException e) {
                throw new BatchException(
                        Why.ACCESS,
                        said(e),
                        "Give the right API key: aistrale config set api_key, or AISTRALE_API_KEY; then the same command goes on.");
            } catch (StreamInterruptedException e) {
                if (++breaks > MOST_BREAKS) {
                    return fail(request, "stream_interrupted", e, e.inferenceId(), ended, false);
                }
            } catch (ApiTimeoutException e) {
                if (!e.mayHaveBeenSent()) {
                    throw gone(e);
                }
                return fail(request, "timeout", e, null, ended, false);
            } catch (ApiConnectionException e) {
                throw gone(e);
            } catch (ApiStatusException e) {
                var code = e.code();
                if (code == null && e.status() > 500) {
                    await(e, Duration.ofNanos(System.nanoTime() - began), FOR_A_GATEWAY);
                } else {
                    var isOver = code != null && e.status() >= 400;
                    return fail(request, code == null ? "status_" + e.status() : code, e, inference(e), ended, isOver);
                }
            } catch (AistraleException e) {
                return fail(request, "not_understood", e, null, ended, false);
            }
        }
    }

    /** Whether the server may have begun with the line that was asked last. */
    boolean mayHaveBegun() {
        return transport.mayHaveBegun();
    }

    private static Outcome fail(
            Request request, String code, AistraleException e, @Nullable String inference, int ended, boolean isOver) {
        return new Outcome.Failed(request, code, said(e), inference, ended + (isOver ? 1 : 0), isOver);
    }

    private static @Nullable String inference(ApiStatusException e) {
        var problem = e.problem();
        return problem != null && problem.json().get("inference_id") instanceof String id ? id : null;
    }

    /** The SDK has tried again some times. A batch has more time than a caller, but not for ever. */
    private void await(ApiStatusException e, Duration waited, Duration patience) throws InterruptedException {
        var asked = e.retryAfter();
        var pause = asked == null ? Duration.ofSeconds(1) : asked;
        if (pause.compareTo(PacedTransport.LONGEST_PAUSE) > 0
                || waited.plus(pause).compareTo(patience) > 0) {
            throw new BatchException(
                    e instanceof BudgetExceededException ? Why.MONEY : Why.PROVIDER,
                    said(e),
                    "What is written is kept. Run the same command again"
                            + (asked == null
                                    ? " later."
                                    : " in " + Progress.time(Math.max(1, asked.toSeconds())) + "."));
        }
        pace.slow(pause);
        pace.awaitOpen();
    }

    private static BatchException gone(ApiConnectionException e) {
        return new BatchException(
                Why.CONNECTION,
                said(e),
                "What is written is kept: when the server is there again, the same command goes on, and pays nothing twice.");
    }

    private static String said(AistraleException e) {
        return String.valueOf(e.getMessage());
    }
}
