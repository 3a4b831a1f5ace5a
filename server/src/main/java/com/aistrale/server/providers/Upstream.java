package com.aistrale.server.providers;

import com.aistrale.server.inference.ProviderCall;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.kit.http.Outbound;
import com.aistrale.server.kit.http.RetryAfter;
import com.aistrale.server.tokens.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One POST to a provider, with every way in which it can fail named once for all formats. */
public final class Upstream {
    /** Reads an answer of status 2xx. What it throws as {@link IOException} is a broken or late answer. */
    public interface Reader<T extends @Nullable Object> {
        T read(Outbound.Response response) throws IOException;
    }

    /** Reads the body of an error. */
    public interface ErrorMessage {
        /** The provider's own message; null when there is none. */
        @Nullable
        String of(byte[] body);

        /** Whether the body blames the credential, for providers whose status does not say so. */
        default boolean blamesCredential(byte[] body) {
            return false;
        }

        /** How long the body asks to wait, for providers that send no header for it; null when it does not say. */
        default @Nullable Duration retryAfter(byte[] body) {
            return null;
        }
    }

    private final Outbound outbound;
    private final InstantSource clock;

    public Upstream(Outbound outbound, InstantSource clock) {
        this.outbound = outbound;
        this.clock = clock;
    }

    /**
     * Posts JSON with the credential in the provider's header.
     *
     * @throws ProviderFailure for everything but a 2xx that {@code reader} could read
     */
    public <T extends @Nullable Object> T post(
            ProviderCall call,
            String path,
            Map<String, String> headers,
            byte[] body,
            ErrorMessage errorMessage,
            Reader<T> reader) {
        var url = call.endpoint().baseUrl() + path;
        var request = new Outbound.Request(
                "POST", url, headers(call.endpoint(), headers), body, call.timeout(), call.cancellation());
        try (var response = outbound.send(request)) {
            call.answered().accept(response.status());
            if (response.status() / 100 != 2) {
                throw refusal(call, response, errorMessage);
            }
            return reader.read(response);
        } catch (IOException broken) {
            throw failure(call, broken);
        }
    }

    /**
     * The body of what the provider has at {@code path}.
     *
     * @throws IOException when it does not answer 200 in time
     */
    public byte[] get(Endpoint endpoint, String path, Duration timeout) throws IOException {
        var request = new Outbound.Request(
                "GET", endpoint.baseUrl() + path, headers(endpoint, Map.of()), null, timeout, new Cancellation());
        try (var response = outbound.send(request)) {
            if (response.status() != 200) {
                throw new IOException("it answered " + response.status());
            }
            return response.bytes();
        }
    }

    private static Map<String, String> headers(Endpoint endpoint, Map<String, String> extra) {
        var headers = new HashMap<>(extra);
        var credential = endpoint.credential();
        if (credential != null) {
            switch (endpoint.spec().auth()) {
                case BEARER -> headers.put("authorization", "Bearer " + credential.reveal());
                case X_API_KEY -> headers.put("x-api-key", credential.reveal());
                case API_KEY -> headers.put("api-key", credential.reveal());
                case X_GOOG_API_KEY -> headers.put("x-goog-api-key", credential.reveal());
            }
        }
        return headers;
    }

    private ProviderFailure refusal(ProviderCall call, Outbound.Response response, ErrorMessage errorMessage)
            throws IOException {
        var body = response.bytes();
        int status = response.status();
        var message = errorMessage.of(body);
        if (status == 400 && errorMessage.blamesCredential(body)) {
            return credentialRefused(call, status, said(call, message));
        }
        var asked = RetryAfter.of(response::header, clock);
        return refusal(call, status, message, asked == null ? errorMessage.retryAfter(body) : asked);
    }

    /**
     * What an error of the provider's means: the status of its answer, or, for an error in mid-stream, the status the
     * same error would have had before the stream began.
     *
     * @param message the provider's own words, or null when it had none
     * @param retryAfter how long it asks to wait, or null; said of 429 and 5xx only
     */
    public static ProviderFailure refusal(
            ProviderCall call, int status, @Nullable String message, @Nullable Duration retryAfter) {
        var said = said(call, message);
        var title = call.endpoint().spec().title();
        return switch (status) {
            case 401, 403 -> credentialRefused(call, status, said);
            case 429 ->
                new ProviderFailure(
                        Kind.RATE_LIMITED,
                        call.endpoint().provider(),
                        title + " limits requests (429): " + said,
                        status,
                        retryAfter,
                        null);
            case 408 -> failure(call, Kind.TIMEOUT, title + " timed out (408): " + said, status, null);
            default ->
                status >= 400 && status < 500
                        ? failure(
                                call,
                                Kind.REJECTED,
                                title + " refused the request (" + status + "): " + said,
                                status,
                                null)
                        : new ProviderFailure(
                                Kind.FAILED,
                                call.endpoint().provider(),
                                title + " failed (" + status + "): " + said,
                                status,
                                retryAfter,
                                null);
        };
    }

    private static ProviderFailure credentialRefused(ProviderCall call, int status, String said) {
        var spec = call.endpoint().spec();
        var message = spec.title() + " refused the credential (" + status + "): " + said
                + " Put a valid one in its place: aistrale tokens add --provider " + spec.name();
        return failure(call, Kind.AUTHENTICATION, message, status, null);
    }

    private static String reason(IOException broken) {
        return broken.getMessage() == null ? "the connection ended" : broken.getMessage();
    }

    /** What an exception while calling means. */
    private static ProviderFailure failure(ProviderCall call, IOException broken) {
        var title = call.endpoint().spec().title();
        return switch (broken) {
            case Outbound.Cancelled cancelled -> {
                var reason = call.cancellation().reason();
                yield failure(call, Kind.CANCELLED, "The inference was cancelled: " + reason, null, cancelled);
            }
            case Outbound.TimedOut late ->
                failure(
                        call,
                        Kind.TIMEOUT,
                        title + " did not answer within " + call.timeout().toMillis() + " ms.",
                        null,
                        late);
            case Outbound.Unreachable unreachable ->
                failure(
                        call,
                        Kind.UNREACHABLE,
                        title + " cannot be reached at " + call.endpoint().baseUrl() + ": " + unreachable.getMessage()
                                + ".",
                        null,
                        unreachable);
            default ->
                failure(call, Kind.FAILED, title + " broke off its answer: " + reason(broken) + ".", null, broken);
        };
    }

    private static ProviderFailure failure(
            ProviderCall call, Kind kind, String message, @Nullable Integer status, @Nullable Throwable cause) {
        return new ProviderFailure(kind, call.endpoint().provider(), message, status, null, cause);
    }

    private static String said(ProviderCall call, @Nullable String message) {
        return message == null ? "(no message)" : clean(call, message);
    }

    /** A provider may quote a wrong key back; a whole one does not leave. */
    private static String clean(ProviderCall call, String message) {
        var credential = call.endpoint().credential();
        var cleaned = credential == null ? message : message.replace(credential.reveal(), "•••");
        var oneLine = cleaned.strip().replaceAll("\\s+", " ");
        var short_ = oneLine.length() > 2000 ? oneLine.substring(0, 2000) + "…" : oneLine;
        return short_.isEmpty() || ".!?…".indexOf(short_.charAt(short_.length() - 1)) >= 0 ? short_ : short_ + ".";
    }
}
