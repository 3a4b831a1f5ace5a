package com.aistrale.emulator;

import java.time.InstantSource;
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
 */
public record Options(String host, int port, Set<String> keys, Set<String> models, InstantSource clock) {
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
        return new Options("127.0.0.1", 0, Set.of(), Set.of(), InstantSource.system());
    }

    /** The same on another port. */
    public Options withPort(int other) {
        return new Options(host, other, keys, models, clock);
    }

    /** The same on another address. */
    public Options withHost(String other) {
        return new Options(other, port, keys, models, clock);
    }

    /** The same with these credentials as the only good ones. */
    public Options withKeys(Set<String> only) {
        return new Options(host, port, only, models, clock);
    }

    /** The same with these models besides each provider's own. */
    public Options withModels(Set<String> more) {
        return new Options(host, port, keys, more, clock);
    }

    /** The same by another clock. */
    public Options withClock(InstantSource other) {
        return new Options(host, port, keys, models, other);
    }

    /** Without the credentials. */
    @Override
    public String toString() {
        return "Options[host=" + host + ", port=" + port + ", keys=" + keys.size() + ", models=" + models + "]";
    }
}
