package com.aistrale.server.providers;

import com.aistrale.server.kit.http.Outbound;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Answers every request alike and keeps what was asked. */
public final class FakeOutbound implements Outbound {
    private final int status;
    private final byte[] body;
    private final Map<String, String> headers;
    public final List<Request> requests = new ArrayList<>();

    public FakeOutbound(int status, String body, Map<String, String> headers) {
        this.status = status;
        this.body = body.getBytes(StandardCharsets.UTF_8);
        this.headers = headers;
    }

    public static FakeOutbound answering(String body) {
        return new FakeOutbound(200, body, Map.of());
    }

    @Override
    public Response send(Request request) throws IOException {
        requests.add(request);
        return new Response() {
            @Override
            public int status() {
                return status;
            }

            @Override
            public @Nullable String header(String name) {
                return headers.get(name);
            }

            @Override
            public byte[] bytes() {
                return body;
            }

            @Override
            public InputStream stream() {
                return new ByteArrayInputStream(body);
            }

            @Override
            public void close() {}
        };
    }

    /** The body of the one request that was sent. */
    public String sent() {
        if (requests.size() != 1) {
            throw new AssertionError(requests.size() + " requests were sent");
        }
        return new String(Objects.requireNonNull(requests.getFirst().body()), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {}
}
