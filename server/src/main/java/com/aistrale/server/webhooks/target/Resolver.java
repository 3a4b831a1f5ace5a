package com.aistrale.server.webhooks.target;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/** Asks what addresses a host name has. Blocks. */
@FunctionalInterface
public interface Resolver {
    List<InetAddress> lookup(String host) throws UnknownHostException;

    /** @param within how long the answer may take; who does not wait for a network need not look at it */
    default List<InetAddress> lookup(String host, Duration within) throws UnknownHostException {
        return lookup(host);
    }
}
