package com.aistrale.server.inference;

import java.util.List;

/** Whom an inference asks, in this order, until one answers. At least one is within reach; nobody is in it twice. */
public record Plan(List<Step> steps) {
    public Plan {
        steps = List.copyOf(steps);
        if (last(steps) < 0) {
            throw new IllegalArgumentException("nobody can be asked: " + steps);
        }
    }

    /** Where the last one within reach stands, from 0. */
    int last() {
        return last(steps);
    }

    private static int last(List<Step> steps) {
        int at = steps.size() - 1;
        while (at >= 0 && !(steps.get(at) instanceof Target)) {
            at--;
        }
        return at;
    }
}
