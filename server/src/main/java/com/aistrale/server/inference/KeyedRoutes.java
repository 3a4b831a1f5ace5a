package com.aistrale.server.inference;

import com.aistrale.server.access.Caller;
import com.aistrale.server.idempotency.Claim;
import com.aistrale.server.idempotency.ClaimTaken;
import com.aistrale.server.idempotency.Claims;
import com.aistrale.server.idempotency.Ended;
import com.aistrale.server.idempotency.KeptAnswer;
import com.aistrale.server.idempotency.Ongoing;
import com.aistrale.server.idempotency.RequestKey;
import com.aistrale.server.idempotency.Standing;
import com.aistrale.server.idempotency.Transcript;
import com.aistrale.server.kit.http.Drain;
import com.aistrale.server.kit.http.EventStream;
import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Places;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import com.aistrale.server.limits.LimitHeaders;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How requests that run a model are answered on every surface: at once, or, with an Idempotency-Key, once. Without a key,
 * and with one where the request is not resumable, the provider's answer passes through on the thread of the request.
 */
public final class KeyedRoutes {
    private static final HeaderName KEY = HeaderNames.create("Idempotency-Key");
    private static final HeaderName LAST_EVENT_ID = HeaderNames.create("Last-Event-ID");
    private static final HeaderName REPLAYED = HeaderNames.create("idempotency-replayed");
    private static final Pattern KEYS = Pattern.compile("[!-~]([ -~]{0,253}[!-~])?");
    private static final Pattern NUMBERS = Pattern.compile("[0-9]{1,10}");
    private static final String EVENTS = "text/event-stream; charset=utf-8";
    private static final String JSON = "application/json";

    private static final Problem ANEW = Problem.of(
                    ProblemCode.OVERLOADED,
                    "The inference that this request waited for ended without an answer, after this stream had begun."
                            + " Send it again with the same Idempotency-Key.")
            .withRetryAfter(Duration.ofSeconds(1));

    /** How long to wait before the next look at what another node does. */
    private static final long SHORTEST_LOOK_MILLIS = 25;

    /** A request as its route read it. */
    public record Run(
            Caller caller,
            byte[] body,
            boolean stream,
            boolean resumable,
            @Nullable Duration timeout,
            Asking asking) {
        /** A request in a provider's format, which can say neither a deadline, a session nor another model to fall back to. */
        public static Run inFormat(
                Caller caller,
                Exchange exchange,
                byte[] body,
                ChatRequest chat,
                @Nullable String model,
                boolean stream,
                Map<String, String> metadata) {
            var trace = TraceHeaders.of(exchange);
            return new Run(
                    caller,
                    body,
                    stream,
                    false,
                    null,
                    keyed -> new Ask(
                            chat, model, null, List.of(), stream, null, metadata, null, null, trace, keyed, false));
        }
    }

    /** Makes what is asked. */
    @FunctionalInterface
    public interface Asking {
        Ask with(@Nullable Keyed keyed);
    }

    private final Inferences inferences;
    private final Claims claims;
    private final Ticker ticker;
    private final Drain drain;

    /** For requests that wait for another's run. */
    private final Places places = new Places(
            "requests that wait for the same one, sent before",
            "Send this one again with the same Idempotency-Key when it has ended.",
            Integer.MAX_VALUE,
            64,
            Duration.ofSeconds(1));

    public KeyedRoutes(Inferences inferences, Claims claims, Ticker ticker, Drain drain) {
        this.inferences = inferences;
        this.claims = claims;
        this.ticker = ticker;
        this.drain = drain;
    }

    /** Whatever the answer will be, it says how much the caller's key may still run. */
    public void limits(Exchange exchange, Caller caller) {
        LimitHeaders.on(exchange, caller, inferences.limits());
    }

    /** Answers. */
    public void answer(Exchange exchange, Run run, Surface surface) {
        var key = key(exchange);
        int seen = lastEvent(exchange, key, run.stream());
        if (key == null) {
            if (run.resumable()) {
                throw Problem.invalid(
                                "/resumable", "needs the header Idempotency-Key, by which the inference is found again")
                        .exception();
            }
            runs(
                    exchange,
                    run,
                    surface,
                    inferences.begin(run.caller(), run.asking().with(null)),
                    null);
            return;
        }
        var request = RequestKey.of(run.caller().workspaceId(), surface.route(), key, run.body());
        if (seen > 0) {
            goOn(exchange, run, surface, request, seen);
        } else {
            once(exchange, run, surface, request);
        }
    }

