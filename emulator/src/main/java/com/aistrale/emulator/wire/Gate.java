package com.aistrale.emulator.wire;

import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.http.ClientGone;
import com.aistrale.emulator.http.Exchange;
import com.aistrale.emulator.http.Request;
import com.aistrale.emulator.journal.Journal;
import com.aistrale.emulator.journal.Recorded.Ending;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** Takes a request through its wire format and sees the answer out, with an entry in the journal. */
public final class Gate {
    private final World world;

    public Gate(World world) {
        this.world = world;
    }

    /**
     * Answers a request and writes down how that ended.
     *
     * @param route the path below the format's base path, beginning with a slash
     */
    public void pass(WireFormat format, Request request, String route, Exchange exchange) {
        Journal.Entry entry = world.journal().begin(format.provider(), request);
        Turn turn = new Turn(world, format.provider(), request, route, entry);
        Reply reply = reply(format, turn);
        try {
            entry.end(new Delivery(exchange, entry).deliver(reply, turn.faults()));
        } catch (ClientGone gone) {
            entry.end(Ending.CLIENT_DISCONNECTED);
            exchange.cut();
        }
    }

    private static Reply reply(WireFormat format, Turn turn) {
        try {
            Reply right = format.answer(turn);
            return turn.fault(Fault.Status.class)
                    .<Reply>map(status -> status.status() < 400 ? right : format.error(status.status(), turn))
                    .orElse(right);
        } catch (Refusal refusal) {
            return refusal.reply();
        } catch (RuntimeException broken) {
            return broke(broken);
        }
    }

    /** A mistake of the emulator's own must look like no service's answer. */
    private static Reply broke(RuntimeException broken) {
        StringWriter trace = new StringWriter();
        broken.printStackTrace(new PrintWriter(trace));
        return new Reply.Whole(
                500, Map.of("x-emulator-error", "true"), "text/plain", "the emulator itself failed\n" + trace);
    }
}
