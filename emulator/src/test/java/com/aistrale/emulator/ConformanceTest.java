package com.aistrale.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.emulator.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The fault server of the contract's scenarios, met as an SDK's runner meets it. */
class ConformanceTest {
    private static final String RUN = "/api/v1/inferences";
    private static final InstantSource CLOCK = () -> Instant.parse("2026-11-05T08:30:00.250Z");

    private final Emulator emulator = Emulator.start(Options.defaults().withClock(CLOCK));
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void stop() {
        http.shutdownNow();
        emulator.close();
    }

    @Test
    void anInferenceIsWholeWithTheOverridesPutOver() throws Exception {
        Opened play = open("""
                "script": [{"inference": {"text": "Hi", "cost_usd": 0.123456789}}], "expect": {"attempts": 1}""");
        HttpResponse<String> answer = post(play.url() + RUN, "k");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("x-request-id")).contains("req_1");
        assertThat(answer.headers().firstValue("x-aistrale-inference-id")).contains("inf_06e0q2w3r8s4t5v6w7x8y9z0a1");
        JsonNode body = Json.read(answer.body());
        assertThat(body.at("/text").asString()).isEqualTo("Hi");
        assertThat(body.at("/message/content").asString()).isEqualTo("Hi");
        assertThat(answer.body()).contains("\"cost_usd\":0.123456789");
        assertThat(verdict(play, "{\"result\": null}")).isEmpty();
    }

    @Test
    void aStreamHasItsDeltasThenTheWholeAnswer() throws Exception {
        Opened play = open("""
                "script": [{"stream": {"texts": ["Hel", "lo"]}}], "expect": {"attempts": 1}""");
        String body = post(play.url() + RUN, "k").body();
        assertThat(body)
                .startsWith("event: delta\nid: 1\ndata: {\"text\":\"Hel\"}\n\nevent: delta\nid: 2\n")
                .contains("event: completed\nid: 3\ndata: {\"id\":")
                .contains("\"text\":\"Hello\"")
                .endsWith("\n\n");
    }

    @Test
    void eventsGoOutAsTheScriptWritesThem() throws Exception {
        Opened play = open("""
                "script": [{"sse": [{"comment": "hi"}, {"event": "a", "data": "one\\ntwo"}, {"raw": "x"}, {"event": "b", "data": {"c": 1}}],
                  "newline": "\\r\\n", "bom": true, "last_blank_line": false, "chunk_bytes": 1}], "expect": {"attempts": 1}""");
        byte[] body = http.send(request(play.url() + RUN, "k").build(), BodyHandlers.ofByteArray())
                .body();
        assertThat(new String(body, "UTF-8"))
                .isEqualTo(
                        "\ufeff: hi\r\n\r\nevent: a\r\ndata: one\r\ndata: two\r\n\r\nxevent: b\r\ndata: {\"c\":1}\r\n");
    }

    @Test
    void whatTheScriptDoesNotHaveIsAnsweredAndCounted() throws Exception {
        Opened play = open("""
                "script": [{"status": 503, "problem": {"code": "overloaded"}}], "expect": {"attempts": 1}""");
        assertThat(Json.read(post(play.url() + RUN, "k").body()).at("/code").asString())
                .isEqualTo("overloaded");
        assertThat(post(play.url() + RUN, "k").statusCode()).isEqualTo(599);
        assertThat(verdict(play, "{}")).containsExactly("attempts: 2, expected 1");
    }

    @ParameterizedTest
    @CsvSource({"k,k,true,", "k,l,true,one and the same", "k,l,false,", "k,k,false,another for each", "k,,true,one and"
    })
    void keysAreCompared(String first, String second, boolean same, String mismatch) throws Exception {
        Opened play = open("\"script\": [{\"status\": 500}, {\"body\": {}}], \"expect\": {\"same_idempotency_key\": "
                + same + "}");
        post(play.url() + RUN, first);
        post(play.url() + RUN, second == null ? "" : second);
        List<String> found = verdict(play, "{\"result\": {}}");
        if (mismatch == null) {
            assertThat(found).isEmpty();
        } else {
            assertThat(found).singleElement().asString().contains(mismatch);
        }
    }

    @Test
    void waitsAreMeasuredFromTheEndOfAnAnswer() throws Exception {
        Opened play = open("""
                "script": [{"status": 500, "delay_ms": 300}, {"body": {}}], "expect": {"wait_ms": [[0, 200]]}""");
        post(play.url() + RUN, "k");
        post(play.url() + RUN, "k");
        assertThat(verdict(play, "{}")).isEmpty();
        Opened slow = open("""
                "script": [{"status": 500}, {"body": {}}], "expect": {"wait_ms": [[0, 50], [0, 50]]}""");
        post(slow.url() + RUN, "k");
        Thread.sleep(120);
        post(slow.url() + RUN, "k");
        assertThat(verdict(slow, "{}"))
                .hasSize(2)
                .anySatisfy(one -> assertThat(one).startsWith("the wait before request 2: 1"))
                .contains("wait_ms: there is no request 3");
    }

    @Test
    void aDateInAHeaderIsRoundedUpAndTheUrlFilledIn() throws Exception {
        Opened play = open("""
                "script": [{"status": 429, "headers": {"retry-after": "$http_date:+1", "location": "$url/x", "x-request-id": null}}],
                "expect": {"attempts": 1}""");
        HttpResponse<String> answer = post(play.url() + RUN, "k");
        assertThat(answer.headers().firstValue("retry-after")).contains("Thu, 05 Nov 2026 08:30:02 GMT");
        assertThat(answer.headers().firstValue("location")).contains(play.url() + "/x");
        assertThat(answer.headers().firstValue("x-request-id")).isEmpty();
    }

    @Test
    void aSpaceInAQueryIsAPlusOrPercentTwenty() throws Exception {
        for (String query : List.of("q=a+b%2Bc", "q=a%20b%2Bc")) {
            Opened play =
                    open("\"script\": [{\"body\": {}}], \"expect\": {\"requests\": [{\"query\": {\"q\": \"a b+c\"}}]}");
            post(play.url() + "/api/v1/telemetry?" + query, "k");
            assertThat(verdict(play, "{}")).isEmpty();
        }
    }

    @Test
    void aClientReadsWhatCameBeforeAReset() throws Exception {
        Opened play = open("""
                "script": [{"cut": "reset", "sse": [{"event": "delta", "data": {"text": "Hel"}}]}], "expect": {"attempts": 1}""");
        HttpResponse<InputStream> answer =
                http.send(request(play.url() + RUN, "k").build(), BodyHandlers.ofInputStream());
        byte[] bytes = answer.body().readNBytes(35);
        assertThat(new String(bytes, "UTF-8")).isEqualTo("event: delta\ndata: {\"text\":\"Hel\"}\n\n");
        assertThatThrownBy(() -> answer.body().read()).isInstanceOf(IOException.class);
    }

    @Test
    void nobodyListensWhereTheScenarioSaysSo() throws Exception {
        Opened play =
                open("\"listen\": false, \"script\": [], \"expect\": {\"error\": {\"class\": \"APIConnectionError\"}}");
        assertThatThrownBy(() -> post(play.url() + RUN, "k")).isInstanceOf(ConnectException.class);
        assertThat(verdict(play, "{\"error\": {\"class\": \"APIConnectionError\"}}"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"close,{}", "reset,{}"})
    void aConnectionEndsWithoutAnAnswer(String how, String outcome) throws Exception {
        Opened play = open("\"script\": [{\"connection\": \"" + how + "\"}], \"expect\": {\"attempts\": 1}");
        assertThatThrownBy(() -> post(play.url() + RUN, "k")).isInstanceOf(IOException.class);
        assertThat(verdict(play, outcome)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"close,length", "reset,length", "close,chunked", "close,close"})
    void anAnswerIsCutWhereTheScriptSays(String how, String framing) throws Exception {
        Opened play = open("\"script\": [{\"text\": \"0123456789\", \"cut_after_bytes\": 4, \"cut\": \"" + how
                + "\", \"framing\": \"" + framing + "\"}], \"expect\": {\"attempts\": 1}");
        HttpResponse<InputStream> answer =
                http.send(request(play.url() + RUN, "k").build(), BodyHandlers.ofInputStream());
        byte[] got = new byte[4];
        if (!how.equals("reset")) { // what a reset has overtaken, no client can read
            assertThat(answer.body().readNBytes(got, 0, 4)).isEqualTo(4);
            assertThat(new String(got, "UTF-8")).isEqualTo("0123");
        }
        if (framing.equals("close")) {
            assertThat(answer.body().read()).isEqualTo(-1);
        } else {
            assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void theClientsLeavingIsSeenAndItsCancelNoted() throws Exception {
        Opened play = open("""
                "script": [{"stream": {"texts": ["Hel"]}, "cut": "hang"}],
                "expect": {"requests": [{"ended_by_client": true}], "cancels": ["inf_1"]}""");
        HttpResponse<InputStream> answer =
                http.send(request(play.url() + RUN, "k").build(), BodyHandlers.ofInputStream());
        assertThat(answer.body().read()).isEqualTo('e');
        CompletableFuture<List<String>> verdict = CompletableFuture.supplyAsync(() -> verdict(play, "{}"));
        Thread.sleep(100);
        answer.body().close();
        assertThat(Json.read(post(play.url() + RUN + "/inf_1/cancel", "").body())
                        .at("/status")
                        .asString())
                .isEqualTo("cancelled");
        assertThat(verdict.get()).isEmpty();
    }

    @Test
    void aCancelThatComesAMomentAfterTheOutcomeIsSeen() throws Exception {
        Opened play = open("\"script\": [{\"body\": {}}], \"expect\": {\"cancels\": []}");
        post(play.url() + RUN, "k");
        CompletableFuture<List<String>> verdict = CompletableFuture.supplyAsync(() -> verdict(play, "{}"));
        Thread.sleep(50);
        post(play.url() + RUN + "/inf_1/cancel", "");
        assertThat(verdict.get()).singleElement().asString().startsWith("cancels: 1 of them, expected 0");
    }

    @Test
    void whatIsLeftToItsEndWasNotEndedByTheClient() throws Exception {
        Opened play = open("""
                "script": [{"body": {}}], "expect": {"requests": [{"ended_by_client": true}]}""");
        post(play.url() + RUN, "k");
        assertThat(verdict(play, "{}")).containsExactly("requests[0].ended_by_client: false, expected true");
    }

    @Test
    void requestsAreKnownByEverything() throws Exception {
        Opened play = open("""
                "client": {"base_path": "/gate/way", "trailing_slash": true}, "script": [{"body": {}}],
                "expect": {"requests": [{"method": "POST", "path": "/gate/way/api/v1/inferences", "query": {"a": "b c", "d": null},
                  "headers": {"idempotency-key": "$matches:k.", "x-no": null}, "body": {"prompt": "Hello"}, "absolute": false}]}""");
        assertThat(play.url()).endsWith("/gate/way/");
        post(play.url() + "api/v1/inferences?a=b%20c", "k1");
        assertThat(verdict(play, "{}")).isEmpty();
    }

    @Test
    void aRequestThatLostTheBasePathIsSeen() throws Exception {
        Opened play = open("""
                "client": {"base_path": "/gate"}, "script": [{"body": {}}],
                "expect": {"attempts": 1, "requests": [{"path": "/gate/api/v1/inferences"}]}""");
        String outside = play.url().substring(0, play.url().length() - "/gate".length());
        post(outside + RUN, "k");
        assertThat(verdict(play, "{}"))
                .containsExactly("requests[0].path: \"/api/v1/inferences\", expected \"/gate/api/v1/inferences\"");
    }

    @Test
    void aProxysRequestsAreKnown() throws Exception {
        Opened play = open("\"script\": [{\"body\": {}}], \"expect\": {\"requests\": [{\"absolute\": true, \"path\": \""
                + RUN + "\"}]}");
        URI proxy = URI.create(play.proxy());
        try (HttpClient behind = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(new InetSocketAddress(proxy.getHost(), proxy.getPort())))
                .build()) {
            behind.send(request("http://aistrale.example" + RUN, "k").build(), BodyHandlers.ofString());
        }
        assertThat(verdict(play, "{}")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\": 1} | {\"a\": 1.0, \"b\": 2} |",
                "{\"a\": [1]} | {\"a\": [1, 2]} | 2 of them, expected 1",
                "{\"a\": null} | {} |",
                "{\"a\": \"$absent\"} | {\"a\": null} |",
                "{\"a\": \"$absent\"} | {\"a\": 0} | expected",
                "{\"a\": \"$any\"} | {\"a\": null} | expected",
                "{\"a\": \"$string\"} | {\"a\": 1} | expected",
                "{\"a\": \"$number\"} | {\"a\": \"1\"} | expected",
                "{\"a\": \"$number:9007199254740993\"} | {\"a\": 9007199254740992} | expected",
                "{\"a\": \"$number:9007199254740993\"} | {\"a\": 9007199254740993} |",
                "{\"a\": \"$number:9007199254740993\"} | {\"a\": \"9007199254740993\"} |",
                "{\"a\": \"$contains:start\"} | {\"a\": \"how to start it\"} |",
                "{\"a\": \"$contains:start\"} | {\"a\": \"how to\"} | expected",
                "{\"a\": \"$matches:[ab]+\"} | {\"a\": \"abc\"} | expected",
                "{\"a\": \"$id:inf\"} | {\"a\": \"inf_06e0q2w3r8s4t5v6w7x8y9z0a1\"} |",
                "{\"a\": \"$id:inf\"} | {\"a\": \"evt_06e0q2w3r8s4t5v6w7x8y9z0a1\"} | expected",
                "{\"a\": \"$time\"} | {\"a\": \"2026-11-25T08:30:00.000Z\"} |",
                "{\"a\": \"$time\"} | {\"a\": \"yesterday\"} | expected",
                "{\"a\": 0.1} | {\"a\": 0.10000000000000001} | expected",
            })
    void resultsAreCompared(String expected, String actual, String mismatch) throws Exception {
        Opened play = open("\"script\": [], \"expect\": {\"result\": " + expected + "}");
        List<String> found = verdict(play, "{\"result\": " + actual + "}");
        if (mismatch == null) {
            assertThat(found).isEmpty();
        } else {
            assertThat(found).singleElement().asString().contains(mismatch);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"attempts\": 0} | {\"error\": {\"class\": \"X\"}} | an error that was not expected",
                "{\"attempts\": 0} | {\"cancelled\": true} | cancelled, which was not expected",
                "{\"error\": {\"class\": \"X\"}} | {\"result\": 1} | absent, expected",
                "{\"cancelled\": true} | {\"result\": 1} | absent, expected true",
                "{\"never\": [\"sec\"]} | {\"log\": \"a secret\"} | is in the log or the error",
                "{\"never\": [\"sec\"], \"error\": {}} | {\"error\": {\"message\": \"a secret\"}} | is in the log or the error",
                "{\"log_contains\": [\"POST\"]} | {\"log\": \"GET\"} | the log has no 'POST'",
                "{\"took_ms\": [60000, 60001]} | {} | took:",
                "{\"events\": [{\"type\": \"text\"}]} | {\"events\": []} | 0 of them, expected 1",
            })
    void outcomesAreCompared(String expect, String outcome, String mismatch) throws Exception {
        Opened play = open("\"script\": [], \"expect\": " + expect);
        assertThat(verdict(play, outcome)).singleElement().asString().contains(mismatch);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"script\": [], \"expect\": {} | a scenario that cannot fail",
                "\"script\": [], \"expect\": {\"attempt\": 1} | expect has no [attempt]",
                "\"scripts\": [], \"expect\": {\"attempts\": 1} | a scenario has no [scripts]",
                "\"script\": [{\"satus\": 1}], \"expect\": {\"attempts\": 1} | a step has no [satus]",
                "\"script\": [{\"text\": \"\", \"body\": 1}], \"expect\": {\"attempts\": 1} | a step has one of",
                "\"script\": [{\"connection\": \"explode\"}], \"expect\": {\"attempts\": 1} | close, reset or hang",
                "\"script\": [{\"delay_ms\": \"1\"}], \"expect\": {\"attempts\": 1} | delay_ms is a whole number",
                "\"script\": [{\"sse\": [{\"evnt\": 1}]}], \"expect\": {\"attempts\": 1} | an event has no [evnt]",
            })
    void whatTheFormatDoesNotHaveIsRefused(String scenario, String said) throws Exception {
        HttpResponse<String> answer = play("{\"name\": \"n\", \"operation\": \"run\", " + scenario + "}");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains(said);
    }

    @Test
    void aVerdictIsGivenOnce() throws Exception {
        Opened play = open("\"script\": [], \"expect\": {\"attempts\": 0}");
        assertThat(verdict(play, "{}")).isEmpty();
        assertThat(send("POST", "/_conformance/plays/" + play.id() + "/verdict", "{}")
                        .body())
                .contains("there is no play " + play.id());
        assertThatThrownBy(() -> post(play.url() + RUN, "k")).isInstanceOf(IOException.class);
    }

    @Test
    void aRealServerAnswersAndItsDriftIsSeen() throws Exception {
        Opened server = open("""
                "script": [{"inference": {"text": "real"}}, {"inference": {"latency_ms": "soon"}}, {"status": 404, "problem": {}},
                  {"stream": {"texts": ["a", "b", "c"]}}, {"sse": [{"event": "delta", "data": {"text": "a"}}]}],
                "expect": {"requests": [{"headers": {"authorization": "Bearer ais_real", "x-own": "1"}, "query": {"a": "b c"}}, {}, {}, {}, {}]}""");
        try (Emulator real = Emulator.start(
                Options.defaults().withServer(new Options.RealServer(URI.create(server.url()), "ais_real")))) {
            String scenario =
                    "{\"name\": \"n\", \"operation\": \"run\", \"real\": true, \"script\": [%s], \"expect\": {\"attempts\": 1}}";
            String whole = "{\"inference\": {}}";
            String stream = "{\"stream\": {\"texts\": [\"x\"]}}";
            assertThat(relayed(real, scenario.formatted(whole))).isEmpty();
            assertThat(relayed(real, scenario.formatted(whole)))
                    .containsExactly("the real server's answer 1: /latency_ms is STRING, the script has NUMBER");
            assertThat(relayed(real, scenario.formatted(whole)))
                    .singleElement()
                    .asString()
                    .startsWith("the real server's answer 1: status 404, the script has 200");
            assertThat(relayed(real, scenario.formatted(stream))).isEmpty();
            assertThat(relayed(real, scenario.formatted(stream)))
                    .containsExactly("the real server's answer 1: events [delta], the script has [delta, completed]");
            HttpResponse<String> skipped = send(
                    real,
                    "POST",
                    "/_conformance/plays",
                    scenario.formatted(whole).replace("\"real\": true, ", ""));
            assertThat(skipped.statusCode()).isEqualTo(409);
            assertThat(skipped.body()).contains("\"skip\"");
        }
        assertThat(verdict(server, "{}")).isEmpty();
    }

    private List<String> relayed(Emulator real, String scenario) throws Exception {
        JsonNode opened =
                Json.read(send(real, "POST", "/_conformance/plays", scenario).body());
        HttpRequest.Builder request = request(opened.get("url").asString() + RUN + "?a=b%20c", "k");
        http.send(
                request.setHeader("authorization", "Bearer ais_conformance")
                        .header("x-own", "1")
                        .build(),
                BodyHandlers.ofString());
        return mismatches(
                send(real, "POST", "/_conformance/plays/" + opened.get("id").asString() + "/verdict", "{}"));
    }

    /** A play as its runner knows it. */
    private record Opened(String id, String url, String proxy) {}

    private Opened open(String parts) throws Exception {
        HttpResponse<String> answer = play("{\"name\": \"n\", \"operation\": \"run\", " + parts + "}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        JsonNode opened = Json.read(answer.body());
        return new Opened(
                opened.get("id").asString(),
                opened.get("url").asString(),
                opened.get("proxy").asString());
    }

    private HttpResponse<String> play(String scenario) throws Exception {
        return send("POST", "/_conformance/plays", scenario);
    }

    private List<String> verdict(Opened play, String outcome) {
        try {
            return mismatches(send("POST", "/_conformance/plays/" + play.id() + "/verdict", outcome));
        } catch (IOException | InterruptedException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static List<String> mismatches(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode verdict = Json.read(answer.body());
        List<String> all = StreamSupport.stream(verdict.get("mismatches").spliterator(), false)
                .map(JsonNode::asString)
                .toList();
        assertThat(verdict.get("passed").asBoolean()).isEqualTo(all.isEmpty());
        return all;
    }

    private HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        return send(emulator, method, path, body);
    }

    private HttpResponse<String> send(Emulator to, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(to.origin() + path))
                .method(method, BodyPublishers.ofString(body))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String url, String key) throws IOException, InterruptedException {
        return http.send(request(url, key).build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String url, String key) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(10))
                .POST(BodyPublishers.ofString("{\"prompt\": \"Hello\"}"));
        return key.isEmpty() ? request : request.header("idempotency-key", key);
    }
}
