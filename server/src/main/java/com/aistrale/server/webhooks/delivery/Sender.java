package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.kit.http.Outbound;
import com.aistrale.server.kit.http.PinnedOutbound;
import com.aistrale.server.kit.http.RetryAfter;
import com.aistrale.server.webhooks.signing.Signature;
import com.aistrale.server.webhooks.target.TargetBlocked;
import com.aistrale.server.webhooks.target.TargetPolicy;
import com.aistrale.server.webhooks.target.TargetRefused;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes one attempt: signs, asks where the host is, sends, reads the head of the answer. Thread-safe; blocks. */
final class Sender {
    private static final Logger LOG = LoggerFactory.getLogger(Sender.class);

    /** From the look for the host's address to the last byte that is read. */
    static final Duration DEADLINE = Duration.ofSeconds(15);

    /** How much of an answer is read at most: what comes behind it costs the connection. */
    private static final int READ = 64 << 10;

    /** What OkHttp says of a 204 or 205 with a length: a status is a status. */
    private static final Pattern EMPTY = Pattern.compile("^HTTP (20[45]) had non-zero Content-Length");

    /** How much of it is kept. */
    private static final int KEPT = 16 << 10;

    private final PinnedOutbound outbound;
    private final TargetPolicy targets;
    private final InstantSource clock;
    private final LongSupplier nanoTime;

    Sender(PinnedOutbound outbound, TargetPolicy targets, InstantSource clock, LongSupplier nanoTime) {
        this.outbound = outbound;
        this.targets = targets;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    Outcome send(Receiver receiver, String eventId, byte[] body) {
        var at = clock.instant();
        long begin = nanoTime.getAsLong();
        var attempt = new Started(at, begin);
        var keys = receiver.keys(at.toEpochMilli());
        if (keys.isEmpty()) {
            return attempt.failed(DeliveryError.SECRET_UNREADABLE);
        }
        try {
            var target = targets.parse(receiver.url());
            var addresses = targets.resolve(target, DEADLINE);
            var headers = new LinkedHashMap<>(receiver.headers());
            headers.put("content-type", "application/json");
            headers.put("webhook-id", eventId);
            headers.put("webhook-timestamp", String.valueOf(at.getEpochSecond()));
            headers.put("webhook-signature", Signature.of(keys, eventId, at, body));
            var left = DEADLINE.minusNanos(nanoTime.getAsLong() - begin);
            if (!left.isPositive()) {
                return attempt.failed(DeliveryError.TIMEOUT);
            }
            var request = new Outbound.Request("POST", target.url(), headers, body, left, new Cancellation());
            try (var response = outbound.send(request, addresses)) {
                return attempt.answered(response);
            }
        } catch (TargetRefused | TargetBlocked refused) {
            return attempt.failed(DeliveryError.TARGET_BLOCKED);
        } catch (UnknownHostException unknown) {
            return attempt.failed(DeliveryError.DNS);
        } catch (IOException failed) {
            var empty = EMPTY.matcher(String.valueOf(failed.getMessage()));
            return empty.find() ? attempt.answered(Integer.parseInt(empty.group(1))) : attempt.failed(error(failed));
        }
    }

    /** An attempt under way. */
    private final class Started {
        private final Instant at;
        private final long begin;

        Started(Instant at, long begin) {
            this.at = at;
            this.begin = begin;
        }

        private long latency() {
            return (nanoTime.getAsLong() - begin) / 1_000_000;
        }

        Outcome failed(DeliveryError error) {
            return new Outcome(at.toEpochMilli(), latency(), null, error, null, null);
        }

        /** Without a body. */
        Outcome answered(int status) {
            return new Outcome(at.toEpochMilli(), latency(), status, error(status), null, null);
        }

        Outcome answered(Outbound.Response response) {
            int status = response.status();
            var asked = status == 429 || status == 503 ? RetryAfter.of(response::header, clock) : null;
            var body = head(response);
            return new Outcome(at.toEpochMilli(), latency(), status, error(status), body, asked);
        }
    }

    /** A receiver has answered when its status is there: where its body breaks off, what came of it is kept. */
    private static @Nullable String head(Outbound.Response response) {
        var kept = new byte[KEPT];
        var rest = new byte[4096];
        int length = 0;
        try (var in = response.stream()) {
            for (int all = 0, read; all < READ; all += read) {
                boolean keeps = length < KEPT;
                read = keeps ? in.read(kept, length, KEPT - length) : in.read(rest);
                if (read < 0) {
                    break;
                }
                length += keeps ? read : 0;
            }
        } catch (IOException broken) {
            LOG.debug("an answer to a webhook broke off", broken);
        }
        return length == 0 ? null : text(Arrays.copyOf(kept, length));
    }

    /** PostgreSQL's text has no place for a NUL. */
    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8).replace('\0', '\uFFFD');
    }

    private static @Nullable DeliveryError error(int status) {
        if (status >= 200 && status < 300) {
            return null;
        }
        if (status >= 300 && status < 400) {
            return DeliveryError.REDIRECT;
        }
        return status == 410 ? DeliveryError.GONE : DeliveryError.HTTP_STATUS;
    }

    private static DeliveryError error(IOException failed) {
        return switch (failed) {
            case Outbound.TimedOut late -> DeliveryError.TIMEOUT;
            case Outbound.Unreachable nobody -> unreachable(nobody.getCause());
            case SSLException tls -> DeliveryError.TLS;
            default -> DeliveryError.CONNECTION_LOST;
        };
    }

    private static DeliveryError unreachable(@Nullable Throwable cause) {
        return switch (cause) {
            case UnknownHostException unknown -> DeliveryError.DNS;
            case SocketTimeoutException late -> DeliveryError.TIMEOUT;
            case SSLException tls -> DeliveryError.TLS;
            case null, default -> DeliveryError.CONNECTION_REFUSED;
        };
    }
}
