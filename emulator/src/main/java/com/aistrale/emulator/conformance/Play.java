package com.aistrale.emulator.conformance;

import com.aistrale.emulator.http.ClientGone;
import com.aistrale.emulator.http.Exchange;
import com.aistrale.emulator.http.HttpServer;
import com.aistrale.emulator.http.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** A scenario on a port of its own: answers by its script, or has a real server answer, and notes what came. */
final class Play implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final Pattern CANCEL = Pattern.compile("/api/v1/inferences(?:/([^/]+))?/cancel");

    private final Scenario scenario;
    private final StepReader steps;
    private final Optional<Relay> relay;
    private final long opened = System.nanoTime();
    private final List<Seen> requests = new ArrayList<>();
    private final List<Cancel> cancels = new ArrayList<>();
    private final List<String> drift = new ArrayList<>();
    private final AutoCloseable listener;
    private final int port;
    private boolean tunnelled;

    /** @param id null where it came by the key @param key "" for none */
    private record Cancel(@Nullable String id, String key) {}

    Play(Scenario scenario, InstantSource clock, Optional<Relay> relay) {
        this.scenario = scenario;
        this.steps = new StepReader(clock);
        this.relay = relay;
        try {
            if (scenario.listens()) {
                HttpServer server = HttpServer.start(HOST, 0, this::handle);
                this.listener = server;
                this.port = server.port();
            } else {
                Socket deaf =
                        new Socket(); // bound and never listening: who connects is refused, and nobody else gets it
                deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                this.listener = deaf;
                this.port = deaf.getLocalPort();
            }
        } catch (IOException refused) {
            throw new UncheckedIOException("no free port for a play", refused);
        }
    }

    /** Where a client finds it. */
    String url() {
        return "http://" + HOST + ":" + port + scenario.basePath() + (scenario.trailingSlash() ? "/" : "");
    }

    /** Where a client finds it as a proxy. */
    String proxy() {
        return "http://" + HOST + ":" + port;
    }

    Scenario scenario() {
        return scenario;
    }

    /** When it was opened, in nanoseconds of a monotonic clock. */
    long opened() {
        return opened;
    }

    synchronized List<Seen> requests() {
        return List.copyOf(requests);
    }

    /** Which inferences the client had ended: their ids, or whose key it said. */
    synchronized ArrayNode cancels() {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        cancels.forEach(each -> all.add(each.id() == null ? whose(each.key()) : each.id()));
        return all;
    }

    private String whose(String key) {
        for (int i = 0; i < requests.size(); i++) {
            if (!key.isEmpty() && requests.get(i).header("idempotency-key").equals(key)) {
                return "key of request " + (i + 1);
            }
        }
        return key.isEmpty() ? "no key" : "key " + key;
    }

    /** Whether all has been found out that a real server's answers tell: a client may have one before it has been compared. */
    synchronized boolean compared() {
        return relay.isEmpty() || requests.stream().allMatch(seen -> seen.ended() >= 0);
    }

    /** Where the real server answered otherwise than the script. */
    synchronized List<String> drift() {
        return List.copyOf(drift);
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (Exception closed) {
            throw new IllegalStateException("a listener that cannot be closed", closed);
        }
    }

    private void handle(Request request, Exchange exchange) {
        if (request.method().equals("CONNECT")) {
            tunnel(exchange);
            return;
        }
        boolean byProxy = request.path().startsWith("http://") || tunnelled();
        String path = pathOf(request.path());
        Matcher cancel = CANCEL.matcher(withoutBase(path));
        if (cancel.matches() && request.method().equals("POST")) {
            String id = cancel.group(1);
            String key = request.headers().first("idempotency-key");
            synchronized (this) {
                cancels.add(new Cancel(id, key == null ? "" : key));
            }
            aside(exchange, Answers.cancelled(id == null ? Answers.INFERENCE : id));
            return;
        }
        Seen seen = new Seen(request, path, byProxy, System.nanoTime());
        int number = arrived(seen);
        boolean gone = false;
        try {
            answer(seen, number, exchange);
        } catch (ClientGone left) {
            gone = true;
            exchange.cut();
        } finally {
            seen.end(System.nanoTime(), gone);
        }
    }

    private synchronized int arrived(Seen seen) {
        requests.add(seen);
        return requests.size();
    }

    private void answer(Seen seen, int number, Exchange exchange) {
        if (number > scenario.script().size()) {
            byte[] body = "the script has ended".getBytes(StandardCharsets.UTF_8);
            exchange.whole(599, Map.of("content-type", "text/plain"), body);
            return;
        }
        Step step = steps.read(scenario.script().get(number - 1), number, proxy());
        if (relay.isEmpty()) {
            new Delivery(exchange).send(step);
            return;
        }
        Relay.Answered answered = relay.get().pass(seen, withoutBase(seen.path()), exchange);
        List<String> found = Drift.between(step, answered);
        synchronized (this) {
            found.forEach(one -> drift.add("the real server's answer " + number + ": " + one));
        }
    }

    private static void aside(Exchange exchange, JsonNode answer) {
        try {
            exchange.whole(200, Map.of("content-type", "application/json"), Exact.bytes(answer));
        } catch (ClientGone left) {
            exchange.cut();
        }
    }

    private void tunnel(Exchange exchange) {
        synchronized (this) {
            tunnelled = true;
        }
        exchange.bare(200, Map.of());
    }

    private synchronized boolean tunnelled() {
        return tunnelled;
    }

    private static String pathOf(String target) {
        return target.startsWith("http://")
                ? URI.create(target.replace(" ", "%20")).getPath()
                : target;
    }

    private String withoutBase(String path) {
        String base = scenario.basePath();
        return path.startsWith(base + "/") ? path.substring(base.length()) : path;
    }
}
