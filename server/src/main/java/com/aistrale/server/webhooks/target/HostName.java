package com.aistrale.server.webhooks.target;

import com.aistrale.server.kit.http.Destination;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules for host names that are no addresses. */
final class HostName {
    private static final int LONGEST = 253;
    private static final int LONGEST_LABEL = 63;
    private static final char ZERO_WIDTH_NON_JOINER = '\u200c';
    private static final char ZERO_WIDTH_JOINER = '\u200d';
    private static final Set<String> LOCAL_ENDINGS = Set.of("localhost", "local", "internal");

    private HostName() {}

    /** In ASCII and lower case, without a dot at its end; null when clients could read it otherwise than a person does. */
    static @Nullable String canonical(String written) {
        var host = written.endsWith(".") ? written.substring(0, written.length() - 1) : written;
        boolean plain = host.chars().allMatch(c -> c < 128);
        if (!plain && (host.indexOf(ZERO_WIDTH_JOINER) >= 0 || host.indexOf(ZERO_WIDTH_NON_JOINER) >= 0)) {
            return null; // nobody sees whether they are there
        }
        var ascii = plain ? host.toLowerCase(Locale.ROOT) : ascii(host);
        if (ascii == null || !isWellFormed(ascii)) {
            return null;
        }
        if (!plain || ascii.startsWith("xn--") || ascii.contains(".xn--")) {
            var spelled = Punycode.host(ascii);
            if (spelled == null || !ascii.equals(ascii(spelled))) {
                return null;
            }
            if (!plain && !spelled.equals(Normalizer.normalize(host.toLowerCase(Locale.ROOT), Normalizer.Form.NFC))) {
                return null; // characters that turn into others, such as wide digits
            }
        }
        return ascii;
    }

    /** UTS-46, by the client that makes the calls. */
    private static @Nullable String ascii(String host) {
        return Destination.of("https://" + host + "/").map(Destination::host).orElse(null);
    }

    /** Labels of letters, digits, hyphens inside, and underscores, which machines in networks of one's own have. */
    private static boolean isWellFormed(String ascii) {
        if (ascii.isEmpty() || ascii.length() > LONGEST) {
            return false;
        }
        for (var label : ascii.split("\\.", -1)) {
            if (label.isEmpty()
                    || label.length() > LONGEST_LABEL
                    || label.startsWith("-")
                    || label.endsWith("-")
                    || !label.chars().allMatch(HostName::isOfALabel)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOfALabel(int c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    /** Whether some systems read it as an IPv4 address: {@code 127.1}, {@code 2130706433}, {@code 0x7f.1}. */
    static boolean isLikeAnAddress(String host) {
        var dotless = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        return dotless.substring(dotless.lastIndexOf('.') + 1).matches("\\d+|0[xX][0-9a-fA-F]*");
    }

    /** Names that only a machine or its network knows; such as {@code metadata.google.internal} among them. */
    static boolean isLocal(String canonical) {
        int dot = canonical.lastIndexOf('.');
        return dot < 0 || LOCAL_ENDINGS.contains(canonical.substring(dot + 1));
    }
}
