package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.contract.Answers;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.SqliteFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The whole server, as it is wired in earnest, on a free port and a data directory of the test's own. */
public final class TestServer implements AutoCloseable {
    private static final String MASTER_KEY = Base64.getEncoder().encodeToString(new byte[32]);

    private final Wiring wiring;
    private final Path dataDir;
    private final String key;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private boolean closed;

    private TestServer(Path dataDir, Map<String, String> environment, List<String> flags, InstantSource clock)
            throws Exception {
        this.dataDir = dataDir;
        var arguments = new ArrayList<>(List.of("--port", "0", "--data-dir", dataDir.toString()));
        var postgres = OnPostgres.Switch.url(dataDir);
        if (postgres != null) {
            arguments.addAll(List.of("--database-url", postgres));
            environment.putIfAbsent("AISTRALE_MASTER_KEY", MASTER_KEY);
        }
        arguments.addAll(flags);
        wiring = new Wiring(SettingsReader.read(arguments, environment), environment, clock);
        wiring.http().start();
        wiring.started();
        key = wiring.access()
                .create(wiring.access().defaultWorkspace().id(), "test")
                .secret()
                .reveal();
    }

    /** Puts a server together. */
    public static Builder in(Path dataDir) {
        return new Builder(dataDir);
    }

    /** What the server is started with. No Ollama is looked for, and no config file is read, unless said. */
    public static final class Builder {
        private final Path dataDir;
        private final Map<String, String> environment = new HashMap<>();
        private final List<String> flags = new ArrayList<>();
        private InstantSource clock = InstantSource.system();

        private Builder(Path dataDir) {
            this.dataDir = dataDir;
            environment.put("HOME", dataDir.toString());
            environment.put("AISTRALE_OLLAMA_DISCOVERY", "false");
        }

        public Builder environment(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        public Builder flags(String... more) {
            flags.addAll(List.of(more));
            return this;
        }

        /** OpenAI's format at {@code url}, with a credential in the environment. */
        public Builder openAi(String url) {
            return environment("OPENAI_API_KEY", "sk-test-of-the-environment")
                    .environment("AISTRALE_PROVIDERS_OPENAI_BASE_URL", url);
        }

        /** Another clock than the system's. */
        public Builder clock(InstantSource other) {
            clock = other;
            return this;
        }

        public TestServer start() throws Exception {
            return new TestServer(dataDir, environment, flags, clock);
        }
    }

    public int port() {
        return wiring.http().port();
    }

    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** An API key of the default workspace. */
    public String key() {
        return key;
    }

    /** Begins to stop, and returns when all that ran has ended or the grace is over. */
    public void drain() throws InterruptedException {
        wiring.drain();
    }

    /** What is mounted, such as {@code GET /api/v1/whoami}. */
    public List<String> routes() {
        return wiring.routes().mounted();
    }

    /** A request with the key, without a body. */
    public HttpRequest.Builder request(String path) {
        return request(path, key);
    }

    /** A request with another key, without a body. */
    public HttpRequest.Builder request(String path, String anotherKey) {
        return HttpRequest.newBuilder(URI.create(url() + path)).header("authorization", "Bearer " + anotherKey);
    }

    /** A request of any method with another key. @param json null for none */
    public HttpRequest.Builder request(
            String method, String path, @org.jspecify.annotations.Nullable String json, String anotherKey) {
        return json == null
                ? request(path, anotherKey).method(method, BodyPublishers.noBody())
                : request(path, anotherKey)
                        .header("content-type", "application/json")
                        .method(method, BodyPublishers.ofString(json));
    }

    public Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return new Answer(client.send(request.build(), BodyHandlers.ofString()));
    }

    public Answer get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    public Answer delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE());
    }

    public Answer post(String path, String json) throws IOException, InterruptedException {
        return send(request(path).header("content-type", "application/json").POST(BodyPublishers.ofString(json)));
    }

    /** An inference of the native surface. */
    public Answer run(String json) throws IOException, InterruptedException {
        return post("/api/v1/inferences", json);
    }

    /** The record of an inference, over HTTP. */
    public ObjectNode record(String id) throws IOException, InterruptedException {
        return get("/api/v1/inferences/" + id).expect(200);
    }

    /** All records, newest first, over HTTP. */
    public List<JsonNode> records() throws IOException, InterruptedException {
        return List.copyOf(
                get("/api/v1/telemetry?limit=200").expect(200).get("data").values());
    }

    /** Another connection to the database. */
    public OtherConnection database() throws SQLException {
        return OnPostgres.Switch.url(dataDir) == null
                ? new SqliteFile(dataDir.resolve("aistrale.db"))
                : OnPostgres.Switch.connect(dataDir);
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            client.shutdownNow();
            wiring.close();
        }
    }

    /** What came back, which is as the contract says. */
    public record Answer(HttpResponse<String> response) {
        public Answer {
            assertThat(Answers.byTheContract().violations(response)).isEmpty();
        }

        public int status() {
            return response.statusCode();
        }

        public String body() {
            return response.body();
        }

        /** The header's only value; null without one. */
        public @org.jspecify.annotations.Nullable String header(String name) {
            var all = response.headers().allValues(name);
            assertThat(all).as(name).hasSizeLessThan(2);
            return all.isEmpty() ? null : all.getFirst();
        }

        public ObjectNode json() {
            return (ObjectNode) Json.parse(body());
        }

        /** The body as JSON, of an answer with this status. */
        public ObjectNode expect(int status) {
            assertThat(status()).as(body()).isEqualTo(status);
            return json();
        }

        /** The detail of a problem of the native surface, which must have this code and its status. */
        public String problem(int status, String code) {
            var json = expect(status);
            assertThat(header("content-type")).isEqualTo("application/problem+json");
            assertThat(json.get("status").intValue()).isEqualTo(status);
            assertThat(json.get("code").stringValue()).isEqualTo(code);
            assertThat(json.get("request_id").stringValue()).isEqualTo(header("x-request-id"));
            return json.get("detail").stringValue();
        }
    }
}
