package com.aistrale.server.webhooks.target;

import com.aistrale.server.kit.http.Destination;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/**
 * Which URLs a webhook may have, and which addresses an attempt may connect to: those of the public internet, and what
 * the operator opened. Thread-safe.
 */
public final class TargetPolicy {
    /** How long asking for a name may take where the caller does not say. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String OPENED = "the operator of this server can open it with the setting"
            + " webhooks.allowed_targets (AISTRALE_WEBHOOKS_ALLOWED_TARGETS=%s), and for a program on your own machine"
            + " there is `aistrale webhooks listen --forward-to`.";

    private final AllowedTargets allowed;
    private final boolean allowHttp;
    private final Resolver resolver;

    /**
     * @param allowedTargets exact hosts and CIDRs that are admitted although they are not public
     * @throws IllegalArgumentException when one of them is neither, with a message that names it
     */
    public TargetPolicy(List<String> allowedTargets, boolean allowHttp, Resolver resolver) {
        this.allowed = new AllowedTargets(allowedTargets);
        this.allowHttp = allowHttp;
        this.resolver = resolver;
    }

    /** Reads the URL of a webhook that is created or changed; asks no name server. */
    public Target parse(String url) throws TargetRefused {
        var read = TargetUrl.parse(url, allowHttp);
        var host = host(read);
        var target = new Target(read.with(host), host, read.port());
        // Last, and whatever went before: the client that will call it must read it as it was read here.
        if (!Destination.of(target.url())
                .equals(java.util.Optional.of(new Destination(target.host(), target.port())))) {
            throw new TargetRefused("The host of the URL can be read in more than one way: write a plain host name.");
        }
        return target;
    }

    private String host(TargetUrl url) throws TargetRefused {
        if (url.v6()) {
            return literal(IpLiteral.v6(url.host()), "an IPv6 address such as [2001:db8::1]");
        }
        if (HostName.isLikeAnAddress(url.host())) {
            return literal(IpLiteral.v4(url.host()), "four numbers from 0 to 255, without leading zeros");
        }
        var name = HostName.canonical(url.host());
        if (name == null) {
            throw new TargetRefused(
                    "The host of the URL is no host name: labels of letters, digits and hyphens, at most"
                            + " 63 characters each and 253 together, with dots between; a name in other letters can be given"
                            + " as it is looked up (xn--…).");
        }
        // Exactly as it is listed: with a dot at its end it would be another name to other programs.
        if (HostName.isLocal(name) && !(allowed.hasHost(name) && !url.host().endsWith("."))) {
            throw new TargetRefused("`" + name + "` is a name of a machine or a private network, so no webhook goes"
                    + " there; " + OPENED.formatted(name));
        }
        return name;
    }

    private String literal(byte @org.jspecify.annotations.Nullable [] address, String how) throws TargetRefused {
        if (address == null) {
            throw new TargetRefused("The host of the URL is an address that programs read differently: write " + how
                    + ", or a host name.");
        }
        if (!Ranges.isPublic(address) && !allowed.admitsLiteral(address)) {
            var text = IpLiteral.text(address);
            throw new TargetRefused("`" + text + "` is no address of the public internet, so no webhook goes there; "
                    + OPENED.formatted(text));
        }
        return IpLiteral.text(address);
    }

    /** The addresses that one attempt may connect to, asked for once: every one of them is admitted. */
    public List<InetAddress> resolve(Target target) throws TargetBlocked, UnknownHostException {
        return resolve(target, PATIENCE);
    }

    /**
     * Reads the URL again, as what the operator opened may have changed, and looks at every address that its name has now.
     *
     * @param within how long asking for the name may take
     */
    public List<InetAddress> resolve(Target target, Duration within) throws TargetBlocked, UnknownHostException {
        Target read;
        try {
            read = parse(target.url());
        } catch (TargetRefused refused) {
            throw new TargetBlocked(String.valueOf(refused.getMessage()));
        }
        var literal = AllowedTargets.literal(read.host());
        if (literal != null) {
            return List.of(InetAddress.getByAddress(literal)); // parse looked at it
        }
        var answers = List.copyOf(resolver.lookup(read.host(), within));
        if (answers.isEmpty()) {
            throw new UnknownHostException(read.host());
        }
        for (var answer : answers) {
            var address = answer.getAddress();
            if (!Ranges.isPublic(address) && !allowed.admitsAnswer(read.host(), address)) {
                throw new TargetBlocked(
                        "`" + read.host() + "` leads to an address that is not of the public internet, so"
                                + " nothing was sent; " + OPENED.formatted(read.host()));
            }
        }
        return answers;
    }
}
