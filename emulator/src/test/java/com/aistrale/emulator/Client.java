package com.aistrale.emulator;

import com.aistrale.emulator.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import tools.jackson.databind.JsonNode;

/** A plain HTTP client with credentials of every provider's form. */
final class Client implements AutoCloseable {
    static final String HELLO = "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    static final String HELLO_STREAM = HELLO.replace("{\"model\"", "{\"stream\":true,\"model\"");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Emulator emulator;

    Client(Emulator emulator) {
        this.emulator = emulator;
    }

    /** An answer with its JSON, where it is JSON. */
    record Answer(int status, HttpResponse<String> response) {
        JsonNode json() {
            return Json.read(response.body());
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(emulator.origin() + path))
                .header("content-type", "application/json")
                .header("authorization", "Bearer " + key(path))
                .header("x-api-key", "sk-ant-test")
                .header("x-goog-api-key", "AIzaTest")
                .header("anthropic-version", "2023-06-01");
    }

    private static String key(String path) {
        return path.startsWith("/groq") ? "gsk_test" : path.startsWith("/huggingface") ? "hf_test" : "sk-test";
    }

    Answer post(String path, String body) throws IOException, InterruptedException {
        return send(request(path).POST(BodyPublishers.ofString(body)));
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        return new Answer(response.statusCode(), response);
    }

    Answer chat(String model) throws IOException, InterruptedException {
        return post("/openai/v1/chat/completions", HELLO.replace("gpt-4o", model));
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
