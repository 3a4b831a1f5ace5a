package com.aistrale.emulator;

import com.aistrale.emulator.answer.PrefixCache;
import com.aistrale.emulator.conformance.Conformance;
import com.aistrale.emulator.control.Control;
import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Scripts;
import com.aistrale.emulator.http.Exchange;
import com.aistrale.emulator.http.Ports;
import com.aistrale.emulator.http.Request;
import com.aistrale.emulator.journal.Fingerprint;
import com.aistrale.emulator.journal.Journal;
import com.aistrale.emulator.journal.Recorded;
import com.aistrale.emulator.wire.Gate;
import com.aistrale.emulator.wire.Ids;
import com.aistrale.emulator.wire.Keys;
import com.aistrale.emulator.wire.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A running provider emulator. All methods may be called from any thread.
 *
 * <pre>{@code
 * try (var emulator = Emulator.start(0)) {
 *     emulator.script("openai", Behaviour.status(503));
 *     // point a client at emulator.baseUrl("openai") ...
 *     assertThat(emulator.requests("openai")).hasSize(2);
 * }
 * }</pre>
 */
public final class Emulator implements AutoCloseable {
    private final World world;
    private final Gate gate;
    private final String host;
    private final Ports ports;
    private final Control control;
    private final Conformance conformance;

    private Emulator(Options options) throws IOException {
        this.world = new World(
                new Keys(options.keys()),
                new Scripts(),
                new Journal(options.clock()),
                new PrefixCache(),
                new Ids(),
                options.clock(),
                options.models());
        this.gate = new Gate(world);
        this.host = options.host();
        this.conformance = options.server()
                .map(server -> new Conformance(options.clock(), server.url(), server.key()))
                .orElseGet(() -> new Conformance(options.clock()));
        this.ports = Ports.start(options.host(), options.port(), this::handle);
        this.control = new Control(world, Mounts.providers(), ports);
    }

    /**
     * Starts one on loopback.
     *
     * @param port 0 to 65535; 0 takes a free one
     * @throws UncheckedIOException if the port cannot be listened on
     */
    public static Emulator start(int port) {
        return start(Options.defaults().withPort(port));
    }

    /**
     * Starts one.
     *
     * @throws UncheckedIOException if the address cannot be listened on
     */
    public static Emulator start(Options options) {
        try {
            return new Emulator(options);
        } catch (IOException refused) {
            throw cannotListen(options.host(), options.port(), refused);
        }
    }

    private static UncheckedIOException cannotListen(String host, int port, IOException refused) {
        return new UncheckedIOException("cannot listen on " + host + ":" + port + ": " + refused.getMessage(), refused);
    }

    /** The port on which it listens. */
    public int port() {
        return ports.own();
    }

    /** The root URL, as {@code http://127.0.0.1:16100}, without a slash at its end. */
    public String origin() {
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
    }

    /**
     * The base URL that the official client of a provider is given in place of its own.
     *
     * @param provider openai, anthropic, gemini, groq, huggingface or ollama
     * @throws IllegalArgumentException for any other
     */
    public String baseUrl(String provider) {
        return origin() + Mounts.of(provider).client();
    }

    /** Puts behaviours at the end of a provider's queue; each coming POST takes the first that is meant for it. */
    public void script(String provider, Behaviour... behaviours) {
        Mounts.of(provider);
        world.scripts().add(provider, List.of(behaviours));
    }

    /**
     * Listens on one more port, which can be closed and opened again while this emulator runs.
     *
     * @param port 0 takes a free one
     * @return which it is
     * @throws UncheckedIOException if the port cannot be listened on
     */
    public int openPort(int port) {
        try {
            return ports.open(port);
        } catch (IOException refused) {
            throw cannotListen(host, port, refused);
        }
    }

    /** Refuses connections to that port from now on, and cuts those that there are. */
    public void closePort(int port) {
        ports.close(port);
    }

    /** Everything that was asked since the start or the last reset, oldest first; credentials are fingerprints. */
    public List<Recorded> requests() {
        return world.journal().all();
    }

    /** What was asked of one provider. */
    public List<Recorded> requests(String provider) {
        Mounts.of(provider);
        return requests().stream()
                .filter(request -> request.provider().equals(provider))
                .toList();
    }

    /** Forgets the journal, the scripts and the prompt caches. */
    public void reset() {
        world.reset();
    }

    /** What the journal shows in place of a credential: equal for equal ones, and of no use to anybody. */
    public static String fingerprint(String credential) {
        return Fingerprint.of(credential);
    }

    /** Stops listening and closes all connections as they stand. */
    @Override
    public void close() {
        ports.close();
        conformance.close();
    }

    private void handle(Request request, Exchange exchange) {
        if (Control.isFor(request.path())) {
            control.answer(request, exchange);
            return;
        }
        if (Conformance.isFor(request.path())) {
            conformance.answer(request, exchange);
            return;
        }
        Mounts.Mount mount = Mounts.holding(request.path());
        gate.pass(mount.format(), request, mount.route(request.path()), exchange);
    }
}
