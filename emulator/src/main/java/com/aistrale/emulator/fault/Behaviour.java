package com.aistrale.emulator.fault;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one or more coming requests are answered. Immutable.
 *
 * @param faults what differs; empty for a plain answer, which keeps a place in the queue
 * @param path if not null, only a request whose path contains this takes it; if null, any POST does
 * @param times how many requests take it before the next in the queue comes; at least 1
 */
public record Behaviour(List<Fault> faults, @Nullable String path, int times) {
    public Behaviour {
        faults = List.copyOf(faults);
        if (times < 1) {
            throw new IllegalArgumentException("times is below 1: " + times);
        }
    }

    /** These faults, for one POST. */
    public static Behaviour of(Fault... faults) {
        return new Behaviour(List.of(faults), null, 1);
    }

    /** This status in the provider's own error shape, for one POST. */
    public static Behaviour status(int status) {
        return of(new Fault.Status(status));
    }

    /** The plain right answer with these words, for one POST. */
    public static Behaviour say(String text) {
        return of(new Fault.Say(text));
    }

    /** The same for so many requests. */
    public Behaviour times(int requests) {
        return new Behaviour(faults, path, requests);
    }

    /** The same for requests whose path contains this. */
    public Behaviour onPath(String part) {
        return new Behaviour(faults, part, times);
    }

    boolean takes(String method, String requestPath) {
        return path == null ? method.equals("POST") : requestPath.contains(path);
    }

    /** The first fault of that kind. */
    public static <F extends Fault> Optional<F> find(List<Fault> faults, Class<F> kind) {
        return faults.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }
}
