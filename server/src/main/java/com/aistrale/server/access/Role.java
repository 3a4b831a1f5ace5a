package com.aistrale.server.access;

import java.util.Locale;

/** What an API key may do in its workspace; each role may do what those before it may. */
public enum Role {
    /** Reads: telemetry, prompts, models, providers, the list of tokens. */
    VIEWER,
    /** Runs inferences and writes prompts and spans. */
    MEMBER,
    /** Keeps tokens, keys, the workspace's settings, and reads the audit log. */
    ADMIN;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    public String wireName() {
        return wireName;
    }

    /** Whether this role may do what {@code needed} may. */
    public boolean covers(Role needed) {
        return compareTo(needed) >= 0;
    }
}
