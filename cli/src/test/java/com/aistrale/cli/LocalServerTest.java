package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With processes: a launcher that starts {@link FakeServerMain}. */
class LocalServerTest {
    @TempDir
    Path home = Path.of(".");

    private String url = "";
    private Path launcher = Path.of(".");

    @BeforeEach
    void prepare() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            url = "http://127.0.0.1:" + free.getLocalPort();
        }
        launcher = home.resolve("launcher");
        Files.writeString(
                launcher, """
                #!/bin/sh
                shift
                exec '%s/bin/java' -XX:TieredStopAtLevel=1 -cp '%s' com.aistrale.cli.FakeServerMain "$@"
                """.formatted(System.getProperty("java.home"), System.getProperty("java.class.path")));
        assertThat(launcher.toFile().setExecutable(true)).isTrue();
    }

    @AfterEach
    void stopWhatRuns() {
        with().run("stop");
    }

    private Ran.With with() {
        return new Ran.With(home).launcher(launcher).env("AISTRALE_API_URL", url);
    }

    private Path data() {
        return home.resolve(".local/share/aistrale");
    }

    @Test
    void startsAServerSaysSoAndReadsTheKeyThatItMade() throws IOException {
        var ran = with().run("run", "x");
        assertThat(ran)
                .isEqualTo(new Ran(
                        0,
                        "Hello\n",
                        "No server at " + url + ": starting one (log: " + data().resolve("server.log") + ")\n"
                                + RunCommand.DEMO + "\n"));
        var port = URI.create(url).getPort();
        assertThat(data().resolve("starts")).hasContent("--host 127.0.0.1 --port " + port + "\n");
        assertThat(Files.getPosixFilePermissions(data())).hasSize(3);

        assertThat(with().run("run", "x").err()).isEqualTo(RunCommand.DEMO + "\n");
        assertThat(data().resolve("starts")).content().hasLineCount(1);

        var pid = DataDir.of(Map.of("HOME", home.toString()))
                .running()
                .orElseThrow()
                .pid();
        assertThat(with().run("status").out())
                .contains("answers        yes", "pid            " + pid, "data folder    " + data());
        var stopped = with().run("stop");
        assertThat(stopped).isEqualTo(new Ran(0, "Stopped the server at " + url + " (pid " + pid + ").\n", ""));
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
        assertThat(data().resolve("server.log"))
                .content()
                .contains("keys seen: [", "Bearer ais_made")
                .doesNotContain("Bearer null");
        assertThat(with().run("stop").out()).startsWith("No server is running");
        assertThat(with().run("status").exit()).isEqualTo(7);
    }

    @Test
    void startStartsItOnceAndSaysWhere() {
        var note = "No server at " + url + ": starting one (log: " + data().resolve("server.log") + ")\n";
        assertThat(with().run("start")).isEqualTo(new Ran(0, url + "\n", note));
        assertThat(with().run("start")).isEqualTo(new Ran(0, url + "\n", ""));
        assertThat(data().resolve("starts")).content().hasLineCount(1);
    }

    @Test
    void startStartsNothingElsewhere() {
        var ran = with().env("AISTRALE_API_URL", "https://models.example.com").run("start");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("is not on this machine").contains("aistrale serve");
    }

    @Test
    void startWithoutALauncherSaysSo() {
        var ran = new Ran.With(home).env("AISTRALE_API_URL", url).run("start");
        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err()).contains("AISTRALE_LAUNCHER");
    }

    @Test
    void twoAtOnceStartOne() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> with().env("FAKE_DELAY_MS", "300").run("run", "x"));
            var second = threads.submit(() -> with().env("FAKE_DELAY_MS", "300").run("run", "x"));
            assertThat(first.get().out()).isEqualTo("Hello\n");
            assertThat(second.get().out()).isEqualTo("Hello\n");
            assertThat(data().resolve("starts")).content().hasLineCount(1);
            assertThat(first.get().err() + second.get().err()).containsOnlyOnce("starting one");
        }
    }

    /** Ours loses the port to another one's server, ends at once, and the command goes on with the other. */
    @Test
    void theOneThatLosesThePortGoesOnWithTheOther() throws Exception {
        var run = new FutureTask<>(() -> with().env("FAKE_FAILS", "yes").run("run", "x"));
        var thread = Thread.ofVirtual().start(run);
        while (!Files.exists(data().resolve("starts"))) {
            Thread.sleep(10);
        }
        try (var other = new FakeServer(URI.create(url).getPort()).answers("openai", "From the other")) {
            assertThat(run.get().out()).isEqualTo("From the other\n");
            assertThat(other.requests).contains("POST /api/v1/inferences");
            thread.join();
        }
    }

    @Test
    void aServerThatDoesNotStartShowsTheEndOfItsLog() {
        var ran = with().env("FAKE_FAILS", "yes").run("tokens", "list");
        assertThat(ran.exit()).isEqualTo(7);
        assertThat(ran.err())
                .contains("The server did not start: it ended with code 3.")
                .endsWith("ends:\nfake server begins\nthe disk is full\n");
    }

    @Test
    void statusStartsNothingAndNothingIsStartedElsewhere() {
        assertThat(with().run("status").exit()).isEqualTo(7);
        var elsewhere =
                with().env("AISTRALE_API_URL", "http://aistrale.invalid:16000").run("run", "x");
        assertThat(elsewhere.exit()).isEqualTo(7);
        assertThat(elsewhere.err()).contains("aistrale.invalid");
        assertThat(data()).doesNotExist();
    }

    @Test
    void aProcessThatOnlyHasTheNumberIsLeftAlone() throws Exception {
        var stranger = new ProcessBuilder("sleep", "60").start();
        try {
            Files.createDirectories(data());
            Files.writeString(
                    data().resolve("server.json"),
                    "{\"pid\":%d,\"url\":\"%s\",\"version\":\"1\",\"started_at\":\"%s\"}"
                            .formatted(stranger.pid(), url, Instant.now()));
            assertThat(with().run("stop").out()).startsWith("No server is running");
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroy();
        }
    }

    @Test
    void aJavaThatStartedLaterIsNotTheServer() {
        var self = new DataDir.Running(ProcessHandle.current().pid(), url, "1", Instant.parse("2020-01-01T00:00:00Z"));
        assertThat(ServerProcess.of(self)).isEmpty();
    }

    @Test
    void serveReachedTheLongWayPassesItsOptionsAndItsExitCodeOn() throws IOException {
        Files.writeString(launcher, "#!/bin/sh\necho \"$@\" >'" + home + "/called'\nexit 9\n");
        assertThat(with().run("--debug", "serve", "--port", "1", "--data-dir", "a b")
                        .exit())
                .isEqualTo(9);
        assertThat(home.resolve("called")).hasContent("serve --port 1 --data-dir a b\n");
        assertThat(with().run("emulator", "--key", "k", "--port", "0").exit()).isEqualTo(9);
        assertThat(home.resolve("called")).hasContent("emulator --port 0 --key k\n");
        assertThat(with().run("serve", "--prot", "1").err()).contains("Did you mean --port?");
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:16000, true",
        "http://127.9.9.9:1, true",
        "http://localhost, true",
        "http://[::1]:16000, true",
        "http://127.0.0.1.example.com, false",
        "https://127.0.0.1:16000, false",
        "http://10.0.0.1:16000, false"
    })
    void onlyPlainLoopbackAddressesAreLocal(String address, boolean local) {
        assertThat(LocalServer.isLocal(URI.create(address))).isEqualTo(local);
    }
}
