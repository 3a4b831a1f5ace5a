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

    /** Whether somebody can be asked, and says yes. */
    Said ask(String question);

    /** What is said to a question. */
    enum Said {
        YES,
        NO,
        /** There is nobody who could be asked. */
        NOBODY
    }

    /** Standard output, which fails where nobody reads it. */
    OutputStream out();
}
