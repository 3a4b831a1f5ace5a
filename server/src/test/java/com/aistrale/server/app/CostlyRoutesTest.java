package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.app.RoutesTable.Route;
import com.aistrale.server.app.RoutesTable.Trait;
import com.aistrale.server.contract.Contract;
import com.aistrale.server.inference.OpenAiUpstream;
import com.aistrale.server.kit.http.RawServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every operation that the contract says costs money: it is paid once for each Idempotency-Key. */
@Timeout(60)
class CostlyRoutesTest {
    @TempDir
    Path folder;

    private RawServer upstream;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        upstream = new RawServer(line -> {
            for (var request = line.request(); request != null; request = line.request()) {
                if (request.contains("\"stream\":true")) {
                    OpenAiUpstream.stream(line, "what", " was", " said-in-secret");
                } else {
                    line.write(OpenAiUpstream.answer("what was said-in-secret"));
                }
            }
        });
        server = TestServer.in(folder).openAi(upstream.url()).start();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        upstream.close();
    }

    /** By the contract, with the least body that the table knows for it. */
    static List<Route> costly() {
        return Contract.written().operations().stream()
                .filter(operation -> operation.node().path("x-costs").asBoolean(false))
                .map(operation -> RoutesTable.ALL.stream()
                        .filter(route -> route.mounted().equals(operation.name()))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError(operation.name() + " is not in RoutesTable")))
                .toList();
    }

    @Test
    void theContractAndTheTableNameTheSame() {
        assertThat(costly())
                .hasSizeGreaterThan(1)
                .containsExactlyInAnyOrderElementsOf(RoutesTable.ALL.stream()
                        .filter(route -> route.is(Trait.COSTS))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("costly")
    void isPaidOnceForEachKey(Route route) throws Exception {
        var path = route.path(Map.of());
        var plain = String.valueOf(route.body()).replace("demo/demo", "gpt-4o");
        int paid = 0;
        for (var body : List.of(plain, plain.replaceFirst("}$", ",\"stream\":true}"))) {
            for (var key : List.of("a" + body.length(), "b" + body.length())) {
                paid++;
                var first = send(path, body, key);
                var again = send(path, body, key);

                assertThat(first.status()).as(first.body()).isEqualTo(200);
                assertThat(first.body()).contains("said-in-secret");
                assertThat(first.header("idempotency-replayed")).isNull();
                assertThat(again.status()).isEqualTo(200);
                assertThat(again.header("idempotency-replayed")).isEqualTo("true");
                assertThat(again.body()).isEqualTo(first.body());
                assertThat(again.header("x-aistrale-inference-id")).isEqualTo(first.header("x-aistrale-inference-id"));
                assertThat(upstream.requests()).hasSize(paid);
                assertThat(server.records()).hasSize(paid);
                assertThat(send(path, body + " ", key).status()).isEqualTo(409);
            }
        }
    }

    /** The workspace keeps no content, and what is kept to be said again is not to be read. */
    @ParameterizedTest
    @MethodSource("costly")
    void leavesNothingInClearText(Route route) throws Exception {
        var plain = String.valueOf(route.body()).replace("demo/demo", "gpt-4o");
        for (var body : List.of(plain, plain.replaceFirst("}$", ",\"stream\":true}"))) {
            assertThat(send(route.path(Map.of()), body, "a-key-to-find-" + body.length())
                            .body())
                    .contains("said-in-secret");
        }
        server.close();

        boolean found = false;
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertThat(bytes).as(file.toString()).doesNotContain("said-in-secret");
                found |= bytes.contains("a-key-to-find");
            }
        }
        assertThat(found).as("it looks where the answers are").isTrue();
    }

    private TestServer.Answer send(String path, String body, String key) throws Exception {
        return server.send(server.request("POST", path, body, server.key()).header("idempotency-key", key));
    }
}
