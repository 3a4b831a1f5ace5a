package com.aistrale.server.webhooks.target;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the operator opened although it is not public. A range opens the addresses in it, and names that lead to them;
 * but loopback, where programs trust whoever reaches them, only as an address in the URL, so that no name that somebody
 * else keeps leads there. A host opens itself, wherever it leads. Metadata of clouds is opened by its own address alone.
 */
public final class AllowedTargets {
    private final Set<String> hosts = new HashSet<>();
    private final List<Cidr> ranges = new ArrayList<>();

    /** @throws IllegalArgumentException when one is neither a host nor a range; the message is a sentence about it */
    public AllowedTargets(List<String> targets) {
        targets.forEach(this::add);
    }

    private void add(String target) {
        if (target.indexOf('/') >= 0) {
            ranges.add(range(target));
            return;
        }
        var literal = literal(unbracketed(target));
        if (literal != null) {
            hosts.add(IpLiteral.text(literal));
            ranges.add(Cidr.exactly(literal));
            return;
        }
        var name = HostName.isLikeAnAddress(target) || target.endsWith(".") ? null : HostName.canonical(target);
        if (name == null) {
            throw new IllegalArgumentException(
                    "`" + target + "` is neither a host nor a range of addresses: write a name"
                            + " (n8n.example), an address (10.1.2.3), or a range (10.1.0.0/16), without scheme, port and `*`");
        }
        hosts.add(name);
    }

    private static Cidr range(String target) {
        var range = Cidr.parse(target);
        if (range == null) {
            throw new IllegalArgumentException("`" + target + "` is no range of addresses: write the first address, all"
                    + " bits behind the prefix 0, and the prefix's length, such as 10.1.0.0/16 or fd00:1::/32");
        }
        if (range.bits() == 0) {
            throw new IllegalArgumentException("`" + target
                    + "` opens everything, which cannot be wanted: name the hosts" + " and ranges that webhooks go to");
        }
        if (Ranges.isClosed(range)) {
            throw new IllegalArgumentException(
                    "`" + target + "` opens nothing, as what clouds keep for their machines and"
                            + " what is no machine's address is opened by the address itself only: name that");
        }
        return range;
    }

    private static String unbracketed(String target) {
        return target.startsWith("[") && target.endsWith("]") ? target.substring(1, target.length() - 1) : target;
    }

    static byte @org.jspecify.annotations.Nullable [] literal(String host) {
        return host.indexOf(':') < 0 ? IpLiteral.v4(host) : IpLiteral.v6(host);
    }

    /** @param host a name as {@link HostName#canonical} has it, or an address in its shortest form */
    boolean hasHost(String host) {
        return hosts.contains(host);
    }

    /** Whether a URL with this address as its host may be called. */
    boolean admitsLiteral(byte[] address) {
        return hasHost(IpLiteral.text(address)) || (!Ranges.isClosed(address) && inRange(address));
    }

    /** Whether this address may be connected to for a URL with this name. */
    boolean admitsAnswer(String name, byte[] address) {
        if (Ranges.isClosed(address)) {
            return hasHost(name) && hasHost(IpLiteral.text(address));
        }
        return hasHost(name) || (!Ranges.isLoopback(address) && inRange(address));
    }

    private boolean inRange(byte[] address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }
}
