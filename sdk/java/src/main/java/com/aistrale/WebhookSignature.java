package com.aistrale;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The signatures of Standard Webhooks 1.0.0: {@code v1}, HMAC-SHA256 over {@code id.timestamp.body} with the secret's bytes. */
final class WebhookSignature {
    static final String ID = "webhook-id";
    static final String TIMESTAMP = "webhook-timestamp";
    static final String SIGNATURE = "webhook-signature";
    private static final String PREFIX = "whsec_";
    private static final String VERSION = "v1,";
    private static final long TOLERANCE_SECONDS = 300;
    /** Whole seconds, written in the one way there is, and no more digits than a long has. */
    private static final Pattern SECONDS = Pattern.compile("0|[1-9][0-9]{0,17}");

    private WebhookSignature() {}

    /** The value of {@code webhook-signature}: one for each secret. */
    static String of(Collection<String> secrets, String id, String timestamp, byte[] body) {
        return keys(secrets).stream()
                .map(key -> VERSION + signature(key, id, timestamp, body))
                .collect(Collectors.joining(" "));
    }

    /** Returns where one of the signatures is good, and throws where none is. */
    static void verify(byte[] body, Map<String, String> headers, Collection<String> secrets, Instant now) {
        var keys = keys(secrets);
        var id = required(headers, ID);
        var timestamp = required(headers, TIMESTAMP);
        var signatures = required(headers, SIGNATURE);
        if (!SECONDS.matcher(timestamp).matches()) {
            throw refused(TIMESTAMP + " is not a time in whole seconds since 1970");
        }
        var age = now.getEpochSecond() - Long.parseLong(timestamp);
        if (Math.abs(age) > TOLERANCE_SECONDS) {
            throw refused("it was signed " + Math.abs(age) + " s " + (age > 0 ? "ago" : "in the future") + ", and "
                    + TOLERANCE_SECONDS + " s are accepted: it was held up or sent again by somebody,"
                    + " or a clock is wrong");
        }
        var good = false;
        for (var key : keys) {
            var expected = (VERSION + signature(key, id, timestamp, body)).getBytes(UTF_8);
            for (var given : signatures.split(" ", -1)) {
                good |= MessageDigest.isEqual(expected, given.getBytes(UTF_8));
            }
        }
        if (!good) {
            throw refused(
                    "no signature in " + SIGNATURE + " is that of the body by the secret: pass the body as it came,"
                            + " byte for byte, and the secret of the webhook that sends here");
        }
    }

    /** The three headers, by their names in lower case, of names in whatever case with one value, or a list or an array of one. */
    static Map<String, String> headers(Map<String, ?> given) {
        var found = new LinkedHashMap<String, String>();
        for (var entry : given.entrySet()) {
            if (entry.getKey() == null) {
                continue; // HttpURLConnection's status line
            }
            var name = entry.getKey().toLowerCase(Locale.ROOT);
            if (name.equals(ID) || name.equals(TIMESTAMP) || name.equals(SIGNATURE)) {
                for (var value : values(entry.getValue())) {
                    var before = found.put(name, value);
                    if (before != null && !before.equals(value)) {
                        throw refused("the request has " + name + " twice, and not twice the same");
                    }
                }
            }
        }
        return found;
    }

    static Map<String, String> headers(Webhooks.HeaderLookup given) {
        var found = new LinkedHashMap<String, String>();
        for (var name : List.of(ID, TIMESTAMP, SIGNATURE)) {
            var value = given.get(name);
            if (value != null) {
                found.put(name, value);
            }
        }
        return found;
    }

    static WebhookVerificationException refused(String why) {
        return new WebhookVerificationException("not a webhook to be trusted: " + why, null);
    }

    private static List<String> values(@Nullable Object value) {
        var values = new ArrayList<String>();
        if (value instanceof Iterable<?> several) {
            several.forEach(each -> values.addAll(values(each)));
        } else if (value instanceof Object[] several) {
            values.addAll(values(Arrays.asList(several)));
        } else if (value != null) {
            values.add(value.toString());
        }
        return values;
    }

    private static String required(Map<String, String> headers, String name) {
        var value = headers.get(name);
        if (value == null || value.isEmpty()) {
            throw refused("the request has no " + name + " header: it is not a webhook's,"
                    + " or something on the way here dropped it");
        }
        return value;
    }

    private static String signature(byte[] key, String id, String timestamp, byte[] body) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    private static List<byte[]> keys(Collection<String> secrets) {
        if (secrets.isEmpty()) {
            throw refused("there is no secret to check it with: pass the webhook's (whsec_…)");
        }
        return secrets.stream().map(WebhookSignature::key).collect(Collectors.toList());
    }

    private static byte[] key(String secret) {
        var text = secret.strip();
        text = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
        try {
            var key = Base64.getDecoder().decode(text);
            if (key.length > 0) {
                return key;
            }
        } catch (IllegalArgumentException e) {
            // Said below, without the decoder's words, which show a part of it.
        }
        throw refused("the secret is not whsec_ and base64: pass it as it was shown when the webhook was made");
    }
}
