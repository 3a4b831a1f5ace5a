package com.aistrale.cli;

import com.aistrale.Aistrale;
import com.aistrale.AistraleException;
import com.aistrale.HttpURLConnectionTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sees to it that a server runs at a local address, and starts one where none does. */
final class LocalServer {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration FOR_ANOTHERS_START = Duration.ofSeconds(3);
    private static final Set<String> LOOPBACK = Set.of("localhost", "[::1]");
    private final Io io;
    private final @Nullable String launcher;

    /** @param launcher the script that starts the server, null where it is not known */
    LocalServer(Io io, @Nullable String launcher) {
        this.io = io;
        this.launcher = launcher;
    }

    static LocalServer of(Io io) {
        return new LocalServer(
                io, System.getProperty("aistrale.launcher", io.env().get("AISTRALE_LAUNCHER")));
    }

    @Nullable
    String launcher() {
        return launcher;
    }

    /** Returns when a server answers there, or when it is not for us to start one: elsewhere than on this machine, or without a launcher. */
    void ensure(String url) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            return; // the client that comes next says where it is set, and how it is written
        }
        if (uri.getRawUserInfo() != null) {
            return; // as above
        }
        if (launcher == null || !isLocal(uri) || listens(uri)) {
            return;
        }
        var data = DataDir.of(io.env());
        data.create();
        try (var turn = StartTurn.take(data.startLock(), PATIENCE, () -> isReady(url))) {
            if (turn.isOurs() && !listens(uri)) {
                io.note("No server at " + url + ": starting one (log: " + data.log() + ")");
                awaitReady(uri, ServerStart.of(launcher, uri, data, io.env()));
            }
        }
    }

    private void awaitReady(URI uri, ServerStart started) {
        var end = System.nanoTime() + PATIENCE.toNanos();
        var endOfHope = Long.MAX_VALUE;
        while (System.nanoTime() - end < 0) {
            if (isReady(uri.toString())) {
                return;
            }
            if (!started.isAlive() && endOfHope == Long.MAX_VALUE) {
                // Another server may have taken the port or the data folder just before ours, and be about to answer.
                endOfHope = System.nanoTime() + FOR_ANOTHERS_START.toNanos();
            }
            if (endOfHope != Long.MAX_VALUE && System.nanoTime() - endOfHope > 0 && !listens(uri)) {
                throw new CliException(
                        "The server did not start: it ended with code " + started.exitValue() + ".",
                        "Its log (" + started.log() + ") ends:\n" + started.lastLines(),
                        Exit.CONNECTION);
            }
            pause(50);
        }
        throw new CliException(
                "The server at " + uri + " is not ready after " + PATIENCE.toSeconds() + " s.",
                "Its log (" + started.log() + ") ends:\n" + started.lastLines(),
                Exit.CONNECTION);
    }

    private static boolean isReady(String url) {
        try {
            return Aistrale.builder()
                    .environment(Map.of("AISTRALE_CONFIG", "/dev/null"))
                    .apiUrl(url)
                    .transport(new HttpURLConnectionTransport(Duration.ofSeconds(2)))
                    .timeout(Duration.ofSeconds(2))
                    .maxRetries(0)
                    .clientName(Session.CLIENT)
                    .build()
                    .isReady();
        } catch (AistraleException e) {
            return false; // not yet
        }
    }

    static boolean isLocal(URI uri) {
        var host = String.valueOf(uri.getHost());
        return "http".equalsIgnoreCase(uri.getScheme())
                && (LOOPBACK.contains(host) || host.matches("127(\\.\\d{1,3}){3}"));
    }

    static int port(URI uri) {
        return uri.getPort() < 0 ? 80 : uri.getPort();
    }

    static String host(URI uri) {
        return String.valueOf(uri.getHost()).replaceAll("[\\[\\]]", "");
    }

    static boolean listens(URI uri) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host(uri), port(uri)), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException("Interrupted while waiting for the server.", "", Exit.FAILED);
        }
    }
}
