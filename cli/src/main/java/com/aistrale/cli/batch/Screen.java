package com.aistrale.cli.batch;

import java.io.OutputStream;

/** The person before the batch. */
public interface Screen {
    /** Whether lines can be written anew: a terminal. */
    boolean isLive();

    /** Characters in a line. */
    int width();

    /** Writes as it is, and at once. */
    void write(String text);

    /** Standard output, which fails where nobody reads it. */
    OutputStream out();
}
