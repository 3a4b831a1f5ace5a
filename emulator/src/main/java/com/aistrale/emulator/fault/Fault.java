package com.aistrale.emulator.fault;

/**
 * One thing that is made to differ from the plain right answer. Several may stand together; they take effect in the
 * order delay, hang, drop, status or body, pieces.
 */
public sealed interface Fault {
    /** Answers with this status, in the provider's own error shape unless a {@link Body} says otherwise; 200 to 599. */
    record Status(int status) implements Fault {
        public Status {
            if (status < 200 || status > 599) {
                throw new IllegalArgumentException("status is not within 200 to 599: " + status);
            }
        }
    }

    /** What keeps an answer from its end. */
    sealed interface Stop extends Fault {
        /** How many chunks of a stream go out before; of a plain answer, half its body does. */
        int chunks();
    }

    /** The seconds of the {@code Retry-After} header that goes with an error status. */
    record RetryAfter(int seconds) implements Fault {
        public RetryAfter {
            atLeast("retry_after", seconds, 0);
        }
    }

    /** Waits before the first byte. */
    record Delay(int millis) implements Fault {
        public Delay {
            atLeast("delay_ms", millis, 0);
        }
    }

    /** Sends the head at once and waits before the first byte of the body. */
    record SlowStart(int millis) implements Fault {
        public SlowStart {
            atLeast("slow_start_ms", millis, 0);
        }
    }

    /** Waits before every chunk of a stream; a plain answer goes out in pieces of 16 bytes, unless {@link Piece} says otherwise. */
    record Drip(int millis) implements Fault {
        public Drip {
            atLeast("drip_ms", millis, 0);
        }
    }

    /** Cuts what goes out into pieces of so many bytes, each a write of its own, and with {@link Drip} a wait of its own. */
    record Piece(int bytes) implements Fault {
        public Piece {
            atLeast("piece_bytes", bytes, 1);
        }
    }

    /** Closes the connection after so many chunks, without the end; a plain answer after half its body. */
    record CutAfter(int chunks) implements Stop {
        public CutAfter {
            atLeast("cut_after_chunks", chunks, 0);
        }
    }

    /** As {@link CutAfter}, by a TCP reset. */
    record ResetAfter(int chunks) implements Stop {
        public ResetAfter {
            atLeast("reset_after_chunks", chunks, 0);
        }
    }

    /** Goes silent after so many chunks, a plain answer after half its body; the connection stays open until the client leaves. */
    record HangAfter(int chunks) implements Stop {
        public HangAfter {
            atLeast("hang_after_chunks", chunks, 0);
        }
    }

    /** Breaks the JSON of the chunk of that number, counted from 1; of a plain answer's whole body. */
    record MalformedChunk(int number) implements Fault {
        public MalformedChunk {
            atLeast("malformed_chunk", number, 1);
        }
    }

    /** Sends the provider's error in mid-stream after so many chunks, then ends; a plain answer is not touched. */
    record ErrorAfter(int chunks) implements Stop {
        public ErrorAfter {
            atLeast("error_after_chunks", chunks, 0);
        }
    }

    /** Never answers; the connection stays open until the client leaves. */
    record Hang() implements Fault {}

    /** Closes the connection without one byte of an answer. */
    record Drop() implements Fault {}

    /** Leaves the usage out of the answer. */
    record NoUsage() implements Fault {}

    /** A 200 with nothing in it. */
    record EmptyBody() implements Fault {}

    /** A proxy's HTML page with this status. */
    record Html(int status) implements Fault {}

    /** These bytes in place of the answer, as {@code application/json} unless a {@link Header} says otherwise. */
    record Body(String body) implements Fault {}

    /** A header on the answer, in place of one of the same name. */
    record Header(String name, String value) implements Fault {
        public Header {
            if (name.isBlank() || (name + value).chars().anyMatch(c -> c == '\r' || c == '\n')) {
                throw new IllegalArgumentException("not a header: " + name);
            }
        }
    }

    /** The model's words in place of those derived from the request. */
    record Say(String text) implements Fault {}

    private static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is below " + least + ": " + value);
        }
    }
}
