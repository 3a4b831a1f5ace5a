package com.aistrale.server.kit.http;

import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import io.helidon.common.buffers.DataReader.InsufficientDataAvailableException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A request and its answer, with what every feature needs of them. One thread. */
public final class Exchange {
    private static final HeaderName ACCEPT = HeaderNames.ACCEPT;

    private final ServerRequest request;
    private final ServerResponse response;
    private final String requestId;
    private final long maxBodyBytes;
    private IntConsumer beforeHead = status -> {};

    Exchange(ServerRequest request, ServerResponse response, String requestId, long maxBodyBytes) {
        this.request = request;
        this.response = response;
        this.requestId = requestId;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** {@code req_…}, sent as {@code x-request-id} and found in the log. */
    public String requestId() {
        return requestId;
    }

    public @Nullable String header(HeaderName name) {
        var headers = request.headers();
        return headers.contains(name) ? headers.get(name).get() : null;
    }

    /** A query parameter's first value; null when absent or empty. */
    public @Nullable String query(String name) {
        var value = request.query().first(name).orElse("");
        return value.isEmpty() ? null : value;
    }

    /** All values of a query parameter, in the order in which they came. */
    List<String> queries(String name) {
        return request.query().all(name, List::of);
    }

    /** The names of all query parameters. */
    public Iterable<String> queryNames() {
        return request.query().names();
    }

    /** The query, typed. @param known every parameter that the path has */
    public Query query(Collection<String> known) {
        return query(known, name -> false);
    }

    /** The query, typed. @param alsoKnown for parameters whose names are the caller's, such as {@code metadata.KEY} */
    public Query query(Collection<String> known, Predicate<String> alsoKnown) {
        return new Query(this, known, alsoKnown);
    }

    /** A segment of the path, such as {@code id} of {@code /things/{id}}. */
    public String pathParameter(String name) {
        return request.path().pathParameters().get(name);
    }

    /** For which revisions the change is meant. @throws ProblemException {@code invalid_request} */
    public IfMatch ifMatch() {
        return IfMatch.read(header(HeaderNames.IF_MATCH));
    }

    /** The answer's {@code ETag}: what {@link IfMatch} compares. */
    public Exchange setRevision(long revision) {
        return setHeader(HeaderNames.ETAG, "\"" + revision + "\"");
    }

    /** The whole body as text in UTF-8, of one of these media types or of none; a 400, 413 or 415 when it is not. */
    public String textBody(Collection<String> mediaTypes) {
        var type = header(HeaderNames.CONTENT_TYPE);
        if (type != null && !mediaTypes.contains(media(type).toLowerCase(Locale.ROOT))) {
            throw Problem.of(
                            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                            "The body came as `" + type + "`; send it with `Content-Type: "
                                    + mediaTypes.iterator().next() + "`.")
                    .exception();
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body()))
                    .toString();
        } catch (CharacterCodingException wrong) {
            throw Problem.invalid("", "the body is not text in UTF-8").exception();
        }
    }

    /** The whole body as a JSON object; a 400, 413 or 415 when it is none. */
    public ObjectNode jsonBody() {
        return Json.body(jsonBytes());
    }

    /** The body as a JSON object; none is the same as an empty one. */
    public ObjectNode optionalJsonBody() {
        var bytes = jsonBytes();
        return bytes.length == 0 ? Json.object() : Json.body(bytes);
    }

    /** The whole body as it came, sent as JSON; a 413 or 415 when it is not. To be read by {@link Json#body}. */
    public byte[] jsonBytes() {
        var type = header(HeaderNames.CONTENT_TYPE);
        if (type != null && !isJson(type)) {
            throw Problem.of(
                            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                            "The body came as `" + type + "`; send JSON with `Content-Type: application/json`.")
                    .exception();
        }
        return body();
    }

    private static boolean isJson(String type) {
        var media = media(type);
        return media.equalsIgnoreCase("application/json")
                || media.toLowerCase(Locale.ROOT).endsWith("+json");
    }

    /** Without parameters such as the charset. */
    private static String media(String type) {
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).strip();
    }

    private byte[] body() {
        var length = request.headers().contentLength();
        if (length.isPresent() && length.getAsLong() > maxBodyBytes) {
            throw tooLarge();
        }
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        var in = request.content().inputStream(); // closing it reads on, so that is for whole bodies only
        try {
            var bytes = length.isPresent() ? exactly(in, (int) length.getAsLong()) : upToLimit(in);
            in.close();
            return bytes;
        } catch (IOException | InsufficientDataAvailableException broken) {
            throw unreadable("The body broke off before its end.", broken);
        } catch (NumberFormatException malformed) {
            throw unreadable("The body is not valid in the chunked transfer coding.", malformed);
        }
    }

    /** The connection ends with the answer, as nobody knows where the next request would begin. */
    private RuntimeException unreadable(String detail, Exception cause) {
        response.headers().set(HeaderValues.CONNECTION_CLOSE);
        return Problem.of(ProblemCode.INVALID_REQUEST, detail).exception(cause);
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        var bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new IOException("got " + bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }

    private byte[] upToLimit(InputStream in) throws IOException {
        var bytes = new byte[8192];
        int size = 0;
        while (true) {
            int read = in.read(bytes, size, bytes.length - size);
            if (read < 0) {
                return Arrays.copyOf(bytes, size);
            }
            size += read;
            if (size > maxBodyBytes) {
                throw tooLarge();
            }
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, bytes.length * 2);
            }
        }
    }

    /** The connection ends with the answer, as the rest of the body is not read. */
    private RuntimeException tooLarge() {
        response.headers().set(HeaderValues.CONNECTION_CLOSE);
        return tooLarge(maxBodyBytes).exception();
    }

    static Problem tooLarge(long maxBodyBytes) {
        return Problem.of(
                ProblemCode.PAYLOAD_TOO_LARGE,
                "The body is larger than " + maxBodyBytes + " bytes, the most this server reads"
                        + " (http.max_body_bytes).");
    }

    /** Whether the client takes this media type; without an Accept header it takes everything. */
    public void requireAcceptable(String mediaType) {
        var accept = header(ACCEPT);
        if (accept == null || accept.contains("*/*") || accept.contains(mediaType)) {
            return;
        }
        var major = mediaType.substring(0, mediaType.indexOf('/'));
        if (!accept.contains(major + "/*")) {
            throw Problem.of(
                            ProblemCode.NOT_ACCEPTABLE,
                            "The answer is `" + mediaType + "`, which `Accept: " + accept + "` leaves out.")
                    .exception();
        }
    }

    public Exchange setHeader(HeaderName name, String value) {
        response.headers().set(name, value);
        return this;
    }

    /** @param last called with the status when an answer, or a failure, is about to leave: it may still set headers */
    public void beforeHead(IntConsumer last) {
        beforeHead = last;
    }

    /** Takes back what {@link #setHeader} set. */
    public void removeHeader(HeaderName name) {
        response.headers().remove(name);
    }

    public void send(int status, JsonNode json) {
        send(status, "application/json", Json.bytes(json));
    }

    public void send(int status, String contentType, byte[] body) {
        beforeHead.accept(status);
        response.status(Status.create(status));
        response.headers().set(HeaderNames.CONTENT_TYPE, contentType);
        response.send(body);
    }

    /** 204. */
    public void sendNothing() {
        beforeHead.accept(Status.NO_CONTENT_204.code());
        response.status(Status.NO_CONTENT_204);
        response.send();
    }

    /** Begins an answer of unknown length. */
    public OutputStream stream(String contentType) {
        beforeHead.accept(Status.OK_200.code());
        response.status(Status.OK_200);
        response.headers().set(HeaderNames.CONTENT_TYPE, contentType);
        response.headers().set(HeaderNames.CACHE_CONTROL, "no-cache");
        return response.outputStream();
    }

    boolean isSent() {
        return response.isSent();
    }
}
