package com.aistrale.server.kit.http;

/** For tests of what has revisions. */
public final class Tags {
    private Tags() {}

    /** As read of a request's header. */
    public static IfMatch of(long revision) {
        return IfMatch.read("\"" + revision + "\"");
    }
}
