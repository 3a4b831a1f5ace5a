package com.aistrale.server.kit.sql;

/** The databases there are, for the few statements that cannot be the same on both; each such place says why. */
public enum Dialect {
    SQLITE("sqlite"),
    POSTGRESQL("postgresql");

    private final String folder;

    Dialect(String folder) {
        this.folder = folder;
    }

    /** The name of its migrations' folder. */
    String folder() {
        return folder;
    }
}
