package com.aistrale.server.webhooks.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.contract.EventSchemas;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.kit.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.node.ObjectNode;

/** A receiver of webhooks, which answers its n-th request, from 1, as a script says. */
final class Hook implements AutoCloseable {
    static final String OK = RawServer.response("204 No Content", "", "");

    private final RawServer server;

    /** What arrived. */
    record Arrival(Map<String, String> headers, String body) {
        /** The event, which is as the contract says. */
        ObjectNode json() {
            var event = (ObjectNode) Json.parse(body);
            try {
                assertThat(EventSchemas.mistakes(event)).as(body).isEmpty();
            } catch (IOException unknown) {
                throw new UncheckedIOException(unknown);
            }
            return event;
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        /** Whether one of its signatures is of this secret, by the letter of Standard Webhooks. */
        boolean isSignedBy(String secret) throws Exception {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
            var signed = header("webhook-id") + "." + header("webhook-timestamp") + "." + body;
            var expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(UTF_8)));
            return List.of(header("webhook-signature").split(" ", -1)).contains(expected);
        }
    }

    Hook(IntFunction<String> answers) throws IOException {
        var count = new java.util.concurrent.atomic.AtomicInteger();
        server = new RawServer(line -> {
            while (line.request() != null) {
                line.write(answers.apply(count.incrementAndGet()));
            }
        });
    }

    private Hook(RawServer.Script script) throws IOException {
        server = new RawServer(script);
    }

    static Hook answering(String response) throws IOException {
        return new Hook((IntFunction<String>) n -> response);
    }

    /** One that closes behind its answer, whole or not. */
    static Hook closing(String response) throws IOException {
        return new Hook((RawServer.Script) line -> {
            line.request();
            line.write(response);
        });
    }

    /** One that reads, and says nothing. */
    static Hook silent() throws IOException {
        return new Hook((RawServer.Script) line -> {
            while (line.request() != null) {
                line.awaitEnd();
            }
        });
    }

    String url() {
        return server.url() + "/hook?key=of-the-path";
    }

    List<Arrival> arrivals() {
        return server.requests().stream().map(Hook::arrival).toList();
    }

    private static Arrival arrival(String request) {
        int end = request.indexOf("\r\n\r\n");
        var headers = new HashMap<String, String>();
        var lines = request.substring(0, end).split("\r\n", -1);
        assertThat(lines[0]).isEqualTo("POST /hook?key=of-the-path HTTP/1.1");
        for (int i = 1; i < lines.length; i++) {
            var parts = lines[i].split(": ", 2);
            headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1]);
        }
        return new Arrival(headers, request.substring(end + 4));
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
