package com.aistrale.server.access;

import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import org.jspecify.annotations.Nullable;

/** Lets a handler see only requests whose key is known. */
public final class Guard {
    /** Answers a request of a known caller. */
    @FunctionalInterface
    public interface Handler {
        void handle(Caller caller, Exchange exchange);
    }

    private static final HeaderName API_KEY = HeaderNames.create("x-api-key");
    private static final HeaderName CLIENT = HeaderNames.create("x-aistrale-client");
    private static final int CLIENT_LENGTH = 64;

    private final Access access;

    public Guard(Access access) {
        this.access = access;
    }

    public Routes.Handler with(Handler handler) {
        return exchange -> handler.handle(access.authenticate(key(exchange), client(exchange)), exchange);
    }

    private static @Nullable String key(Exchange exchange) {
        var authorization = exchange.header(HeaderNames.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return authorization.substring(7).strip();
        }
        return exchange.header(API_KEY);
    }

    private static @Nullable String client(Exchange exchange) {
        var said = exchange.header(CLIENT);
        var client = said != null ? said : exchange.header(HeaderNames.USER_AGENT);
        return client == null || client.length() <= CLIENT_LENGTH ? client : client.substring(0, CLIENT_LENGTH);
    }
}
