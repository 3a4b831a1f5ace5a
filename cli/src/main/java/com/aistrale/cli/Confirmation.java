package com.aistrale.cli;

import java.util.Locale;

/** Asks before something is gone for ever. */
record Confirmation(Io io) {

    /** Returns where it is confirmed; otherwise nothing is to be done. */
    void of(String what, boolean yes) {
        if (yes) {
            return;
        }
        if (!io.canAsk()) {
            throw new CliException(what, "Nobody can be asked here: add --yes if that is meant.", Exit.USAGE);
        }
        io.err().print(what + " Go on? [y/N] ");
        io.err().flush();
        if (!io.readLine().strip().toLowerCase(Locale.ROOT).matches("y|yes")) {
            throw new CliException("Nothing was done.", "", Exit.USAGE);
        }
    }
}
