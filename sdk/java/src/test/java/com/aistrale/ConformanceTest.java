package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.aistrale.emulator.Emulator;
import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * {@code contract/scenarios/}, played by the emulator's fault server against this SDK with either of its transports. The server judges; this
 * class makes the calls. What the SDK is known not to do is in {@code known-failing.txt}: it is played too, and fails here once it passes.
 */
class ConformanceTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("aistrale.repository", "../.."));
    private static final Path SCENARIOS = REPOSITORY.resolve("contract/scenarios");
    private static final Path KNOWN = REPOSITORY.resolve("sdk/java/src/test/java/com/aistrale/known-failing.txt");
    /** Most of a scenario is waiting. */
    private static final int AT_ONCE = 16;

    private static final PrintStream ERROR = System.err;
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static ExecutorService players;
    private static Emulator emulator;
    private static String faults;

    /** Its own fault server, or the one whose URL is in {@code aistrale.emulator}: one that has a real server behind it, say. */
    @BeforeAll
    static void start() {
        emulator = Emulator.start(0);
        faults = System.getProperty("aistrale.emulator", emulator.origin());
        players = Executors.newFixedThreadPool(AT_ONCE);
        System.setErr(ScenarioCall.noting(ERROR));
    }

    @AfterAll
    static void stop() {
        System.setErr(ERROR);
        players.shutdownNow();
        emulator.close();
    }

    /** What became of a play: what did not fit, or why there was none. */
    private record Judged(List<String> mismatches, String skipped) {}

    @TestFactory
    Stream<DynamicTest> javaNetHttp() throws Exception {
        return played("", JdkTransport.shared());
    }

    @TestFactory
    Stream<DynamicTest> httpUrlConnection() throws Exception {
        return played(" (HttpURLConnection)", new HttpURLConnectionTransport());
    }

    @Test
    void whatIsKnownToFailExists() throws Exception {
        var names = scenarios().stream().map(each -> each.text("name")).collect(Collectors.toSet());
        assertThat(known().stream().map(name -> name.replace(" (HttpURLConnection)", "")))
                .allMatch(names::contains);
    }

    private static Stream<DynamicTest> played(String suffix, Transport transport) throws Exception {
        var known = known();
        var only = System.getProperty("aistrale.scenario", ".*");
        warmUp(transport);
        var tests = new ArrayList<DynamicTest>();
        for (var scenario : scenarios()) {
            var name = scenario.text("name");
            if (name.matches(only)) {
                var judged = players.submit(() -> play(scenario, transport));
                var fails = known.contains(name) || known.contains(name + suffix);
                tests.add(dynamicTest(name + suffix, () -> told(name, judged, fails)));
            }
        }
        return tests.stream();
    }

    /** So that no scenario's time is what the loading of classes takes. */
    private static void warmUp(Transport transport) throws Exception {
        for (var scenario : scenarios()) {
            if (Set.of("whoami", "run-text", "stream-text").contains(scenario.text("name"))) {
                play(scenario, transport);
            }
        }
    }

    private static void told(String name, Future<Judged> play, boolean known) throws Exception {
        Judged judged;
        try {
            judged = play.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
        if (!judged.skipped().isEmpty()) {
            abort(judged.skipped());
        }
        if (known) {
            assertThat(judged.mismatches())
                    .as(name + " passes: take it out of " + KNOWN)
                    .isNotEmpty();
        } else {
            assertThat(judged.mismatches()).as(name).isEmpty();
        }
    }

    private static Judged play(Fields scenario, Transport transport) throws Exception {
        if (scenario.value("needs") != null && transport instanceof HttpURLConnectionTransport) {
            return new Judged(List.of(), "HttpURLConnection cannot " + scenario.value("needs"));
        }
        var play = asked("POST", "", scenario.json());
        if (play.optionalText("skip") != null) {
            return new Judged(List.of(), play.text("skip"));
        }
        Map<String, ?> outcome;
        try {
            outcome = new ScenarioCall(scenario).outcome(play.text("url"), play.text("proxy"), transport);
        } catch (ScenarioCall.Missing e) {
            asked("DELETE", "/" + play.text("id"), Map.of());
            return new Judged(List.of(String.valueOf(e.getMessage())), "");
        }
        var verdict = asked("POST", "/" + play.text("id") + "/verdict", outcome);
        return new Judged(verdict.optionalTexts("mismatches"), "");
    }

    private static Fields asked(String method, String path, Map<String, ?> body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(faults + "/_conformance/plays" + path))
                .method(method, BodyPublishers.ofString(Json.write(body)))
                .build();
        var answer = HTTP.send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201, 409);
        return new Fields("play", Json.parseObject(answer.body()));
    }

    @SuppressWarnings("unchecked")
    private static List<Fields> scenarios() throws Exception {
        var all = new ArrayList<Fields>();
        try (var files = Files.list(SCENARIOS)) {
            for (var file : files.filter(each -> each.toString().matches(".*(?<!\\.schema)\\.json"))
                    .sorted()
                    .toList()) {
                for (var scenario : (List<Map<String, Object>>) Json.parse(Files.readString(file))) {
                    all.add(new Fields("scenario", scenario));
                }
            }
        }
        assertThat(all).isNotEmpty();
        return all;
    }

    private static Set<String> known() throws IOException {
        return Files.readAllLines(KNOWN).stream()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .collect(Collectors.toSet());
    }
}
