package com.aistrale.server.access;

import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
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

    /** Where the operator wants to act. */
    static final String WORKSPACE_NAME = "x-aistrale-workspace";

    private static final HeaderName WORKSPACE = HeaderNames.create(WORKSPACE_NAME);
    private static final HeaderName API_KEY = HeaderNames.create("x-api-key");
    private static final HeaderName CLIENT = HeaderNames.create("x-aistrale-client");
    private static final int CLIENT_LENGTH = 64;

    private final Access access;
    private final boolean takesApiKeyHeader;

    public Guard(Access access) {
        this(access, false);
    }

    private Guard(Access access, boolean takesApiKeyHeader) {
        this.access = access;
        this.takesApiKeyHeader = takesApiKeyHeader;
    }

    /** One that takes a key as {@code x-api-key} too: for the routes to which Anthropic's clients come. */
    public Guard takingApiKeyHeader() {
        return new Guard(access, true);
    }

    /** Lets in whose role covers {@code needed}; others get a 403 that names it. */
    public Routes.Handler with(Role needed, Handler handler) {
        return exchange -> {
            var caller = caller(exchange);
            requireRole(caller, needed);
            handler.handle(caller, exchange);
        };
    }

    /**
     * Looks again, in the midst of an answer that goes on for long: the key may have been revoked meanwhile.
     *
     * @throws ProblemException {@code authentication_failed} or {@code permission_denied}
     */
    public void lookAgain(Exchange exchange, Role needed) {
        requireRole(caller(exchange), needed);
    }

    /** Lets in the operator only. @param does what others may not, as in {@code makes workspaces} */
    public Routes.Handler operator(String does, Handler handler) {
        return exchange -> {
            var caller = caller(exchange);
            requireOperator(caller, does);
            handler.handle(caller, exchange);
        };
    }

    static void requireOperator(Caller caller, String does) {
        if (!caller.isOperator()) {
            throw Problem.of(
                            ProblemCode.PERMISSION_DENIED,
                            "Only the operator " + does
                                    + ": send the server's AISTRALE_ADMIN_KEY in place of the API key "
                                    + caller.apiKeyId() + ".")
                    .exception();
        }
    }

    private Caller caller(Exchange exchange) {
        return access.authenticate(key(exchange), client(exchange), exchange.header(WORKSPACE));
    }

    static void requireRole(Caller caller, Role needed) {
        if (!caller.role().covers(needed)) {
            throw Problem.of(
                            ProblemCode.PERMISSION_DENIED,
                            "The API key " + caller.apiKeyId() + " has the role `"
                                    + caller.role().wireName() + "`; this needs `" + needed.wireName()
                                    + "`. Use a key with that role, or ask an admin of the workspace for one.")
                    .exception();
        }
    }

    private @Nullable String key(Exchange exchange) {
        var authorization = exchange.header(HeaderNames.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return authorization.substring(7).strip();
        }
        var other = exchange.header(API_KEY);
        if (other != null && !takesApiKeyHeader) {
            throw Access.refused("The header x-api-key is taken at /v1/messages and /v1/models only, where Anthropic's"
                    + " clients send it. Send the API key as `Authorization: Bearer ais_…`.");
        }
        return other;
    }

    private static @Nullable String client(Exchange exchange) {
        var said = exchange.header(CLIENT);
        var client = said != null ? said : exchange.header(HeaderNames.USER_AGENT);
        return client == null || client.length() <= CLIENT_LENGTH ? client : client.substring(0, CLIENT_LENGTH);
    }
}
