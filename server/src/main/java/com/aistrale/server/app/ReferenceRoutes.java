package com.aistrale.server.app;

import com.aistrale.server.kit.http.Exchange;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * {@code GET /openapi.yaml}: the contract. {@code GET /docs}: the same, to be read by people; its page asks nobody but
 * this server. All without a key, and read from the jar when asked for.
 */
final class ReferenceRoutes {
    private static final HeaderName SECURITY_POLICY = HeaderNames.create("content-security-policy");
    private static final HeaderName TYPE_OPTIONS = HeaderNames.create("x-content-type-options");

    /** Everything from this server, no script in the page itself, and no other page around it. */
    private static final String OWN_ONLY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";
    private static final Map<String, String> FILES = Map.of(
            "reference.css", STYLE,
            "reference.js", SCRIPT,
            "swagger-ui.css", STYLE,
            "swagger-ui-bundle.js", SCRIPT);

    void mount(Routes routes) {
        routes.get("/openapi.yaml", exchange -> send(exchange, "application/yaml", "contract/openapi.yaml"))
                .get("/docs", exchange -> {
                    exchange.setHeader(SECURITY_POLICY, OWN_ONLY);
                    send(exchange, "text/html; charset=utf-8", "docs/index.html");
                })
                .get("/docs/{file}", exchange -> {
                    var file = exchange.pathParameter("file");
                    var type = FILES.get(file);
                    if (type == null) {
                        throw Problem.of(ProblemCode.NOT_FOUND, "The reference has no such file; it begins at /docs.")
                                .exception();
                    }
                    send(exchange, type, "docs/" + file);
                });
    }

    private static void send(Exchange exchange, String contentType, String resource) {
        exchange.setHeader(TYPE_OPTIONS, "nosniff");
        exchange.setHeader(HeaderNames.CACHE_CONTROL, "no-cache"); // of the server that runs now
        exchange.send(200, contentType, bytes(resource));
    }

    private static byte[] bytes(String resource) {
        try (var in = ReferenceRoutes.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not in the jar");
            }
            return in.readAllBytes();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