    /** By what a request is told when it comes again; null for one that says nothing of that. */
    static @Nullable String key(Exchange exchange) {
        var key = exchange.header(KEY);
        if (key != null && !KEYS.matcher(key).matches()) {
            throw Problem.of(
                            ProblemCode.INVALID_REQUEST,
                            "The header Idempotency-Key must be 1 to 255 printable ASCII characters, such as a UUID.")
                    .exception();
        }
        return key;
    }

    /** The number of the last event that the client saw; 0 for none. */
    private static int lastEvent(Exchange exchange, @Nullable String key, boolean stream) {
        var said = exchange.header(LAST_EVENT_ID);
        if (said == null) {
            return 0;
        }
        String wrong = null;
        if (!NUMBERS.matcher(said).matches()) {
            wrong = "must be the number of an event, not `" + said + "`";
        } else if (key == null) {
            wrong = "needs the Idempotency-Key of the stream that it goes on with";
        } else if (!stream) {
            wrong = "goes with `\"stream\": true` only";
        }
        if (wrong != null) {
            throw Problem.of(ProblemCode.INVALID_REQUEST, "The header Last-Event-ID " + wrong + ".")
                    .exception();
        }
        return (int) Math.min(Long.parseLong(said), Integer.MAX_VALUE);
    }

    /** Runs it, unless somebody does or did. */
    private void once(Exchange exchange, Run run, Surface surface, RequestKey request) {
        Waiting waiting = null;
        try {
            while (true) {
                var transcript = run.stream() ? new Transcript() : null;
                var claim = claims.claim(request, run.resumable() ? transcript : null);
                var keyed = new KeyedRun(claim, surface, exchange.requestId(), run.resumable(), transcript);
                var ask = run.asking().with(keyed);
                Running running;
                try {
                    running = inferences.begin(run.caller(), waiting == null ? ask : ask.within(waiting.left()));
                } catch (RuntimeException refused) {
                    keyed.refused(refused);
                    if (!(refused instanceof ClaimTaken) && !wasAnswered(refused, request)) {
                        throw refused;
                    }
                    if (waiting == null) {
                        waiting = new Waiting(ticker, drain, inferences.timeout(run.timeout()));
                    }
                    if (waited(exchange, run, surface, request, 0, waiting)) {
                        return;
                    }
                    continue;
                } catch (Error broken) {
                    keyed.refused(broken);
                    throw broken;
                }
                if (waiting != null) {
                    waiting.close();
                }
                keyed.begun(running);
                if (run.resumable()) {
                    runsAside(exchange, run, surface, running, keyed, claim.ongoing());
                } else {
                    runs(exchange, run, surface, running, keyed);
                }
                return;
            }
        } finally {
            if (waiting != null) {
                waiting.close();
            }
        }
    }

    /** Whether what cannot be run any more was answered when it could. */
    private boolean wasAnswered(RuntimeException refused, RequestKey request) {
        return refused instanceof ProblemException problem
                && problem.problem().code() == ProblemCode.NO_PROVIDER
                && claims.look(request) instanceof Standing.Answered;
    }

    /** Sends the rest of a stream, and runs nothing: what is new would not fit to what was seen. */
    private void goOn(Exchange exchange, Run run, Surface surface, RequestKey request, int seen) {
        try (var waiting = new Waiting(ticker, drain, inferences.timeout(run.timeout()))) {
            if (!waited(exchange, run, surface, request, seen, waiting)) {
                throw nowhere(seen).exception();
            }
        }
    }

    private static Problem nowhere(int seen) {
        return Problem.of(
                ProblemCode.CONFLICT,
                "There is no stream of this Idempotency-Key that goes on behind the event " + seen
                        + ": it is not known any more, was run anew, or has no such event. Nothing was run. Send the"
                        + " request without Last-Event-ID to have all of it.");
    }

    // ── a run on the thread of its request ──────────────────────────────────────────────────────────────────────────

    private void runs(Exchange exchange, Run run, Surface surface, Running running, @Nullable KeyedRun keyed) {
        try {
            if (run.stream()) {
                streams(exchange, surface, running, keyed);
            } else {
                completes(exchange, surface, running, keyed);
            }
        } catch (RuntimeException | Error failed) {
            if (keyed != null) {
                keyed.failed(failed);
            }
            throw failed;
        }
    }

    private static void completes(Exchange exchange, Surface surface, Running running, @Nullable KeyedRun keyed) {
        var answer = InferenceHeaders.complete(exchange, running);
        byte[] body;
        if (keyed == null) {
            body = surface.body(answer);
        } else {
            keyed.answered();
            body = keyed.kept().body();
        }
        exchange.send(200, JSON, body);
    }

