package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What settings do to the whole server. */
@Timeout(60)
class WiringTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.1", "127.0.0.2, 127.0.0.2", "localhost, localhost", "0.0.0.0, 127.0.0.1"})
    void answersUnderTheNameItListensOn(String host, String name) throws Exception {
        try (var server = TestServer.in(folder).flags("--host", host).start();
                var client = HttpClient.newHttpClient()) {
            var answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://" + name + ":" + server.port() + "/health"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
    }

    @Test
    void onAPublicAddressNoDemoAnswersByItself() throws Exception {
        try (var server = TestServer.in(folder).flags("--host", "0.0.0.0").start()) {
            assertThat(server.run("{\"prompt\":\"Hello\"}").problem(422, "no_provider"))
                    .endsWith("aistrale tokens add --provider openai");
        }
        try (var server = TestServer.in(folder).start()) {
            var answer = server.run("{\"prompt\":\"Hello\"}").expect(200);
            assertThat(answer.get("provider").stringValue()).isEqualTo("demo");
            assertThat(answer.get("cost_usd").isNull()).isTrue();
            assertThat(answer.get("usage").isNull()).isTrue();
        }
    }

    @Test
    void theBodyLimitIsASetting() throws Exception {
        try (var server = TestServer.in(folder)
                .environment("AISTRALE_HTTP_MAX_BODY_BYTES", "2000")
                .start()) {
            assertThat(server.run("{\"prompt\":\"" + "x".repeat(2000) + "\"}").problem(413, "payload_too_large"))
                    .startsWith("The body is larger than 2000 bytes");
            assertThat(server.post("/v1/chat/completions", "x".repeat(2001))
                            .expect(413)
                            .get("error")
                            .get("code")
                            .stringValue())
                    .isEqualTo("payload_too_large");
        }
    }

    @Test
    void twentyMebibytesAreTakenInOneString() throws Exception {
        try (var server = TestServer.in(folder).start()) {
            var prompt = "x".repeat((20 << 20) - 20);
            assertThat(server.run("{\"prompt\":\"" + prompt + "\"}").status()).isEqualTo(200);
        }
    }

    @Test
    void corsAndHostsAreSettings() throws Exception {
        try (var server = TestServer.in(folder)
                .environment("AISTRALE_HTTP_CORS_ORIGINS", "https://app.example")
                .environment("AISTRALE_HTTP_ALLOWED_HOSTS", "models.example")
                .start()) {
            var allowed = server.send(server.request("/health").header("origin", "https://app.example"));
            assertThat(allowed.header("access-control-allow-origin")).isEqualTo("https://app.example");
            try (var client = new com.aistrale.server.kit.http.RawClient(server.port())) {
                client.send("GET /health HTTP/1.1\r\nHost: models.example\r\n\r\n");
                assertThat(client.readAnswer()).startsWith("HTTP/1.1 200 ");
            }
        }
    }

    @Test
    void aDatabaseThatCannotBeOpenedIsNamedAndTheDirectoryIsGivenBack() throws Exception {
        var file = Files.writeString(folder.resolve("aistrale.db"), "no database ".repeat(500));

        assertThatThrownBy(() -> TestServer.in(folder).start())
                .isInstanceOf(StartException.class)
                .hasMessageStartingWith("The database " + file + " cannot be opened: ")
                .hasMessageContaining("file is not a database");
        Files.delete(file);
        TestServer.in(folder).start().close();
    }

    @Test
    void aPriceFileAtFaultIsNamed() throws Exception {
        var file = Files.writeString(folder.resolve("prices.json"), "{");

        assertThatThrownBy(() -> TestServer.in(folder)
                        .environment("AISTRALE_PRICING_FILE", file.toString())
                        .start())
                .isInstanceOf(StartException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void keysAndTokensSurviveARestart() throws Exception {
        String key;
        try (var server = TestServer.in(folder).start()) {
            key = server.key();
            server.post("/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"sk-0123456789-abcd\"}")
                    .expect(201);
        }
        try (var server = TestServer.in(folder).start()) {
            var answer = server.send(HttpRequest.newBuilder(URI.create(server.url() + "/api/v1/tokens"))
                    .header("authorization", "Bearer " + key));
            assertThat(answer.expect(200).get("data").get(0).get("last_four").stringValue())
                    .isEqualTo("abcd");
            assertThat(server.get("/api/v1/whoami").json().get("default_model").stringValue())
                    .startsWith("openai/");
        }
    }
}
