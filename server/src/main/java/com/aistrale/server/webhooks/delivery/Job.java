package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.events.Event;

/**
 * A delivery that this node holds a lease on.
 *
 * @param attempts how many were made before
 * @param scheduleFrom at how many of them its schedule began
 * @param sendUntil by {@link System#nanoTime}: later than that its lease may end before the attempt does
 * @param asOf when receiver and event were read
 */
record Job(String id, Receiver receiver, Event event, int attempts, int scheduleFrom, long sendUntil, AsOf asOf) {
    /**
     * A moment, before something was read.
     *
     * @param changes how many changes this node had seen
     */
    record AsOf(long changes, long nanoTime) {}

    boolean isTooLate(long nanoTime) {
        return nanoTime - sendUntil > 0;
    }
}
