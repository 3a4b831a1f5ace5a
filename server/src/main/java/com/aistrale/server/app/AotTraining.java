package com.aistrale.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A server's first minute, for java to watch when the build makes the cache of loaded classes ({@code -XX:AOTCacheOutput}): it
 * starts, answers on both surfaces, plain and streaming, and stops. As provider it has itself, so that the way out is seen too.
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
                    "HOME", folder.toString(),
                    "AISTRALE_DATA_DIR", folder.resolve("data").toString(),
                    "AISTRALE_PORT", String.valueOf(port),
                    "AISTRALE_ADMIN_KEY", KEY,
                    "AISTRALE_OLLAMA_DISCOVERY", "false",
                    "AISTRALE_PROVIDERS_ITSELF_BASE_URL", "http://127.0.0.1:" + port + "/v1",
                    "ITSELF_API_KEY", KEY);
            try (var wiring = new Wiring(SettingsReader.read(List.of(), environment), environment)) {
                wiring.http().start();
                calls("http://127.0.0.1:" + port);
                wiring.drain();
            }
        } finally {
            delete(folder);
        }
    }

    private static void calls(String url) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            for (int i = 0; i < ROUNDS; i++) {
                for (var stream : List.of("false", "true")) {
                    post(client, url + "/api/v1/inferences", "{\"prompt\":\"Hello\",\"stream\":" + stream + "}");
                    post(
                            client,
                            url + "/v1/chat/completions",
                            "{\"model\":\"itself/demo/demo\",\"stream\":" + stream
                                    + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
                }
                get(client, url + "/ready");
                get(client, url + "/api/v1/telemetry?last=24h");
                get(client, url + "/api/v1/providers");
            }
        }
    }

    private static void post(HttpClient client, String url, String body) throws IOException, InterruptedException {
        send(client, HttpRequest.newBuilder(URI.create(url))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body, UTF_8)));
    }

    private static void get(HttpClient client, String url) throws IOException, InterruptedException {
        send(client, HttpRequest.newBuilder(URI.create(url)));
    }

    private static void send(HttpClient client, HttpRequest.Builder request) throws IOException, InterruptedException {
        var answer = client.send(
                request.header("authorization", "Bearer " + KEY).build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException("the training got " + answer.statusCode() + ": " + answer.body());
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