    private void streams(Exchange exchange, Surface surface, Running running, @Nullable KeyedRun keyed) {
        var events = events(exchange, surface, () -> running.cancel("the client went away"))
                .beforeHead(() -> InferenceHeaders.set(exchange, running));
        var writer = keyed == null ? surface.events(running, 0) : null;
        ChunkSink sink = chunk -> {
            var text = keyed == null ? writer(writer).chunk(chunk) : keyed.chunk(chunk);
            if (!text.isEmpty()) {
                events.send(text);
            }
        };
        try (events) {
            var answer = running.stream(sink);
            String last;
            if (keyed == null) {
                last = writer(writer).completed(answer);
            } else {
                keyed.answered();
                last = keyed.last();
            }
            events.send(last);
            events.end();
        } catch (ProblemException failed) {
            events.close();
            if (!events.begun()) {
                throw failed;
            }
            var problem = failed.problem();
            var last = keyed == null ? writer(writer).failed(problem, exchange.requestId()) : keyed.last(problem);
            if (keyed != null) {
                keyed.failed(failed);
            }
            events.send(last);
            events.end();
        } finally {
            if (!events.begun()) {
                InferenceHeaders.set(exchange, running);
            }
        }
    }

    private EventStream events(Exchange exchange, Surface surface, Runnable broken) {
        var silent = surface.keepAlive();
        return silent == null
                ? new EventStream(exchange, null, broken)
                : new EventStream(exchange, ticker, broken, () -> silent);
    }

    private static Surface.Events writer(Surface.@Nullable Events writer) {
        if (writer == null) {
            throw new IllegalStateException("the writer is the keyed run's");
        }
        return writer;
    }

    // ── a run that goes on when its request ends ────────────────────────────────────────────────────────────────────

    private void runsAside(
            Exchange exchange, Run run, Surface surface, Running running, KeyedRun keyed, Ongoing ongoing) {
        var counted = drain.goesOn();
        Thread.ofVirtual().name(running.id()).start(() -> {
            try (counted) {
                keyed.run();
            }
        });
        try (var waiting = new Waiting(ticker, drain, inferences.timeout(run.timeout()))) {
            var transcript = ongoing.transcript();
            Runnable head = () -> InferenceHeaders.set(exchange, running);
            var failed = transcript == null
                    ? waits(exchange, ongoing, waiting)
                    : reads(exchange, surface, ongoing, transcript, 0, waiting, head);
            if (failed != null) {
                head.run();
                throw failed.problem().exception();
            }
        }
    }

    /** Sends the answer. @return the failure, when there is none */
    private static Ended.@Nullable Failed waits(Exchange exchange, Ongoing ongoing, Waiting waiting) {
        return switch (end(ongoing, waiting)) {
            case Ended.Answered(var kept) -> {
                InferenceHeaders.set(exchange, kept.inferenceId(), kept.headers());
                exchange.send(200, JSON, kept.body());
                yield null;
            }
            case Ended.Failed failed -> failed;
        };
    }

    private static Ended end(Ongoing ongoing, Waiting waiting) {
        var ended = ongoing.await(Waiting.LOOK);
        while (ended == null) {
            waiting.checkClient();
            ended = ongoing.await(Waiting.LOOK);
        }
        return ended;
    }

    /**
     * Sends what a run says, as it says it, from an event on.
     *
     * @param head sets the headers
     * @return the failure, when it came before anything was said or sent
     */
    private Ended.@Nullable Failed reads(
            Exchange exchange,
            Surface surface,
            Ongoing ongoing,
            Transcript transcript,
            int seen,
            Waiting waiting,
            Runnable head) {
        int last = seen;
        var events = events(exchange, surface, waiting::leave).beforeHead(head);
        try (events) {
            Transcript.Piece piece;
            do {
                piece = transcript.after(last, Waiting.LOOK);
                waiting.checkClient();
                if (!piece.events().isEmpty()) {
                    events.send(piece.events());
                }
                last = piece.last();
            } while (!piece.ended());
        }
        if (last == 0 && end(ongoing, waiting) instanceof Ended.Failed failed) {
            if (!events.begun()) {
                return failed;
            }
            events.send(surface.failure(failed.problem(), exchange.requestId()));
        }
        ends(exchange, events);
        return null;
    }

    /** Also of a stream of which there was nothing left to send. */
    private static void ends(Exchange exchange, EventStream events) {
        if (events.begun()) {
            events.end();
        } else {
            exchange.send(200, EVENTS, new byte[0]);
        }
    }

    // ── what others run or ran ──────────────────────────────────────────────────────────────────────────────────────

