package com.aistrale.emulator.wire;

/** A request that the service would refuse; carries the refusal as it goes out. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Reply.Whole reply;

    public Refusal(Reply.Whole reply) {
        super(reply.body(), null, false, false);
        this.reply = reply;
    }

    public Reply.Whole reply() {
        return reply;
    }
}
