package com.aistrale;

import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code AISTRALE_LOG=debug} writes to the standard error: methods, paths without their queries, statuses, the server's ids of the
 * requests. No header, body, prompt or key is ever part of a line.
 */
record DebugLog(boolean on, Clocks clocks) {
    static DebugLog of(Map<String, String> environment, Clocks clocks) {
        return new DebugLog(environment.getOrDefault("AISTRALE_LOG", "").strip().equalsIgnoreCase("debug"), clocks);
    }

    void sending(Call call) {
        var body = call.body();
        write(call, body == null ? "" : body.text().length() + " characters");
    }

    void answered(Call call, Transport.Response answer) {
        write(call, answer.status() + " request id " + answer.headers().get("x-request-id"));
    }

    void failed(Call call, IOException why) {
        write(
                call,
                why instanceof Transport.NotConnected
                        ? "no connection"
                        : "no answer: " + why.getClass().getSimpleName());
    }

    private void write(Call call, @Nullable String what) {
        if (on) {
            var target = call.target();
            var query = target.indexOf('?');
            System.err.println(clocks.now().truncatedTo(ChronoUnit.MILLIS) + " aistrale DEBUG " + call.method() + " "
                    + (query < 0 ? target : target.substring(0, query)) + " " + what);
        }
    }
}
