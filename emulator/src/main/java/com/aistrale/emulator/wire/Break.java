package com.aistrale.emulator.wire;

import com.aistrale.emulator.fault.Fault;
import java.util.List;

/**
 * Where and how an answer does not go on as it should; of several faults the one that comes first.
 *
 * @param after how many chunks of a stream go out before
 */
record Break(int after, How how) {
    enum How {
        CUT,
        RESET,
        HANG,
        /** The provider's own error, which ends a stream well. A plain answer has no place for it. */
        ERROR
    }

    private static final Break NEVER = new Break(Integer.MAX_VALUE, How.ERROR);

    static Break of(List<Fault> faults) {
        Break first = NEVER;
        for (Fault fault : faults) {
            if (fault instanceof Fault.Stop stop && stop.chunks() < first.after) {
                first = new Break(stop.chunks(), how(stop));
            }
        }
        return first;
    }

    private static How how(Fault.Stop stop) {
        return switch (stop) {
            case Fault.CutAfter cut -> How.CUT;
            case Fault.ResetAfter reset -> How.RESET;
            case Fault.HangAfter hang -> How.HANG;
            case Fault.ErrorAfter error -> How.ERROR;
        };
    }

    /** Whether the answer is not sent to its end. */
    boolean endsBadly() {
        return how != How.ERROR;
    }
}
