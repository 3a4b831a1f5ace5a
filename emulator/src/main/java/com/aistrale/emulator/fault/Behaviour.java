package com.aistrale.emulator.fault;

import java.util.List;
import java.util.Optional;

/**
 * How one or more coming requests are answered. Immutable.
 *
 * @param faults what differs; empty for a plain answer, which keeps a place in the queue
 * @param when which requests take it
 * @param times how many requests take it before the next in the queue comes; at least 1
 * @param chance how likely it strikes a request that takes it, the others are answered plainly; above 0, at most 1
 * @param seed of the chance: of so many requests in a row always the same ones are struck
 */
public record Behaviour(List<Fault> faults, Condition when, int times, double chance, long seed) {
    public Behaviour {
        faults = List.copyOf(faults);
        if (times < 1) {
            throw new IllegalArgumentException("times is below 1: " + times);
        }
        if (!(chance > 0 && chance <= 1)) {
            throw new IllegalArgumentException("chance is not above 0 and at most 1: " + chance);
        }
    }

    /** These faults, for one POST. */
    public static Behaviour of(Fault... faults) {
        return new Behaviour(List.of(faults), Condition.ANY_POST, 1, 1, 0);
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
        return new Behaviour(faults, when, requests, chance, seed);
    }

    /** The same for these requests. */
    public Behaviour when(Condition requests) {
        return new Behaviour(faults, requests, times, chance, seed);
    }

    /** The same for requests whose path contains this. */
    public Behaviour onPath(String part) {
        return when(when.onPath(part));
    }

    /** The same for requests for this model, named as the client does. */
    public Behaviour forModel(String name) {
        return when(when.forModel(name));
    }

    /** The same for requests that carry this credential. */
    public Behaviour withKey(String credential) {
        return when(when.withKey(credential));
    }

    /** The same, striking only some of the requests that take it. */
    public Behaviour chance(double likely, long from) {
        return new Behaviour(faults, when, times, likely, from);
    }

    /** The first fault of that kind. */
    public static <F extends Fault> Optional<F> find(List<Fault> faults, Class<F> kind) {
        return faults.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }
}
