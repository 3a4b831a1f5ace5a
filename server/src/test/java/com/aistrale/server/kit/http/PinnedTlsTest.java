package com.aistrale.server.kit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The name that was written is the one whose certificate counts, whatever the address that is connected to. */
class PinnedTlsTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");

    @TempDir
    static Path folder;

    private static SSLContext context;
    private static X509TrustManager trusted;
    private static SSLServerSocket server;
    private static final List<String> NAMES = new CopyOnWriteArrayList<>();
    private static final List<String> REQUESTS = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void serve() throws Exception {
        var store = keys();
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, "password".toCharArray());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        trusted = (X509TrustManager) trust.getTrustManagers()[0];
        context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 50, HERE);
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try {
                    var socket = (SSLSocket) server.accept();
                    Thread.ofVirtual().start(() -> answer(socket));
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    /** A certificate for hooks.example, made by the JDK's own tool, that signs itself. */
    private static KeyStore keys() throws Exception {
        var file = folder.resolve("keys.p12");
        var tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "hooks",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=hooks.example",
                        "-ext",
                        "san=dns:hooks.example",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        "password")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(tool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(tool.exitValue())
                .as(() -> read(folder.resolve("keytool.log")))
                .isZero();
        var all = KeyStore.getInstance(file.toFile(), "password".toCharArray());
        all.setCertificateEntry("trusted", all.getCertificate("hooks"));
        return all;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    private static void answer(SSLSocket socket) {
        try (socket) {
            socket.startHandshake();
            for (var name : ((ExtendedSSLSession) socket.getSession()).getRequestedServerNames()) {
                NAMES.add(((SNIHostName) name).getAsciiName());
            }
            while (answered(socket)) {
                // The next one.
            }
        } catch (IOException gone) {
            // As the tests want it.
        }
    }

    private static boolean answered(SSLSocket socket) throws IOException {
        var head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n{}")) {
            int b = socket.getInputStream().read();
            if (b < 0) {
                return false;
            }
            head.append((char) b);
        }
        REQUESTS.add(head.toString());
        var out = socket.getOutputStream();
        if (head.indexOf("POST /endless") == 0) {
            out.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;".getBytes(StandardCharsets.UTF_8));
            var more = "a".repeat(1 << 14).getBytes(StandardCharsets.UTF_8);
            while (true) {
                out.write(more);
            }
        }
        out.write(RawServer.json("{}").getBytes(StandardCharsets.UTF_8));
        return true;
    }

    @AfterAll
    static void close() throws IOException {
        server.close();
    }

    private static PinnedOutbound outbound() {
        return new PinnedOutbound(
                "aistrale/test",
                System::nanoTime,
                client -> client.sslSocketFactory(context.getSocketFactory(), trusted));
    }

    private static int call(PinnedOutbound outbound, String host, String path) throws IOException {
        var request = new Outbound.Request(
                "POST",
                "https://" + host + ":" + server.getLocalPort() + path,
                Map.of(),
                "{}".getBytes(StandardCharsets.UTF_8),
                Duration.ofSeconds(20),
                new Cancellation());
        try (var response = outbound.send(request, List.of(HERE))) {
            response.stream().readNBytes(1 << 16);
            return response.status();
        }
    }

    @Test
    void theNameIsAskedForAndItsCertificateTaken() throws IOException {
        REQUESTS.clear();
        NAMES.clear();
        try (var outbound = outbound()) {
            assertThat(call(outbound, "hooks.example", "/x")).isEqualTo(200);
        }
        assertThat(NAMES).containsExactly("hooks.example");
        assertThat(REQUESTS).hasSize(1).first().asString().contains("Host: hooks.example:" + server.getLocalPort());
    }

    @Test
    void aCertificateForAnotherNameIsRefusedBeforeAnythingIsSent() throws IOException {
        REQUESTS.clear();
        try (var outbound = outbound()) {
            for (var host : List.of("other.example", "x.hooks.example", "127.0.0.1")) {
                assertThatThrownBy(() -> call(outbound, host, "/x"))
                        .isInstanceOf(Outbound.Unreachable.class)
                        .hasCauseInstanceOf(SSLException.class)
                        .hasMessageStartingWith("no secure connection: ");
            }
        }
        assertThat(REQUESTS).isEmpty();
    }

    @Test
    void aCertificateOfNobodyIsRefused() throws IOException {
        REQUESTS.clear();
        try (var outbound = new PinnedOutbound("aistrale/test")) {
            assertThatThrownBy(() -> call(outbound, "hooks.example", "/x"))
                    .isInstanceOf(Outbound.Unreachable.class)
                    .hasCauseInstanceOf(SSLException.class);
        }
        assertThat(REQUESTS).isEmpty();
    }

    /** The bound on lines without end holds inside of TLS too. */
    @Test
    void linesWithoutEndEndTheCall() throws IOException {
        try (var outbound = outbound()) {
            assertThatThrownBy(() -> call(outbound, "hooks.example", "/endless"))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(Outbound.TimedOut.class);
            await().until(() -> outbound.connections() == 0);
        }
    }

    /** TLS does not spoil that a connection is used again. */
    @Test
    void manyCallsGetThrough() throws IOException {
        try (var outbound = outbound()) {
            var statuses = new ArrayList<Integer>();
            for (int i = 0; i < 5; i++) {
                statuses.add(call(outbound, "hooks.example", "/x"));
            }
            assertThat(statuses).containsOnly(200).hasSize(5);
        }
    }
}
