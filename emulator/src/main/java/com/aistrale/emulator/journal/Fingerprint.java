package com.aistrale.emulator.journal;

import com.aistrale.emulator.http.Headers;
import com.aistrale.emulator.http.Headers.Header;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;

/** Stands for a credential: two are equal exactly if the credentials are, and neither can be had from it. */
public final class Fingerprint {
    private static final Set<String> CREDENTIALS =
            Set.of("authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie");

    private Fingerprint() {}

    /** {@code sha256:} and the first 12 hexadecimal digits of the credential's digest. */
    public static String of(String credential) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(credential.getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this Java has no SHA-256", missing);
        }
    }

    /** The same headers with fingerprints in place of credentials; {@code Bearer} stays. */
    static Headers mask(Headers headers) {
        return new Headers(headers.all().stream().map(Fingerprint::mask).toList());
    }

    private static Header mask(Header header) {
        if (!CREDENTIALS.contains(header.name().toLowerCase(Locale.ROOT))) {
            return header;
        }
        int space = header.value().indexOf(' ');
        return new Header(
                header.name(),
                space < 0
                        ? of(header.value())
                        : header.value().substring(0, space + 1)
                                + of(header.value().substring(space + 1)));
    }
}