    /**
     * Waits for who runs the request, and gives what came of it.
     *
     * @param seen the number of the last event that the client saw; 0 for none
     * @return false when it did not come to an answer, so that it may be run; then nothing was sent
     */
    private boolean waited(Exchange exchange, Run run, Surface surface, RequestKey request, int seen, Waiting waiting) {
        EventStream events = null;
        try {
            String before = null;
            long pause = SHORTEST_LOOK_MILLIS;
            while (true) {
                var standing = claims.look(request);
                if (standing instanceof Standing.Answered(var kept)) {
                    replay(exchange, run, kept, seen, events);
                    return true;
                }
                if (!(standing instanceof Standing.Runs(var id, var runsBefore, var here))) {
                    waiting.checkServer();
                    refuseIfMeant(run, before);
                    if (events == null || !isBegun(events)) {
                        exchange.removeHeader(REPLAYED);
                        return false;
                    }
                    throw ANEW.exception();
                }
                waiting.check(id);
                waiting.take(places, run.caller().workspaceId());
                int behind = behind(runsBefore, seen);
                var live = here == null || !run.stream() || events != null ? null : here.transcript();
                if (events == null && run.stream() && (live != null || surface.keepAlive() != null)) {
                    head(exchange, run, id);
                }
                Ended ended;
                if (live != null) {
                    if (behind > live.size()) {
                        throw nowhere(seen).exception();
                    }
                    ended = reads(exchange, surface, here, live, behind, waiting, () -> answering(exchange, id));
                    if (ended == null) {
                        return true;
                    }
                } else {
                    if (events == null && run.stream() && surface.keepAlive() != null) {
                        events = events(exchange, surface, waiting::leave);
                    }
                    if (here == null) {
                        ended = null;
                        Thread.sleep(pause);
                        pause = Math.min(pause * 2, Waiting.LOOK.toMillis());
                        before = id;
                    } else {
                        ended = here.await(Waiting.LOOK);
                    }
                }
                switch (ended) {
                    case Ended.Answered(var kept) -> {
                        replay(exchange, run, kept, seen, events);
                        return true;
                    }
                    case Ended.Failed(var problem, var meant) when meant -> throw problem.exception();
                    case Ended.Failed notMeant -> {}
                    case null -> {}
                }
            }
        } catch (ProblemException failed) {
            exchange.removeHeader(REPLAYED);
            if (events == null || !isBegun(events)) {
                throw failed;
            }
            events.send(surface.failure(failed.problem(), exchange.requestId()));
            events.end();
            return true;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw ANEW.exception(stopping);
        } finally {
            if (events != null) {
                events.close();
            }
        }
    }

    /** From now on it sends nothing by itself. */
    private static boolean isBegun(EventStream events) {
        events.close();
        return events.begun();
    }

    /** For a stream that may begin before its inference is known to have an answer. */
    private void head(Exchange exchange, Run run, String inferenceId) {
        var record = inferences.telemetry.get(run.caller().workspaceId(), inferenceId);
        InferenceHeaders.set(exchange, inferenceId, record.provider());
        exchange.setHeader(REPLAYED, "true");
    }

    /** Who answers, when that is known. */
    private void answering(Exchange exchange, String inferenceId) {
        var running = inferences.running(inferenceId);
        if (running != null) {
            InferenceHeaders.set(exchange, running);
        }
    }

    /** Somebody ended what another node ran: then it is not to be run again for who waited for it. */
    private void refuseIfMeant(Run run, @Nullable String inferenceId) {
        if (inferenceId == null) {
            return;
        }
        var result = inferences
                .telemetry
                .get(run.caller().workspaceId(), inferenceId)
                .result();
        var failure = result == null ? null : result.failure();
        if (failure != null
                && failure.code().equals(ProblemCode.CANCELLED.wireName())
                && failure.message().contains(Running.MEANT)) {
            throw Problem.of(ProblemCode.CANCELLED, failure.message()).exception();
        }
    }

    /** The number, within its run, of the last event that was seen. */
    private static int behind(int run, int seen) {
        int number = seen == 0 ? 0 : Claim.eventIn(run, seen);
        if (number < 0) {
            throw nowhere(seen).exception();
        }
        return number;
    }

    private void replay(Exchange exchange, Run run, KeptAnswer kept, int seen, @Nullable EventStream begun) {
        var body = kept.body();
        int from = Transcript.behind(body, behind(kept.run(), seen));
        if (from < 0) {
            throw nowhere(seen).exception();
        }
        InferenceHeaders.set(exchange, kept.inferenceId(), kept.headers());
        exchange.setHeader(REPLAYED, "true");
        if (!run.stream()) {
            exchange.send(200, JSON, body);
            return;
        }
        var events = begun == null ? new EventStream(exchange, null, () -> {}) : begun;
        if (from < body.length) {
            events.send(Arrays.copyOfRange(body, from, body.length));
        } else {
            events.close();
        }
        ends(exchange, events);
    }
}
