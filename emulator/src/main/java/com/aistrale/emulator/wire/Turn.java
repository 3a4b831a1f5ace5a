package com.aistrale.emulator.wire;

import com.aistrale.emulator.fault.Asked;
import com.aistrale.emulator.fault.Behaviour;
import com.aistrale.emulator.fault.Fault;
import com.aistrale.emulator.fault.FaultName;
import com.aistrale.emulator.http.Request;
import com.aistrale.emulator.journal.Journal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One request on its way through a wire format. Used by one thread. */
public final class Turn {
    private final World world;
    private final String provider;
    private final Request request;
    private final String route;
    private final Journal.Entry entry;
    private List<Fault> faults = List.of();

    /**
     * One that has just come.
     *
     * @param route the path below the format's base path, beginning with a slash
     */
    public Turn(World world, String provider, Request request, String route, Journal.Entry entry) {
        this.world = world;
        this.provider = provider;
        this.request = request;
        this.route = route;
        this.entry = entry;
    }

    public Request request() {
        return request;
    }

    public String route() {
        return route;
    }

    public World world() {
        return world;
    }

    public boolean is(String method, String path) {
        return request.method().equals(method) && route.equals(path);
    }

    /** Now, in whole seconds. */
    public long seconds() {
        return world.clock().instant().getEpochSecond();
    }

    /**
     * Settles how this request is answered: takes what is scripted for it, else what its header or its model's name says.
     * To be called once, when the request is known to be right.
     *
     * @param model the name that the client sent; empty where a request has none
     * @return the model's own name; empty if it consists of faults only
     * @throws IllegalArgumentException if a fault's name is unknown
     */
    public String settle(String model) {
        FaultName name = FaultName.parse(model);
        entry.model(model);
        Asked asked = new Asked(request.method(), request.path(), model, Keys.fingerprints(request), request.text());
        List<Fault> all = new ArrayList<>(world.scripts().take(provider, asked));
        String header = request.headers().first("x-emulator-fault");
        if (header != null) {
            all.addAll(FaultName.faults(header));
        }
        all.addAll(name.faults());
        faults = List.copyOf(all);
        return name.base();
    }

    /** What was settled; nothing before that. */
    public List<Fault> faults() {
        return faults;
    }

    public <F extends Fault> Optional<F> fault(Class<F> kind) {
        return Behaviour.find(faults, kind);
    }

    /** Whether the answer's usage is to be left out. */
    public boolean withoutUsage() {
        return fault(Fault.NoUsage.class).isPresent();
    }

    /** The seconds that an error status tells the client to wait; 1 where nothing is said. */
    public int retryAfter() {
        return fault(Fault.RetryAfter.class).map(Fault.RetryAfter::seconds).orElse(1);
    }
}
