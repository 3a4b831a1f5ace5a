package com.aistrale.server.webhooks.target;

/**
 * A URL that {@link TargetPolicy#parse} admitted.
 *
 * @param url as it is stored and called: the host in ASCII and lower case, the rest as it was written
 * @param host of the URL, an IPv6 address without its brackets
 * @param port the URL's, or its scheme's
 */
public record Target(String url, String host, int port) {}
