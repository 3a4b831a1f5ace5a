package com.aistrale.server.routing;

import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.problem.ProblemException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom not to ask for a while: a circuit for each workspace's calls of each provider's model, as this node sees them. There
 * are at most {@link #MOST}; when there are more, those that were used last stay, and each workspace has its share. What
 * was never answered with a success or a failure of the provider's, such as a model that does not exist, takes no place.
 * Thread-safe.
 */
public final class Circuits {
    private static final Logger LOG = LoggerFactory.getLogger(Circuits.class);

    static final int MOST = 10_000;

    private final InstantSource clock;
    private final Ids ids;
    private final Consumer<Turn> turns;
    private final int most;
    private final Map<Place, Circuit> circuits = new ConcurrentHashMap<>();
    private final AtomicBoolean makingRoom = new AtomicBoolean();

    public Circuits(InstantSource clock, Ids ids, Openings openings) {
        this(clock, ids, openings::add, MOST);
    }

    /** @param turns told on the calls' threads, those of one circuit in order; returns at once */
    Circuits(InstantSource clock, Ids ids, Consumer<Turn> turns, int most) {
        this.clock = clock;
        this.ids = ids;
        this.turns = turns;
        this.most = most;
    }

    /**
     * Asks for leave to call a provider's model. Who has it tells what came of it.
     *
     * @throws ProblemException {@code provider_unavailable} with the time until it is tried again, while the circuit is open
     */
    public Permit enter(String workspaceId, String provider, String model) {
        var place = new Place(workspaceId, provider, model);
        var circuit = circuits.get(place);
        return circuit == null ? new Permit(this, place) : circuit.enter(this, now());
    }

    long now() {
        return clock.millis();
    }

    /** The circuit there, from now on. */
    Circuit circuit(Place place) {
        var circuit = circuits.computeIfAbsent(place, key -> new Circuit(key, ids, turns, now()));
        if (circuits.size() > most) {
            makeRoom();
        }
        return circuit;
    }

    /** What a node that is gone had open: its first success here is told as the recovery. */
    void inherit(Place place, Instant openedAt) {
        circuit(place).inherit(openedAt);
    }

    /** Leaves each workspace its share of nine tenths: who has more loses those that were not used for the longest time. */
    private void makeRoom() {
        if (!makingRoom.compareAndSet(false, true)) {
            return; // somebody does
        }
        try {
            var byWorkspace = new HashMap<String, List<Circuit>>();
            for (var circuit : circuits.values()) {
                byWorkspace
                        .computeIfAbsent(circuit.place().workspaceId(), id -> new ArrayList<>())
                        .add(circuit);
            }
            int share = Math.max(1, most * 9 / 10 / byWorkspace.size());
            for (var of : byWorkspace.values()) {
                of.sort(Comparator.comparingLong(Circuit::usedAt));
                of.subList(0, Math.max(0, of.size() - share)).forEach(this::drop);
            }
        } finally {
            makingRoom.set(false);
        }
    }

    private void drop(Circuit circuit) {
        circuits.remove(circuit.place(), circuit);
        circuit.drop(now());
    }

    /** Of a deleted workspace: what its providers said is in them. */
    public void forget(String workspaceId) {
        var gone = circuits.values().stream()
                .filter(circuit -> circuit.place().workspaceId().equals(workspaceId))
                .toList();
        gone.forEach(this::drop);
        if (!gone.isEmpty()) {
            LOG.info("forgot {} circuits of the deleted workspace {}", gone.size(), workspaceId);
        }
    }

    int size() {
        return circuits.size();
    }

    /** How the providers have been answering this workspace; of those that are not there nothing is known. */
    public Map<String, Health> health(String workspaceId) {
        long now = now();
        var all = new HashMap<String, Health>();
        for (var circuit : circuits.values()) {
            if (circuit.place().workspaceId().equals(workspaceId)) {
                all.merge(circuit.place().provider(), circuit.health(now), Health::and);
            }
        }
        return all;
    }
}
