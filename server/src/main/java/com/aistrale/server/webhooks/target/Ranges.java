package com.aistrale.server.webhooks.target;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Which addresses are of the public internet. Our own table, as {@link java.net.InetAddress} knows a few of these ranges
 * only. IPv6 is the other way round: public is what IANA gives out ({@code 2000::/3}), less what stands here.
 */
final class Ranges {
    private static final List<Cidr> NOT_PUBLIC = ranges(
            "0.0.0.0/8", // this network; Linux connects to itself
            "10.0.0.0/8", // private
            "100.64.0.0/10", // carriers' NAT, overlay networks
            "127.0.0.0/8", // loopback
            "168.63.129.16/32", // Azure's own services, seen from its machines
            "169.254.0.0/16", // link-local: metadata of clouds
            "172.16.0.0/12", // private
            "192.0.0.0/24", // protocol assignments
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // relays of 6to4
            "192.168.0.0/16", // private
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, broadcast
            "2001::/23", // protocol assignments: Teredo, ORCHID, benchmarks
            "2001:db8::/32", // documentation
            "2002::/16", // 6to4, with an IPv4 address in it
            "3fff::/20"); // documentation

    private static final Cidr PUBLIC_V6 = range("2000::/3");

    /** Opened by no range and by no name: only by the address itself. */
    private static final List<Cidr> CLOSED = ranges(
            "0.0.0.0/8",
            "169.254.0.0/16",
            "100.100.100.200/32", // Alibaba's metadata
            "168.63.129.16/32",
            "192.0.0.192/32", // Oracle's metadata
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/8", // holds IPv4 addresses in many spellings
            "fd00:ec2::254/128", // AWS's metadata
            "fd20:ce::254/128", // Google's metadata
            "fe80::/10",
            "ff00::/8");

    private static final List<Cidr> LOOPBACK = ranges("127.0.0.0/8", "::1/128");

    private Ranges() {}

    private static List<Cidr> ranges(String... texts) {
        return Stream.of(texts).map(Ranges::range).toList();
    }

    private static Cidr range(String text) {
        return Objects.requireNonNull(Cidr.parse(text), text);
    }

    static boolean isPublic(byte[] address) {
        boolean given = address.length == 4 || PUBLIC_V6.contains(address);
        return given && !in(NOT_PUBLIC, address);
    }

    static boolean isLoopback(byte[] address) {
        return in(LOOPBACK, address);
    }

    /** Metadata of clouds and what is no machine's address. */
    static boolean isClosed(byte[] address) {
        return in(CLOSED, address) && !isLoopback(address);
    }

    /** Whether all of the range is closed, so that opening it would open nothing. */
    static boolean isClosed(Cidr range) {
        return CLOSED.stream().anyMatch(closed -> closed.contains(range)) && !isLoopback(range.first());
    }

    private static boolean in(List<Cidr> ranges, byte[] address) {
        for (var range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
