package com.aistrale;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Carries calls out: tries, deadlines, headers, and the errors that answers become. Used by several threads at once. */
final class Exchange {
    private static final int UNAUTHORIZED = 401;
    private static final int LONGEST_ERROR = 1024 * 1024;
    private static final int LONGEST_ANSWER = 256 * 1024 * 1024;
    private static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(5);
    private final Settings settings;

    /**
     * @param url the server's, without a slash at its end
     * @param apiKey null for none
     * @param workspace the one that an operator acts in, null for the key's own
     * @param extra headers of the user's own, by their names in lower case
     * @param client what the server records as the caller: "java/0.1.0"
     */
    record Settings(
            String url,
            @Nullable String apiKey,
            @Nullable String workspace,
            Map<String, String> extra,
            String client,
            Duration timeout,
            Duration idleTimeout,
            Transport transport,
            RetryPolicy retries,
            Clocks clocks,
            DebugLog log) {
        @Override
        public String toString() {
            return "AISTRALE at " + url;
        }
    }

    Exchange(Settings settings) {
        this.settings = settings;
    }

    String url() {
        return settings.url();
    }

    /** The same for what is to go on although its server is away for a minute. */
    Exchange patient() {
        var is = settings;
        return new Exchange(new Settings(
                is.url(),
                is.apiKey(),
                is.workspace(),
                is.extra(),
                is.client(),
                is.timeout(),
                is.idleTimeout(),
                is.transport(),
                is.retries().patient(),
                is.clocks(),
                is.log()));
    }

    /** What becomes of an answer's body. */
    interface Reader<T> {
        T read(Transport.Response answer) throws IOException;
    }

    /** Carries the call out and reads its answer, which is then closed. */
    <T> T answer(Call call, Reader<T> reader) {
        return retrying(call, deadline -> {
            try (var answer = send(call, deadline)) {
                return reader.read(answer);
            } catch (IOException e) {
                throw lost(e, true);
            }
        });
    }

    /** The answer as a model of the SDK's. */
    <T> T object(Call call, String name, Function<Fields, T> read) {
        return answer(call, answer -> object(answer, name, read));
    }

    /** For calls whose answer has no body. */
    void noContent(Call call) {
        answer(call, Transport.Response::status);
    }

    /** Tries until it succeeds, or the policy or the deadline ends it. */
    <T> T retrying(Call call, Function<Deadline, T> attempt) {
        return retrying(call, deadline(call), 0, attempt);
    }

    /** As the other, within a deadline that runs already, and after some retries. */
    <T> T retrying(Call call, Deadline deadline, int before, Function<Deadline, T> attempt) {
        for (var retries = before; ; retries++) {
            try {
                return attempt.apply(deadline);
            } catch (ApiException e) {
                if (!waits(settings.retries().pause(e, call, retries), deadline)) {
                    throw e;
                }
            }
        }
    }

    /** An answer of 2xx; everything else is thrown. */
    Transport.Response send(Call call, Deadline deadline) {
        if (deadline.hasPassed()) {
            throw timedOut(deadline, null);
        }
        var request = new Transport.Request(
                call.method(),
                URI.create(settings.url() + call.target()),
                headers(call),
                call.body() == null ? null : call.body().text(),
                deadline.remaining(),
                settings.idleTimeout());
        Transport.Response answer;
        try {
            settings.log().sending(call);
            answer = settings.transport().send(request);
            settings.log().answered(call, answer);
        } catch (IOException e) {
            settings.log().failed(call, e);
            throw e instanceof Transport.NotConnected none ? notConnected(none) : lost(e, true);
        }
        if (answer.status() < 200 || answer.status() >= 300) {
            throw failure(call, deadline, answer).exception();
        }
        return answer;
    }

    <T> T object(Transport.Response answer, String name, Function<Fields, T> read) throws IOException {
        var text = new String(answer.body().readNBytes(LONGEST_ANSWER), UTF_8);
        try {
            return read.apply(new Fields(name, Json.parseObject(text)));
        } catch (Json.MalformedJson | Fields.Mismatch e) {
            var why = url() + " answered " + answer.status() + " and not as AISTRALE does (" + e.getMessage()
                    + "): is a proxy in between, or something else running there? Where the server is: api_url";
            throw new ApiStatusException(failure(answer.status(), answer.headers(), text), why, e);
        }
    }

    /** A model of the SDK's from the server's object. */
    <T> T read(Fields fields, Function<Fields, T> read) {
        try {
            return read.apply(fields);
        } catch (Fields.Mismatch e) {
            throw new ApiException(e.getMessage() + " (" + url() + ")", e);
        }
    }

    ApiConnectionException lost(IOException cause, boolean sent) {
        if (cause instanceof SocketTimeoutException) {
            return new ApiTimeoutException(
                    "no answer from " + url() + " in time (" + cause.getMessage() + "): give the call a longer timeout,"
                            + " or look at the server's log",
                    sent,
                    cause);
        }
        if (cause instanceof InterruptedIOException) {
            return new ApiConnectionException("the thread was interrupted while " + url() + " worked", sent, cause);
        }
        return new ApiConnectionException(
                "the connection to " + url() + " was lost (" + cause.getMessage() + "): the server's log may say why",
                sent,
                cause);
    }

