package com.aistrale.cli;

import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** From when until when, as every list of what happened is narrowed. */
final class TimeSpan {
    @Option(names = "--last", paramLabel = "SPAN", description = "Such as 90s, 15m, 24h, 7d.")
    private @Nullable String last;

    @Option(names = "--since", paramLabel = "TIME", description = "Such as 2026-11-01 or 2026-11-01T12:00:00Z.")
    private @Nullable String since;

    @Option(names = "--until", paramLabel = "TIME", description = "The first moment that is too late.")
    private @Nullable String until;

    boolean isGiven() {
        return last != null || since != null || until != null;
    }

    /** @param usual the time that is taken where none was named, null for all of it */
    void into(Consumer<String> last, Consumer<Instant> since, Consumer<Instant> until, @Nullable String usual) {
        if (this.since != null) {
            since.accept(Times.parse("--since", this.since));
        }
        if (this.until != null) {
            until.accept(Times.parse("--until", this.until));
        }
        if (this.last != null) {
            last.accept(this.last);
        } else if (usual != null && !isGiven()) {
            last.accept(usual);
        }
    }
}
