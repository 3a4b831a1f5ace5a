package com.aistrale.emulator;

import java.net.URI;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/**
 * How an emulator starts. Immutable.
 *
 * @param host the address to listen on; loopback unless there is a reason
 * @param port 0 to 65535; 0 takes a free one
 * @param keys the only credentials that are good, for every provider; empty: every one of the right form that contains neither
 *     {@code bad} nor {@code revoked}
 * @param models names that every provider serves besides its own; may be empty
 * @param clock gives answers and journal their times
 * @param server who answers the scenarios of {@code contract/scenarios} that need no fault; empty: their scripts do
 */
public record Options(
        String host, int port, Set<String> keys, Set<String> models, InstantSource clock, Optional<RealServer> server) {
    /**
     * A running AISTRALE server.
     *
     * @param url its root, as {@code http://127.0.0.1:16000}
     * @param key an API key of it that may run inferences
     */
    public record RealServer(URI url, String key) {
        /** Without the key. */
        @Override
        public String toString() {
            return "RealServer[url=" + url + "]";
        }
    }

    public Options {
        keys = Set.copyOf(keys);
        models = Set.copyOf(models);
        if (host.isBlank()) {
            throw new IllegalArgumentException("host is blank");
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port is not within 0 to 65535: " + port);
        }
    }

    /** Loopback, a free port, keys judged by their form, the system's clock. */
    public static Options defaults() {
        return new Options("127.0.0.1", 0, Set.of(), Set.of(), InstantSource.system(), Optional.empty());
    }

    /** The same on another port. */
    public Options withPort(int other) {
        return new Options(host, other, keys, models, clock, server);
    }

    /** The same on another address. */
    public Options withHost(String other) {
        return new Options(other, port, keys, models, clock, server);
    }

    /** The same with these credentials as the only good ones. */
    public Options withKeys(Set<String> only) {
        return new Options(host, port, only, models, clock, server);
    }

    /** The same with these models besides each provider's own. */
    public Options withModels(Set<String> more) {
        return new Options(host, port, keys, more, clock, server);
    }

    /** The same by another clock. */
    public Options withClock(InstantSource other) {
        return new Options(host, port, keys, models, other, server);
    }

    /** The same, with a real server playing the scenarios. */
    public Options withServer(RealServer other) {
        return new Options(host, port, keys, models, clock, Optional.of(other));
    }

    /** Without the credentials. */
    @Override
    public String toString() {
        return "Options[host=" + host + ", port=" + port + ", keys=" + keys.size() + ", models=" + models + "]";
    }
}