    ApiTimeoutException timedOut(Deadline deadline, @Nullable Throwable cause) {
        return new ApiTimeoutException(
                "the call to " + url() + " took longer than its "
                        + deadline.whole().toMillis() + " ms: give it a longer timeout",
                true,
                cause);
    }

    private ApiConnectionException notConnected(Transport.NotConnected cause) {
        var message = "cannot connect to " + url() + " (" + cause.getMessage() + "): start a server there with"
                + " \"aistrale serve\", or set api_url (AISTRALE_API_URL) to where one runs";
        return cause.timedOut()
                ? new ApiTimeoutException(message, false, cause)
                : new ApiConnectionException(message, false, cause);
    }

    private Failure failure(Call call, Deadline deadline, Transport.Response answer) {
        var body = "";
        try (answer) {
            body = new String(answer.body().readNBytes(LONGEST_ERROR), UTF_8);
        } catch (IOException e) {
            body = ""; // the status says enough
        }
        if (answer.status() == UNAUTHORIZED && body.isEmpty() && !call.method().equals("GET")) {
            body = whyUnauthorized(deadline);
        }
        return failure(answer.status(), answer.headers(), body);
    }

    /** HttpURLConnection drops the body of a 401 to what is no GET; a GET says the same of the same key. */
    private String whyUnauthorized(Deadline deadline) {
        try {
            send(Call.get("/api/v1/whoami"), deadline).close();
        } catch (AuthenticationException e) {
            return e.body();
        } catch (ApiException | IOException e) {
            return ""; // the status says enough
        }
        return "";
    }

    /** What an error is, whether it came as an answer or as a stream's event. */
    Failure failure(int status, Map<String, String> headers, String body) {
        var key = settings.apiKey();
        var shown = key == null ? body : body.replace(key, "•••");
        var problem = Failure.problem(shown);
        var inBody = problem == null ? null : problem.requestId();
        var inHeader = headers.get("x-request-id");
        var verdict = headers.get("x-should-retry");
        return new Failure(
                url(),
                key != null,
                status,
                shown,
                problem,
                inHeader == null ? inBody : inHeader,
                RetryAfter.of(headers, problem, settings.clocks().now()),
                RateLimits.of(headers),
                "true".equals(verdict) ? Boolean.TRUE : "false".equals(verdict) ? Boolean.FALSE : null);
    }

    /** What an error is that came as a stream's event. */
    Failure failure(Transport.Response stream, String data) {
        var problem = Failure.problem(data);
        var status = problem == null || problem.status() == 0 ? 500 : problem.status();
        var id = stream.headers().get("x-request-id");
        return failure(status, id == null ? Map.of() : Map.of("x-request-id", id), data);
    }

    RetryPolicy retries() {
        return settings.retries();
    }

    Deadline deadline(Call call) {
        return new Deadline(settings.clocks(), call.timeout() == null ? settings.timeout() : call.timeout());
    }

    /** Waits, and is true; or is false at once where there is no pause, or the deadline is too near for it. */
    boolean waits(@Nullable Duration pause, Deadline deadline) {
        if (pause == null || deadline.remaining().compareTo(pause) <= 0) {
            return false;
        }
        sleep(pause);
        return true;
    }

    /** Ends an inference that nobody waits for: in the background, waited for so long at most, and whatever comes of it. */
    void cancel(Call cancel, Duration patience) {
        var ending = new Thread(
                () -> {
                    try {
                        send(cancel, new Deadline(settings.clocks(), CANCEL_TIMEOUT))
                                .close();
                    } catch (IOException | RuntimeException e) {
                        return; // it ends at its own deadline
                    }
                },
                "aistrale-cancel");
        ending.setDaemon(true);
        ending.start();
        var interrupted = Thread.interrupted(); // which may be why it ends, and would not let it be waited for
        try {
            ending.join(patience.toMillis());
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<String, String> headers(Call call) {
        var headers = new LinkedHashMap<>(settings.extra());
        if (settings.apiKey() != null) {
            headers.put("authorization", "Bearer " + settings.apiKey());
        }
        headers.put("accept", "application/json, text/event-stream");
        headers.put("user-agent", "aistrale-" + settings.client());
        headers.put("x-aistrale-client", settings.client());
        if (settings.workspace() != null) {
            headers.put("x-aistrale-workspace", settings.workspace());
        }
        if (call.body() != null) {
            headers.put("content-type", call.body().type());
        }
        headers.putAll(call.headers());
        return headers;
    }

    void sleep(Duration pause) {
        try {
            settings.clocks().sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiConnectionException("the thread was interrupted between two tries", true, e);
        }
    }
}
