package com.aistrale.server.kit.http;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Method;
import io.helidon.http.RequestException;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listening side: every request passes {@link #handle}, which gives it an id and turns problems into answers. */
public final class HttpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");
    private static final HeaderName SHOULD_RETRY = HeaderNames.create("x-should-retry");
    private static final HeaderName RETRY_AFTER_MS = HeaderNames.create("retry-after-ms");

    /** @param errorFormats by path prefix, the longest that fits; paths without one get {@link ProblemJson} */
    public record Options(
            String host,
            int port,
            long maxBodyBytes,
            HostGuard hostGuard,
            Cors cors,
            Map<String, ErrorFormat> errorFormats) {
        public Options {
            errorFormats = Map.copyOf(errorFormats);
        }
    }

    private final Options options;
    private final Ids ids;
    private final Drain drain;
    private final ErrorFormat problemJson = new ProblemJson();
    private final WebServer server;

    public HttpServer(Options options, Ids ids, Drain drain, Routes routes) {
        this.options = options;
        this.ids = ids;
        this.drain = drain;
        this.server = WebServer.builder()
                .host(options.host())
                .port(options.port())
                .shutdownHook(false)
                .protocolsDiscoverServices(false)
                // Helidon holds a chunk as a whole, however large it says it is; this is looked at before.
                .maxPayloadSize(options.maxBodyBytes())
                .addConnectionSelector(new WatchedConnections(
                        Http1Config.builder().validateResponseHeaders(false).build()))
                .connectionOptions(socket -> socket.tcpNoDelay(true))
                .directHandlers(directHandlers())
                .routing(routing(routes))
                .build();
    }

    /** @throws IllegalStateException when the address cannot be listened on, with the system's words as its cause */
    public void start() {
        server.start();
        if (!server.isRunning()) { // Helidon logs that it failed, and goes on
            throw new IllegalStateException("not listening", whyNot());
        }
    }

    private @Nullable IOException whyNot() {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(options.host(), options.port()));
            return null;
        } catch (IOException cannot) {
            return cannot;
        }
    }

    /** The port, which the system chose when 0 was asked for. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }

    private HttpRouting.Builder routing(Routes routes) {
        var routing = HttpRouting.builder();
        routes.byPath().forEach((path, handlers) -> {
            handlers.forEach((method, handler) -> routing.route(method, path, with(handler)));
            var allowed = handlers.keySet().stream().map(Method::text).collect(Collectors.joining(", "));
            routing.any(path, with(exchange -> {
                exchange.setHeader(HeaderNames.ALLOW, allowed);
                throw Problem.of(ProblemCode.METHOD_NOT_ALLOWED, path + " takes " + allowed + ".")
                        .exception();
            }));
        });
        routing.any(with(exchange -> {
            throw Problem.of(ProblemCode.NOT_FOUND, "There is nothing at this path.")
                    .exception();
        }));
        return routing;
    }

    private Handler with(Routes.Handler handler) {
        return (request, response) -> handle(request, response, handler);
    }

    /** Answers, and closes where the client asked for it or the answer says so: Helidon sends the word and goes on. */
    private void handle(ServerRequest request, ServerResponse response, Routes.Handler handler) {
        answer(request, response, handler);
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
                || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            if (response instanceof RoutingResponse whole) {
                whole.commit(); // the last chunk, which Helidon would send after the handler's return
            }
            throw new CloseConnectionException("the last answer of this connection");
        }
    }

    private void answer(ServerRequest request, ServerResponse response, Routes.Handler handler) {
        var requestId = ids.next("req_");
        var path = request.path().rawPath();
        response.headers().set(REQUEST_ID, requestId);
        format(path).requestIdHeader().ifPresent(name -> response.headers().set(name, requestId));
        var exchange = new Exchange(request, response, requestId, options.maxBodyBytes());
        answer(exchange, response, path, () -> {
            if (options.cors().answersPreflight(request, response)) {
                return;
            }
            options.hostGuard().check(exchange.header(HeaderNames.HOST));
            try (var _ = drain.admit(path)) { // until the answer has left, be it a problem
                answer(exchange, response, path, () -> handler.handle(exchange));
            }
        });
    }

    /** Works, and turns what goes wrong into the answer. */
    private void answer(Exchange exchange, ServerResponse response, String path, Runnable work) {
        try {
            work.run();
        } catch (ProblemException problem) {
            fail(exchange, response, path, problem.problem(), problem);
        } catch (CloseConnectionException | UncheckedIOException gone) {
            throw gone;
        } catch (ClientGone gone) {
            throw new CloseConnectionException("the client went away", gone);
        } catch (HttpException badRequest) {
            fail(exchange, response, path, transportProblem(badRequest.status(), badRequest), badRequest);
            throw new CloseConnectionException("the request could not be read", badRequest);
        } catch (RequestException badRequest) {
            fail(exchange, response, path, transportProblem(badRequest.status(), badRequest), badRequest);
            throw new CloseConnectionException("the request could not be read", badRequest);
        } catch (RuntimeException unexpected) {
            var detail = "Something went wrong inside the server; its log has more under " + exchange.requestId() + ".";
            fail(exchange, response, path, Problem.of(ProblemCode.INTERNAL, detail), unexpected);
        }
    }

    private Problem transportProblem(Status status, RuntimeException badRequest) {
        return status.code() == ProblemCode.PAYLOAD_TOO_LARGE.status()
                ? Exchange.tooLarge(options.maxBodyBytes())
                : Problem.of(ProblemCode.INVALID_REQUEST, "The HTTP request is not valid: " + badRequest.getMessage());
    }

    /** The one place where a problem becomes an answer. The cause is logged and never sent. */
    private void fail(
            Exchange exchange, ServerResponse response, String path, Problem problem, RuntimeException cause) {
        int status = problem.code().status();
        if (problem.code() == ProblemCode.INTERNAL) {
            LOG.error("{} {}", exchange.requestId(), problem.detail(), cause);
        } else if (status >= 500) {
            LOG.warn("{} {}: {}", exchange.requestId(), problem.code().wireName(), problem.detail());
        }
        if (exchange.isSent()) {
            throw new CloseConnectionException("the answer had begun", cause);
        }
        var format = format(path).spokenBy(exchange::header);
        var headers = response.headers();
        var retryAfter = problem.retryAfter();
        if (retryAfter != null) {
            headers.set(HeaderNames.RETRY_AFTER, String.valueOf(Math.ceilDiv(retryAfter.toMillis(), 1000)));
            headers.set(RETRY_AFTER_MS, String.valueOf(retryAfter.toMillis()));
        }
        if (problem.code() == ProblemCode.BUDGET_EXCEEDED && retryAfter != null) { // what is put aside comes back
            headers.set(SHOULD_RETRY, "true");
        } else if (problem.paid() || (status < 500 && status != ProblemCode.RATE_LIMITED.status())) {
            headers.set(SHOULD_RETRY, "false");
        }
        if (problem.code() == ProblemCode.AUTHENTICATION_FAILED) {
            headers.set(HeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"aistrale\"");
        }
        exchange.send(status, format.contentType(), format.render(problem, exchange.requestId()));
    }

    private ErrorFormat format(@Nullable String path) {
        var format = problemJson;
        int longest = 0;
        for (var entry : options.errorFormats().entrySet()) {
            var prefix = entry.getKey();
            if (path != null && prefix.length() > longest && path.startsWith(prefix)) {
                longest = prefix.length();
                format = entry.getValue();
            }
        }
        return format;
    }

    /** For what fails before there is a request to route: a broken request line, headers without end. */
    private DirectHandlers directHandlers() {
        DirectHandler handler = new DirectHandler() {
            @Override
            public TransportResponse handle(
                    TransportRequest request,
                    EventType type,
                    Status status,
                    ServerResponseHeaders headers,
                    String message) {
                var problem = status.code() == ProblemCode.PAYLOAD_TOO_LARGE.status()
                        ? Exchange.tooLarge(options.maxBodyBytes())
                        : Problem.of(
                                status.code() < 500 ? ProblemCode.INVALID_REQUEST : ProblemCode.INTERNAL,
                                "The HTTP request could not be read: " + message);
                var requestId = ids.next("req_");
                var format = format(request.path());
                headers.set(REQUEST_ID, requestId);
                format.requestIdHeader().ifPresent(name -> headers.set(name, requestId));
                headers.set(HeaderNames.CONTENT_TYPE, format.contentType());
                if (problem.code().status() < 500) {
                    headers.set(SHOULD_RETRY, "false");
                }
                return TransportResponse.builder()
                        .status(Status.create(problem.code().status()))
                        .headers(headers)
                        .keepAlive(false)
                        .entity(format.render(problem, requestId))
                        .build();
            }
        };
        var handlers = DirectHandlers.builder();
        for (var type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, handler);
        }
        return handlers.build();
    }
}
