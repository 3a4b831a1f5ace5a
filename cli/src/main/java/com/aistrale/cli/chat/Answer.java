package com.aistrale.cli.chat;

/** An answer on its way to the screen. */
interface Answer {
    /** What is to be printed now that this has come. */
    String more(String piece);

    /** What is to be printed at its end. */
    String end();
}
