package com.aistrale.server.kit.http;

import java.util.Optional;
import okhttp3.HttpUrl;

/**
 * Where a call of a URL goes, as the client that makes the calls reads it. Whoever checks URLs before they are called
 * holds what it read itself against this: two readers that differ are how a checked URL leads elsewhere.
 *
 * @param host in ASCII and lower case (UTS-46), an IPv6 address in its shortest form and without brackets
 * @param port the URL's, or its scheme's
 */
public record Destination(String host, int port) {
    /** Empty when it is no http or https URL. */
    public static Optional<Destination> of(String url) {
        return Optional.ofNullable(HttpUrl.parse(url)).map(read -> new Destination(read.host(), read.port()));
    }
}
