package com.aistrale.emulator.conformance;

import com.aistrale.emulator.conformance.Step.Framing;
import com.aistrale.emulator.conformance.Step.Piece;
import com.aistrale.emulator.http.ClientGone;
import com.aistrale.emulator.http.Exchange;
import java.util.Arrays;

/** Sends what a step says, with every wait, cut and break in it. */
final class Delivery {
    /** Longer than any client of a scenario waits. */
    private static final long FOR_EVER = 120_000;
    /** A reset throws away what its receiver has not read, so it comes when also a client on a busy machine has. */
    private static final long UNREAD = 250;

    private final Exchange exchange;

    Delivery(Exchange exchange) {
        this.exchange = exchange;
    }

    /** @throws ClientGone as soon as the client has left */
    void send(Step step) {
        switch (step) {
            case Step.Broken broken -> {
                exchange.pause(broken.delayMs());
                end(broken.end());
            }
            case Step.Answer answer -> answer(answer);
        }
    }

    private void answer(Step.Answer answer) {
        exchange.pause(answer.delayMs());
        if (answer.status() == 204) {
            exchange.bare(204, answer.headers());
            return;
        }
        switch (answer.framing()) {
            case LENGTH -> exchange.beginSized(answer.status(), answer.headers(), answer.body().length);
            case CHUNKED -> exchange.beginChunked(answer.status(), answer.headers());
            case CLOSE -> exchange.beginUnsized(answer.status(), answer.headers());
        }
        exchange.pause(answer.bodyDelayMs());
        int left = answer.cutAfter();
        for (Piece piece : answer.pieces()) {
            if (left == 0) {
                break;
            }
            exchange.pause(piece.delayMs());
            byte[] bytes = piece.bytes().length <= left ? piece.bytes() : Arrays.copyOf(piece.bytes(), left);
            left -= bytes.length;
            write(answer, bytes);
        }
        if (answer.end() != Step.End.WHOLE) {
            exchange.pause(answer.end() == Step.End.RESET ? UNREAD : 0);
            end(answer.end());
        } else if (answer.framing() == Framing.CHUNKED) {
            exchange.end();
        } else if (answer.framing() == Framing.CLOSE) {
            exchange.cut();
        }
    }

    private void write(Step.Answer answer, byte[] bytes) {
        int size = answer.chunkBytes() == 0 ? bytes.length : answer.chunkBytes();
        for (int at = 0; at < bytes.length; at += size) {
            byte[] part = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size));
            if (answer.framing() == Framing.CHUNKED) {
                exchange.chunk(part); // never empty: that would be the end
            } else {
                exchange.write(part);
            }
            exchange.pause(answer.chunkDelayMs());
        }
    }

    private void end(Step.End end) {
        switch (end) {
            case CLOSE -> exchange.cut();
            case RESET -> exchange.reset();
            case HANG -> {
                exchange.pause(FOR_EVER);
                exchange.cut();
            }
            case WHOLE -> throw new IllegalStateException("nothing ends a connection that has no answer");
        }
    }
}
