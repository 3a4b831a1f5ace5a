package com.aistrale;

/**
 * Sends the tries of a call, and knows whether the server may be carrying one of them out without having said so: it was sent, and no
 * answer of the server's came, or none that says what became of it. For one call; may be asked by any thread.
 */
final class Unheard {
    private final Exchange exchange;
    private volatile boolean unheard;

    Unheard(Exchange exchange) {
        this.exchange = exchange;
    }

    /** As {@link Exchange#send}. */
    Transport.Response send(Call call, Deadline deadline) {
        var before = unheard;
        unheard = true;
        try {
            return exchange.send(call, deadline);
        } catch (ApiConnectionException e) {
            unheard = before || e.mayHaveBeenSent();
            throw e;
        } catch (ApiStatusException e) {
            unheard = before || e.code() == null; // without a code it is of what is before the server
            throw e;
        }
    }

    /** The server said that it has ended. */
    void ended() {
        unheard = false;
    }

    boolean is() {
        return unheard;
    }
}
