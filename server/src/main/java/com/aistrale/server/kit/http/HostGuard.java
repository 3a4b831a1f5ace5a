package com.aistrale.server.kit.http;

import com.aistrale.server.kit.problem.Problem;
import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Against DNS rebinding: a page of another site can point its own name at 127.0.0.1, but the browser still sends that
 * name as Host. A server bound to loopback therefore answers to loopback's names only, and to those it was told.
 */
public final class HostGuard {
    private final boolean active;
    private final Set<String> allowed = new HashSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));

    /** @param names further names under which this server is reached, without port */
    public HostGuard(boolean active, Collection<String> names) {
        this.active = active;
        names.forEach(name -> allowed.add(name.toLowerCase(Locale.ROOT)));
    }

    /** @throws ProblemException {@code permission_denied} for a name that is not this server's */
    public void check(@Nullable String host) {
        if (!active || host == null) {
            return;
        }
        int bracket = host.indexOf(']');
        int colon = host.indexOf(':', Math.max(bracket, 0));
        var name = (colon < 0 ? host : host.substring(0, colon)).toLowerCase(Locale.ROOT);
        if (!allowed.contains(name)) {
            throw Problem.of(
                            ProblemCode.PERMISSION_DENIED,
                            "The Host header names `" + name + "`, which is not a name of this server. If it is meant"
                                    + " to be, add it to http.allowed_hosts.")
                    .exception();
        }
    }
}
