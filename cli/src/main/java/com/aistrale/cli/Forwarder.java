package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.Aistrale;
import com.aistrale.Event;
import com.aistrale.HttpURLConnectionTransport;
import com.aistrale.Transport;
import com.aistrale.Webhooks;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import javax.net.ssl.SSLException;

/**
 * Posts events to a receiver as the server's webhooks do: the same headers, the same signature. An event that found nobody, or whose
 * connection broke, is sent once more after a second, as a receiver may be starting anew; an answer is an answer.
 */
final class Forwarder {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration DEADLINE = Duration.ofSeconds(15);
    private static final long PAUSE_MILLIS = 1000;
    private static final int LONGEST_ANSWER = 64 * 1024;
    private final Transport transport = new HttpURLConnectionTransport(CONNECT);
    private final URI to;
    private final String secret;
    private final InstantSource clock;

    /**
     * What came of it.
     *
     * @param told in words, such as {@code 200 12 ms}
     */
    record Outcome(String told, boolean answered) {}

    Forwarder(String url, String secret, InstantSource clock) {
        this.to = uri(url);
        this.secret = secret;
        this.clock = clock;
    }

    URI to() {
        return to;
    }

    Outcome forward(Event event) throws InterruptedException {
        var first = send(event);
        if (first.answered()) {
            return first;
        }
        Thread.sleep(PAUSE_MILLIS);
        var second = send(event);
        return second.answered()
                ? new Outcome(second.told() + " (at the second try)", true)
                : new Outcome(second.told() + ", twice", false);
    }

    private Outcome send(Event event) {
        var body = event.toJson();
        var headers = new LinkedHashMap<>(Webhooks.sign(body.getBytes(UTF_8), event.id(), clock.instant(), secret));
        headers.put("content-type", "application/json");
        headers.put("user-agent", "aistrale/" + Aistrale.VERSION);
        headers.put("accept", "*/*");
        headers.put("accept-encoding", "identity");
        var request = new Transport.Request("POST", to, headers, body, DEADLINE, DEADLINE);
        var begin = System.nanoTime();
        try (var answer = transport.send(request)) {
            var head = new String(answer.body().readNBytes(LONGEST_ANSWER), UTF_8);
            return new Outcome(said(answer, head, millis(begin)), true);
        } catch (Transport.NotConnected e) {
            return new Outcome(e.timedOut() ? "no connection within 10 s" : Io.line(notConnected(e)), false);
        } catch (SocketTimeoutException e) {
            return new Outcome("no answer within 15 s", true); // it may be at work on it
        } catch (SSLException e) {
            return new Outcome("no secure connection: " + Io.line(String.valueOf(e.getMessage())), true);
        } catch (IOException e) {
            return new Outcome("the connection broke off before the answer", false);
        }
    }

    private String notConnected(Transport.NotConnected e) {
        var why = String.valueOf(e.getMessage());
        return why.contains("refused") ? "nothing listens at " + to.getAuthority() : why;
    }

    /** A status, and what was said with it where it is not a success. */
    private static String said(Transport.Response answer, String body, long millis) {
        var status = answer.status();
        var said = status + " " + millis + " ms";
        if (status >= 200 && status < 300) {
            return said;
        }
        if (status >= 300 && status < 400) {
            return said + ": redirects are not followed";
        }
        return body.isBlank() ? said : said + ": " + DeliveryWords.head(body);
    }

    private static long millis(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin).toMillis();
    }

    /** {@code localhost:3000/hook} is as good as {@code http://localhost:3000/hook}. */
    private static URI uri(String text) {
        var whole = text.contains("://") ? text : "http://" + text;
        try {
            var uri = new URI(whole);
            var scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if ((scheme.equals("http") || scheme.equals("https"))
                    && uri.getHost() != null
                    && uri.getFragment() == null) {
                return uri.getRawPath().isEmpty() ? uri.resolve("/") : uri;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw new CliException(
                "--forward-to is no URL to post to: " + Io.line(text),
                "Write it like http://localhost:3000/hook.",
                Exit.USAGE);
    }
}
