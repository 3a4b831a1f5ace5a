package com.aistrale.server.routing;

import com.aistrale.server.kit.problem.Problem;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Leave to call a provider's model once, and the duty to say what came of it: {@link #succeeded}, {@link #failed} or {@link
 * #ignored}, of which the first one said counts. It may be the one call that tries an open circuit, so that everybody waits
 * for its word: it is to be closed whatever happens, which says {@link #ignored} if nothing else was said. One thread.
 */
public final class Permit implements AutoCloseable {
    private final Circuits home;
    private final Place place;
    private final boolean probe;
    private final @Nullable Circuit circuit;
    private Circuit.@Nullable Phase phase;
    private boolean told;

    /** As long as nothing is known of the model. */
    Permit(Circuits home, Place place) {
        this.home = home;
        this.place = place;
        this.probe = false;
        this.circuit = null;
        this.phase = null;
    }

    Permit(Circuits home, Place place, Circuit circuit, Circuit.Phase phase, boolean probe) {
        this.home = home;
        this.place = place;
        this.circuit = circuit;
        this.phase = phase;
        this.probe = probe;
    }

    /** Whether this call tries an open circuit. */
    boolean isProbe() {
        return probe;
    }

    /**
     * The first of a stream came. What tried an open circuit closes it with that, so that nobody waits for the end; the
     * call's own end is told as ever.
     */
    public void answering() {
        if (probe && !told && circuit != null && phase != null) {
            phase = circuit.answering(phase, home.now());
        }
    }

    /** The provider answered to the end. */
    public void succeeded() {
        if (tell()) {
            var known = known();
            known.succeeded(phase == null ? known.first() : phase, home.now());
        }
    }

    /**
     * The attempt failed. What the provider is not to blame for (its 4xx, so 401 and 429 too; a timeout of less than ten
     * seconds) leaves the circuit as it is.
     *
     * @param attemptTimeout what the attempt was given
     */
    public void failed(Problem problem, Duration attemptTimeout) {
        if (Circuit.tellsOfProvider(problem.code())) {
            if (tell()) {
                var known = known();
                known.failed(phase == null ? known.first() : phase, problem, attemptTimeout, home.now());
            }
        } else {
            ignored();
        }
    }

    /** The attempt tells nothing of the provider: nothing was sent, or the client left. */
    public void ignored() {
        if (tell() && circuit != null && phase != null) {
            circuit.ignored(phase);
        }
    }

    private boolean tell() {
        boolean first = !told;
        told = true;
        return first;
    }

    private Circuit known() {
        return circuit == null ? home.circuit(place) : circuit;
    }

    @Override
    public void close() {
        ignored();
    }
}
