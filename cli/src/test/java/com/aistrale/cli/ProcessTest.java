package com.aistrale.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process of its own. */
class ProcessTest {
    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private Process start(List<String> options, String... args) throws IOException {
        var line = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1"));
        line.addAll(options);
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), "com.aistrale.cli.Main"));
        line.addAll(List.of(args));
        var builder = new ProcessBuilder(line);
        builder.environment().clear();
        builder.environment().put("HOME", home.toString());
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("AISTRALE_API_URL", server.url());
        return builder.start();
    }

    @Test
    void readsAPipeAndWritesUtf8() throws Exception {
        server.answers("openai", "Grüße 模型 🙂");
        var process = start(List.of(), "run", "Übersetze");
        process.getOutputStream().write("ein Wörtchen".getBytes(UTF_8));
        process.getOutputStream().close();
        assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).isEqualTo("Grüße 模型 🙂\n");
        assertThat(process.waitFor()).isEqualTo(0);
        assertThat(server.bodies.get(0)).contains("\"prompt\":\"Übersetze\\n\\nein Wörtchen\"");
    }

    @Test
    void ctrlCCancelsTheInferenceAndExits130() throws Exception {
        server.endlessSse(FakeServer.delta("Hel"));
        server.json("POST /api/v1/inferences/inf_1/cancel", 200, "{}");
        var process = start(List.of("-Daistrale.stdout=terminal", "-Daistrale.stdin=other"), "run", "x");
        assertThat(new String(process.getInputStream().readNBytes(3), UTF_8)).isEqualTo("Hel");
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(130);
        assertThat(server.clientLeft.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(server.requests).contains("POST /api/v1/inferences/inf_1/cancel");
        assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8)).isEmpty();
    }

    private static String event(int number) {
        return """
                event: webhook.test
                id: 0-%d
                data: {"id":"evt_%d","type":"webhook.test","timestamp":"2026-11-01T12:00:00.000Z","workspace_id":"ws_1",\
                "data":{"webhook_id":null,"message":"Hello"}}

                """.formatted(number, number);
    }

    private Process listening(String... options) throws IOException {
        server.endless("GET /api/v1/events/stream", event(1), event(2), event(3));
        var args = new ArrayList<>(List.of("webhooks", "listen", "--json"));
        args.addAll(List.of(options));
        return start(List.of("-Daistrale.stdin=other"), args.toArray(String[]::new));
    }

    private static List<String> said(Process process) throws IOException {
        return new String(process.getErrorStream().readAllBytes(), UTF_8)
                .lines()
                .toList();
    }

    @Test
    void ctrlCEndsTheListenerAndItsCommandAndSaysWhereToGoOn() throws Exception {
        var pid = home.resolve("pid");
        var process = listening(
                "--exec",
                "echo got $AISTRALE_EVENT_ID; [ $AISTRALE_EVENT_ID = evt_1 ] || { echo $$ >" + pid + "; sleep 60; }");
        while (!Files.exists(pid) || Files.size(pid) == 0) {
            assertThat(process.waitFor(50, TimeUnit.MILLISECONDS)).isFalse();
        }
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(130);
        assertThat(ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                        .filter(ProcessHandle::isAlive))
                .isEmpty();
        assertThat(said(process))
                .containsSubsequence(
                        "got evt_1",
                        "got evt_2",
                        "Stopped behind evt_1. evt_2 was not finished. 1 more had come. To go on from there: aistrale webhooks"
                                + " listen --since 0-1");
        assertThat(new String(process.getInputStream().readAllBytes(), UTF_8).lines())
                .hasSize(2);
    }

    @Test
    void whereNobodyReadsOnTheListenerEndsQuietly() throws Exception {
        var process = listening("--exec", "sleep 1");
        process.getInputStream().close();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(0);
        assertThat(said(process)).containsExactly("Listening for all events at " + server.url() + ". Ctrl-C ends it.");
        assertThat(server.clientLeft.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theExitCodeIsTheProcesss() throws Exception {
        server.problem("POST /api/v1/inferences", 402, "budget_exceeded", "spent");
        var process = start(List.of("-Daistrale.stdin=other"), "run", "x");
        assertThat(process.waitFor()).isEqualTo(5);
        assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8)).startsWith("aistrale: spent (402");
    }
}
