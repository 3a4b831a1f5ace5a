package com.aistrale.cli.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.Transport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PacedTransportTest {
    private static final Transport.Request REQUEST = new Transport.Request(
            "POST", URI.create("http://localhost/"), Map.of(), "{}", Duration.ofSeconds(1), Duration.ofSeconds(1));

    private static Transport.Response answer(int status, Map<String, String> headers) {
        return new Transport.Response(status, headers, new ByteArrayInputStream(new byte[0]));
    }

    /** Whether a line counts as paid before, when these are the answers to its tries and the last one is given again. */
    private static boolean wasReplayed(Integer... before) throws Exception {
        var answers = new ArrayDeque<Transport.Response>();
        for (var status : before) {
            answers.add(answer(status, Map.of("retry-after", "0", "content-type", "application/problem+json")));
        }
        answers.add(answer(200, Map.of("idempotency-replayed", "true")));
        var paced = new PacedTransport(request -> answers.remove(), new Pace(1, Duration.ZERO));
        paced.nextLine();
        for (var i = 0; i <= before.length; i++) {
            paced.send(REQUEST).close();
        }
        assertThat(answers).isEmpty();
        return paced.wasReplayed();
    }

    @Test
    void anAnswerThatIsThereAtTheFirstTryWasPaidBefore() throws Exception {
        assertThat(wasReplayed()).isTrue();
    }

    @Test
    void whatWasRefusedBeforeHasBegunNothing() throws Exception {
        for (var status : List.of(402, 409, 429, 503)) {
            assertThat(wasReplayed(status)).as("after a %s", status).isTrue();
        }
        assertThat(wasReplayed(429, 409, 503)).isTrue();
    }

    @Test
    void whatMayHaveBegunAtTheFirstTryIsPaidNow() throws Exception {
        for (var status : List.of(200, 500, 502, 504)) {
            assertThat(wasReplayed(status)).as("after a %s", status).isFalse();
        }
    }

    @Test
    void theNextLineBeginsAnew() throws Exception {
        var paced = new PacedTransport(
                request -> answer(200, Map.of("idempotency-replayed", "true")), new Pace(1, Duration.ZERO));
        paced.nextLine();
        paced.send(REQUEST).close();
        paced.send(REQUEST).close();
        assertThat(paced.wasReplayed()).isTrue();
        paced.nextLine();
        assertThat(paced.wasReplayed()).isFalse();
    }

    private static PacedTransport asked(Transport transport, Pace pace) {
        var paced = new PacedTransport(transport, pace);
        paced.nextLine();
        try {
            paced.send(REQUEST).close();
        } catch (IOException e) {
            assertThat(e).hasMessage("as the test wants it");
        }
        return paced;
    }

    @Test
    void nothingHasBegunOfWhatWasRefusedOrDidNotComeToTheServer() {
        var pace = new Pace(1, Duration.ZERO);
        for (var status : List.of(400, 401, 402, 403, 429)) {
            assertThat(asked(request -> answer(status, Map.of()), pace).mayHaveBegun())
                    .as("after a %s", status)
                    .isFalse();
        }
        var overloaded = Map.of("content-type", "application/problem+json; charset=utf-8", "retry-after", "0");
        assertThat(asked(request -> answer(503, overloaded), pace).mayHaveBegun())
                .isFalse();
        assertThat(asked(
                                request -> {
                                    throw new Transport.NotConnected("as the test wants it", false, null);
                                },
                                pace)
                        .mayHaveBegun())
                .isFalse();
    }

    /** The SDK asks with a GET why a key was refused. */
    @Test
    void nothingBeginsByAQuestion() throws Exception {
        var paced = asked(
                request -> answer(request.method().equals("GET") ? 200 : 401, Map.of()), new Pace(1, Duration.ZERO));
        paced.send(new Transport.Request(
                        "GET", REQUEST.uri(), Map.of(), null, Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .close();
        assertThat(paced.mayHaveBegun()).isFalse();
    }

    @Test
    void whatAGatewayHasLostMayHaveBegun() {
        var pace = new Pace(1, Duration.ZERO);
        var page = Map.of("content-type", "text/html", "retry-after", "0");
        for (var status : List.of(200, 302, 500, 502, 503, 504)) {
            assertThat(asked(request -> answer(status, page), pace).mayHaveBegun())
                    .as("after a %s", status)
                    .isTrue();
        }
        assertThat(asked(
                                request -> {
                                    throw new IOException("as the test wants it");
                                },
                                pace)
                        .mayHaveBegun())
                .isTrue();
    }

    @Test
    void afterTheEndOnlyWhatMayHaveBegunIsAskedFor() throws Exception {
        var pace = new Pace(1, Duration.ZERO);
        var begun = asked(request -> answer(502, Map.of()), pace);
        var refused = asked(request -> answer(429, Map.of("retry-after", "0")), pace);
        pace.stop();
        begun.send(REQUEST).close();
        assertThatThrownBy(() -> refused.send(REQUEST)).isInstanceOf(PacedTransport.Stopped.class);
    }
}
