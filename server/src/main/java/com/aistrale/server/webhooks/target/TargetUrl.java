package com.aistrale.server.webhooks.target;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A URL read strictly: what different clients read differently has no meaning here. Whether its host may be called is
 * {@link TargetPolicy}'s to say.
 *
 * @param scheme in lower case
 * @param host as it was written, an IPv6 address without its brackets
 * @param v6 whether the host stood in brackets
 * @param port the URL's, or its scheme's
 * @param rest path and query
 */
record TargetUrl(String scheme, String host, boolean v6, int port, String rest) {
    private static final int LONGEST = 2048;
    private static final int HTTP = 80;
    private static final int HTTPS = 443;
    private static final int HIGHEST_PORT = 65_535;
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);
    private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    /** Of RFC 3986 for paths and queries, and brackets, which queries have in practice. */
    private static final String REST = "-._~!$&'()*+,;=:@/?%[]";

    /** Ports that browsers refuse, as what listens there may take a request for something else (WHATWG Fetch). */
    private static final Set<Integer> OTHER_PROTOCOLS = Set.of(
            1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
            109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
            526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
            3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080);

    static TargetUrl parse(String text, boolean allowHttp) throws TargetRefused {
        checkCharacters(text);
        var scheme = scheme(text, allowHttp);
        int from = scheme.length() + "://".length();
        int end = IntStream.range(from, text.length())
                .filter(i -> text.charAt(i) == '/' || text.charAt(i) == '?')
                .findFirst()
                .orElse(text.length());
        var authority = text.substring(from, end);
        var rest = text.substring(end);
        checkRest(rest);
        if (authority.indexOf('@') >= 0) {
            throw new TargetRefused("A webhook's URL has no user and no password before its host, as URLs are shown and"
                    + " logged; send credentials in the webhook's `headers`.");
        }
        if (authority.indexOf('%') >= 0) {
            throw new TargetRefused("The host in a webhook's URL is written without percent-escapes.");
        }
        boolean v6 = authority.startsWith("[");
        int hostEnd = v6 ? authority.indexOf(']') + 1 : authority.indexOf(':');
        if (v6 && hostEnd == 0) {
            throw new TargetRefused("The IPv6 address in the URL lacks its closing bracket.");
        }
        if (hostEnd < 0) {
            hostEnd = authority.length();
        }
        var host = v6 ? authority.substring(1, hostEnd - 1) : authority.substring(0, hostEnd);
        if (host.isEmpty()) {
            throw new TargetRefused("The URL names no host: write one such as https://hooks.example.com/aistrale.");
        }
        int port = port(authority.substring(hostEnd), scheme.equals("https") ? HTTPS : HTTP);
        return new TargetUrl(scheme, host, v6, port, rest.startsWith("/") ? rest : "/" + rest);
    }

    private static void checkCharacters(String text) throws TargetRefused {
        if (text.isBlank()) {
            throw new TargetRefused("A webhook needs a URL, such as https://hooks.example.com/aistrale.");
        }
        if (text.length() > LONGEST) {
            throw new TargetRefused(
                    "A webhook's URL has at most " + LONGEST + " characters, and this one " + text.length() + ".");
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                throw new TargetRefused("The URL has a space or a control character (" + codePoint(c)
                        + "): leave it out, or percent-encode it where it belongs to the path or the query.");
            }
            if (c == '\\') {
                throw new TargetRefused("The URL has a backslash, which programs read differently: write `/`, or"
                        + " percent-encode it where a backslash is meant.");
            }
            if (c == '#') {
                throw new TargetRefused("The URL has a fragment (`#` and what follows), which no receiver gets to see:"
                        + " leave it out.");
            }
        }
    }

    private static String scheme(String text, boolean allowHttp) throws TargetRefused {
        var matcher = SCHEME.matcher(text);
        if (!matcher.matches()) {
            throw new TargetRefused(
                    "A webhook's URL begins with https://, such as" + " https://hooks.example.com/aistrale.");
        }
        var scheme = matcher.group(1).toLowerCase(Locale.ROOT);
        boolean http = scheme.equals("http");
        if (!http && !scheme.equals("https")) {
            throw new TargetRefused("A webhook's URL begins with https://, and this one with `" + scheme + ":`.");
        }
        if (!text.startsWith("//", scheme.length() + 1)) {
            throw new TargetRefused("Behind `" + scheme + ":` the URL goes on with `//` and the host.");
        }
        if (http && !allowHttp) {
            throw new TargetRefused("A webhook's URL begins with https://, unless the operator of this server permits"
                    + " http with the setting webhooks.allow_http (AISTRALE_WEBHOOKS_ALLOW_HTTP=true).");
        }
        return scheme;
    }

    private static void checkRest(String rest) throws TargetRefused {
        for (int i = 0; i < rest.length(); i = rest.offsetByCodePoints(i, 1)) {
            int c = rest.codePointAt(i);
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || REST.indexOf(c) >= 0);
            if (!plain) {
                throw new TargetRefused("Path and query of the URL have a character that must be percent-encoded ("
                        + codePoint(c) + ").");
            }
        }
        if (BROKEN_ESCAPE.matcher(rest).find()) {
            throw new TargetRefused("The URL has a `%` without two hexadecimal digits behind it: write %25 for the"
                    + " character itself.");
        }
    }

    private static int port(String written, int usual) throws TargetRefused {
        if (written.isEmpty()) {
            return usual;
        }
        if (!written.matches(":[0-9]{1,5}")) {
            throw new TargetRefused("Behind its host a URL has nothing, or a colon and a port from 1 to 65535.");
        }
        int port = Integer.parseInt(written.substring(1));
        if (port == 0 || port > HIGHEST_PORT) {
            throw new TargetRefused("A port is a number from 1 to 65535, and not " + port + ".");
        }
        if (OTHER_PROTOCOLS.contains(port)) {
            throw new TargetRefused("Port " + port + " belongs to another protocol than HTTP, so no webhook goes there:"
                    + " let the receiver listen on another, such as 443 or 8443.");
        }
        return port;
    }

    private static String codePoint(int c) {
        return "U+%04X".formatted(c);
    }

    /** As it is stored and called, under this host. */
    String with(String canonicalHost) {
        boolean usual = port == (scheme.equals("https") ? HTTPS : HTTP);
        var bracketed = v6 ? "[" + canonicalHost + "]" : canonicalHost;
        return scheme + "://" + bracketed + (usual ? "" : ":" + port) + rest;
    }
}
