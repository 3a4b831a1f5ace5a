package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who waits for {@code /ready} finds all that a start makes, the first API key among it. */
class ReadinessTest {
    @Test
    void itIsReadyWhenAllIsDoneThatAStartDoes(@TempDir Path folder) throws Exception {
        var environment = Map.of("HOME", folder.toString(), "AISTRALE_OLLAMA_DISCOVERY", "false");
        var settings = SettingsReader.read(List.of("--port", "0", "--data-dir", folder + "/data"), environment);
        try (var wiring = new Wiring(settings, environment);
                var client = HttpClient.newHttpClient()) {
            wiring.http().start();
            var ready = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + wiring.http().port() + "/ready"))
                    .build();
            var early = client.send(ready, BodyHandlers.ofString());
            assertThat(early.statusCode()).isEqualTo(503);
            assertThat(early.body()).contains("The server is starting.");
            wiring.started();
            assertThat(client.send(ready, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        }
    }
}
