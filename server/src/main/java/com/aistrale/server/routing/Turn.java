package com.aistrale.server.routing;

import java.time.Instant;

/** What becomes of a circuit, for whoever keeps it in mind. */
sealed interface Turn {
    Place place();

    /** It opened, or was tried and stays open. */
    record Failing(Opening opening) implements Turn {
        @Override
        public Place place() {
            return opening.place();
        }
    }

    /** A call came through. @param at not before the last turn of this circuit */
    record Recovered(Place place, Instant at) implements Turn {}

    /** It was open when it was dropped for want of room: nobody knows how it goes on. */
    record Dropped(Place place, Instant at) implements Turn {}
}
