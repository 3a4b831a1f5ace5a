package com.aistrale.emulator.wire;

import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Fault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How slowly a body goes out.
 *
 * @param start milliseconds between the head and the first piece
 * @param drip milliseconds before each piece
 * @param piece bytes in one; 0 where nothing is said
 */
record Pace(int start, int drip, int piece) {
    static final Pace AT_ONCE = new Pace(0, 0, 0);

    static Pace of(List<Fault> faults) {
        return new Pace(
                Behaviour.find(faults, Fault.SlowStart.class)
                        .map(Fault.SlowStart::millis)
                        .orElse(0),
                Behaviour.find(faults, Fault.Drip.class).map(Fault.Drip::millis).orElse(0),
                Behaviour.find(faults, Fault.Piece.class)
                        .map(Fault.Piece::bytes)
                        .orElse(0));
    }

    /** The bytes as they go out, in pieces of that size where nothing else is said. */
    List<byte[]> pieces(byte[] bytes, int otherwise) {
        int size = piece > 0 ? piece : Math.max(1, otherwise);
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            pieces.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size)));
        }
        return pieces;
    }
}
