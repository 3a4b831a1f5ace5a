package com.aistrale.cli;

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
        if (!io.confirms(what + " Go on?")) {
            throw new CliException("Nothing was done.", "", Exit.USAGE);
        }
    }
}
