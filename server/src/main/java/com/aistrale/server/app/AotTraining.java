package com.aistrale.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aistrale.server.kit.http.Cancellation;
import com.aistrale.server.kit.http.OkHttpOutbound;
import com.aistrale.server.kit.http.Outbound;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A server's first minute, for java to watch when the build makes the cache of loaded classes ({@code -XX:AOTCacheOutput}): it
 * starts, answers on every surface, plain and streaming, and stops. As provider it has itself, so that the way out is seen too.
 */
final class AotTraining {
    private static final String KEY = "ais_only_for_the_training";
    private static final int ROUNDS = 12;

    private AotTraining() {}

    public static void main(String[] arguments) throws Exception {
        var folder = Files.createTempDirectory("aistrale-training");
        try {
            int port = freePort();
            var environment = Map.of(
                    "HOME",
                    folder.toString(),
                    "AISTRALE_DATA_DIR",
                    folder.resolve("data").toString(),
                    "AISTRALE_PORT",
                    String.valueOf(port),
                    "AISTRALE_ADMIN_KEY",
                    KEY,
                    "AISTRALE_OLLAMA_DISCOVERY",
                    "false",
                    "AISTRALE_PROVIDERS_ITSELF_BASE_URL",
                    "http://127.0.0.1:" + port + "/v1",
                    "ITSELF_API_KEY",
                    KEY);
            try (var wiring = new Wiring(SettingsReader.read(List.of(), environment), environment)) {
                wiring.http().start();
                wiring.started();
                calls("http://127.0.0.1:" + port);
                wiring.drain();
            }
        } finally {
            delete(folder);
        }
    }

    private static void calls(String url) throws IOException {
        try (var client = new OkHttpOutbound("training")) {
            for (int i = 0; i < ROUNDS; i++) {
                for (var stream : List.of("false", "true")) {
                    send(
                            client,
                            "POST",
                            url + "/api/v1/inferences",
                            "{\"prompt\":\"Hello\",\"model\":\"demo/demo\",\"stream\":" + stream + "}");
                    send(
                            client,
                            "POST",
                            url + "/v1/chat/completions",
                            "{\"model\":\"itself/demo/demo\",\"stream\":" + stream
                                    + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
                    send(
                            client,
                            "POST",
                            url + "/v1/messages",
                            "{\"model\":\"itself/demo/demo\",\"max_tokens\":100,\"stream\":" + stream
                                    + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
                }
                send(client, "GET", url + "/ready", null);
                send(client, "GET", url + "/api/v1/telemetry?last=24h", null);
                send(client, "GET", url + "/api/v1/providers", null);
            }
        }
    }

    private static void send(Outbound client, String method, String url, @Nullable String body) throws IOException {
        var request = new Outbound.Request(
                method,
                url,
                Map.of("authorization", "Bearer " + KEY),
                body == null ? null : body.getBytes(UTF_8),
                Duration.ofSeconds(30),
                new Cancellation());
        try (var answer = client.send(request)) {
            var text = new String(answer.bytes(), UTF_8);
            if (answer.status() != 200) {
                throw new IllegalStateException("the training got " + answer.status() + ": " + text);
            }
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
