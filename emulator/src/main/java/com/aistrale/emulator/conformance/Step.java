package com.aistrale.emulator.conformance;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;

/** What one request is answered with. */
sealed interface Step {
    /** How the body's end is told. */
    enum Framing {
        LENGTH,
        CHUNKED,
        CLOSE
    }

    /** How an answer ends, or a connection without one. */
    enum End {
        /** As it should. */
        WHOLE,
        CLOSE,
        RESET,
        /** Nothing more comes, and the connection stays. */
        HANG
    }

    /** Bytes of a body, and how long to wait before them. */
    record Piece(long delayMs, byte[] bytes) {}

    /**
     * An answer.
     *
     * @param pieces the whole body, also where it is cut
     * @param cutAfter so many bytes of the body are sent
     */
    record Answer(
            int status,
            Map<String, String> headers,
            List<Piece> pieces,
            Framing framing,
            long delayMs,
            long bodyDelayMs,
            int chunkBytes,
            long chunkDelayMs,
            int cutAfter,
            End end)
            implements Step {
        /** The whole body, in one piece. */
        byte[] body() {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            pieces.forEach(piece -> all.writeBytes(piece.bytes()));
            return all.toByteArray();
        }
    }

    /** No answer. */
    record Broken(End end, long delayMs) implements Step {}
}
