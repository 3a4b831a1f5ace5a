package com.aistrale.server.inference;

import com.aistrale.server.kit.problem.Problem;
import org.jspecify.annotations.Nullable;

/** How one surface writes what came of an inference. */
public interface Surface {
    /** The path, within which an Idempotency-Key is one. */
    String route();

    /** A whole answer, as JSON. */
    byte[] body(Answer answer);

    /**
     * For one stream.
     *
     * @param firstEvent the number of the first event, less one
     */
    Events events(Running running, int firstEvent);

    /** What a silent stream sends: whole events, which say nothing; null for nothing. */
    @Nullable
    String keepAlive();

    /**
     * A failure in a stream that waited for a run: it is an event of none, so it has no number, by which a client that
     * comes back would miss the event of that number.
     */
    String failure(Problem problem, String requestId);

    /** Writes a stream's events, as they stand on the wire: whole ones. One thread. */
    interface Events {
        /** What says what the chunk says; empty where that is nothing, or has to wait for the record. */
        String chunk(Chunk chunk);

        /** The last ones, which leave when the record is durable. */
        String completed(Answer answer);

        /** The last one of a stream that broke off. */
        String failed(Problem problem, String requestId);
    }
}
