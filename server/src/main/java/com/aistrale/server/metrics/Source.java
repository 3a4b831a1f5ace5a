package com.aistrale.server.metrics;

import com.aistrale.server.kit.problem.ProblemException;

/** Has figures. Thread-safe. */
@FunctionalInterface
public interface Source {
    /**
     * Gives the figures as they are now. Asked at each scrape, every few seconds.
     *
     * @throws ProblemException when some are not to be had, as the database is away; what was given before counts
     */
    void collect(Sink sink);
}
