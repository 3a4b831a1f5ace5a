package com.aistrale.emulator.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one request from a socket. */
final class RequestReader {
    /** More than any of the services takes; what is longer is refused unread. */
    static final long MAX_BODY = 128L * 1024 * 1024;

    private static final int MAX_LINE = 64 * 1024;

    private final InputStream in;
    private final OutputStream out;

    RequestReader(InputStream in, OutputStream out) {
        this.in = in;
        this.out = out;
    }

    /** The next request, or null when the client has closed the connection between two requests. */
    @Nullable
    Request next() throws IOException {
        String first = line();
        if (first == null || first.isEmpty()) {
            return null;
        }
        String[] parts = first.split(" ", 3);
        if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
            throw new MalformedRequest(400, "not an HTTP/1 request line");
        }
        Headers headers = headers();
        if ("100-continue".equalsIgnoreCase(headers.first("expect"))) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }
        byte[] body = body(headers);
        int question = parts[1].indexOf('?');
        String path = question < 0 ? parts[1] : parts[1].substring(0, question);
        String query = question < 0 ? "" : parts[1].substring(question + 1);
        return new Request(parts[0], decode(path), query(query), headers, body);
    }

    private Headers headers() throws IOException {
        List<Headers.Header> all = new ArrayList<>();
        while (true) {
            String line = line();
            if (line == null) {
                throw new EOFException("the request ended within its headers");
            }
            if (line.isEmpty()) {
                return new Headers(all);
            }
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new MalformedRequest(400, "a header line without a colon");
            }
            all.add(new Headers.Header(
                    line.substring(0, colon), line.substring(colon + 1).strip()));
        }
    }

    private byte[] body(Headers headers) throws IOException {
        if ("chunked".equalsIgnoreCase(headers.first("transfer-encoding"))) {
            return chunked();
        }
        String length = headers.first("content-length");
        return length == null ? new byte[0] : exactly(size(length, 10));
    }

    private byte[] chunked() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String line = line();
            if (line == null) {
                throw new EOFException("the request ended within its body");
            }
            int semicolon = line.indexOf(';');
            int size = size(semicolon < 0 ? line : line.substring(0, semicolon), 16);
            if (size == 0) {
                headers();
                return body.toByteArray();
            }
            body.write(exactly(size));
            if (body.size() > MAX_BODY) {
                throw new MalformedRequest(413, "the body is over " + MAX_BODY + " bytes");
            }
            line();
        }
    }

    private static int size(String text, int radix) {
        try {
            long size = Long.parseLong(text.strip(), radix);
            if (size > MAX_BODY) {
                throw new MalformedRequest(413, "the body is over " + MAX_BODY + " bytes");
            }
            if (size < 0) {
                throw new MalformedRequest(400, "a negative length");
            }
            return (int) size;
        } catch (NumberFormatException notANumber) {
            throw new MalformedRequest(400, "a length that is not a number");
        }
    }

    private byte[] exactly(int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("the request ended within its body");
        }
        return bytes;
    }

    private @Nullable String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int next = in.read();
            if (next < 0) {
                return null;
            }
            if (next == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
            }
            line.write(next);
            if (line.size() > MAX_LINE) {
                throw new MalformedRequest(400, "a header line over " + MAX_LINE + " bytes");
            }
        }
    }

    private static Map<String, String> query(String text) {
        Map<String, String> query = new HashMap<>();
        for (String pair : text.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                query.put(
                        decodeQuery(equals < 0 ? pair : pair.substring(0, equals)),
                        equals < 0 ? "" : decodeQuery(pair.substring(equals + 1)));
            }
        }
        return query;
    }

    /** A space is a plus too, as forms and the clients of most languages write it. */
    private static String decodeQuery(String text) {
        return decode(text.replace("+", "%20"));
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            throw new MalformedRequest(400, "a malformed percent escape in the URL");
        }
    }
}
