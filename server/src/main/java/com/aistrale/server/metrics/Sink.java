package com.aistrale.server.metrics;

import java.util.Map;

/** Takes the figures of a scrape. Names are as they stand on the wire; each is given once. */
public interface Sink {
    /** What goes up and down. */
    void gauge(String name, String help, double value);

    /**
     * What only goes up, since the process started.
     *
     * @param name ends in {@code _total}
     * @param values by the value of the label; all there can be, also those that are 0, so that a rate has its begin
     */
    void counter(String name, String help, String label, Map<String, Long> values);

    /** @param name ends in {@code _seconds} */
    void histogram(String name, String help, Histogram histogram);

    /** What is not a number. @param name ends in {@code _info} */
    void info(String name, String help, Map<String, String> labels);
}
