package com.aistrale;

import static com.aistrale.FakeServer.completed;
import static com.aistrale.FakeServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunTest {
    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void runGivesTheAnswerWhichPrintsAsItsText() {
        server.sse(delta("Hel"), ": keep-alive\n\n", delta("lo"), completed("Hello"));
        var answer = Clients.of(server).run("Hi");
        assertThat(answer).hasToString("Hello");
        assertThat(answer.text()).isEqualTo("Hello");
        assertThat(answer.id()).isEqualTo("inf_1");
        assertThat(answer.costUsd()).isEqualTo(new BigDecimal("0.000000001"));
        assertThat(answer.createdAt()).isEqualTo(Instant.parse("2026-11-01T12:00:00.123Z"));
        assertThat(answer.attempts()).extracting(Attempt::outcome).containsExactly("completed");
        assertThat(answer.timeToFirstTokenMs()).isNull();
        assertThat(answer.message()).containsEntry("role", "assistant");
    }

    @Test
    void integersBeyondTwoToThe53AndUnknownFieldsSurvive() throws Exception {
        server.sse(completed("x"));
        var answer = Clients.of(server).run("Hi");
        var usage = Objects.requireNonNull(answer.usage());
        assertThat(usage.inputTokens()).isEqualTo(9007199254740993L);
        assertThat(usage.json()).containsEntry("brand_new_tokens", 7L);
        assertThat(Json.parse(answer.toJson())).isEqualTo(Json.parse(FakeServer.inference("x")));
    }

    @Test
    void sendsWhatWasAskedForAndWhoAsks() throws Exception {
        server.sse(completed("x"));
        var options = RunOptions.builder()
                .model("gpt-4o")
                .provider("openai")
                .system("Be brief")
                .temperature(0.5)
                .topP(0.9)
                .maxOutputTokens(10)
                .stop("a", "b")
                .tools(List.of(Map.of("type", "function")))
                .toolChoice("auto")
                .responseFormat(Map.of("type", "json_object"))
                .reasoningEffort("low")
                .seed(9007199254740993L)
                .sessionId("ses")
                .metadata(Map.of("team", "a"))
                .providerOptions(Map.of("top_k", 3))
                .fallbacks("anthropic/b", "fast")
                .inferenceTimeout(Duration.ofSeconds(2))
                .build();
        Clients.of(server).run("Hi é", options);
        var request = server.received.get(0);
        assertThat(request.method() + " " + request.target()).isEqualTo("POST /api/v1/inferences");
        assertThat(Json.parse(request.body())).isEqualTo(Json.parse("""
                {"prompt":"Hi é","model":"gpt-4o","provider":"openai","system":"Be brief","temperature":0.5,"top_p":0.9,
                "max_output_tokens":10,"stop":["a","b"],"tools":[{"type":"function"}],"tool_choice":"auto",
                "response_format":{"type":"json_object"},"reasoning_effort":"low","seed":9007199254740993,
                "session_id":"ses","fallbacks":["anthropic/b","fast"],"metadata":{"team":"a"},"provider_options":{"top_k":3},"timeout_ms":2000,
                "resumable":true,"stream":true}"""));
        assertThat(request.headers())
                .containsEntry("authorization", "Bearer " + Clients.KEY)
                .containsEntry("x-aistrale-client", "java/0.1.0")
                .containsEntry("user-agent", "aistrale-java/0.1.0")
                .containsEntry("content-type", "application/json");
        assertThat(UUID.fromString(request.headers().get("idempotency-key")).version())
                .isEqualTo(4);
    }

    @Test
    void theConfiguredModelAndProviderAreForCallsThatNameNone() {
        server.sse(completed("x")).sse(completed("x"));
        var client = Clients.builder(server).model("m1").provider("p1").build();
        client.run("a");
        client.run("b", RunOptions.builder().model("m2").build());
        assertThat(server.received.get(0).body()).contains("\"model\":\"m1\"", "\"provider\":\"p1\"");
        assertThat(server.received.get(1).body()).contains("\"model\":\"m2\"", "\"provider\":\"p1\"");
    }

    @Test
    void anInferenceGoesOnWithoutItsConnectionUnlessToldOtherwise() {
        server.sse(completed("x")).sse(completed("x"));
        var client = Clients.of(server);
        client.run("a");
        client.run("b", RunOptions.builder().resumable(false).build());
        assertThat(server.received.get(0).body()).contains("\"resumable\":true");
        assertThat(server.received.get(1).body()).contains("\"resumable\":false");
    }

    @Test
    void messagesInsteadOfAPrompt() {
        server.sse(completed("x"));
        var messages = List.of(Map.of("role", "user", "content", "Hi"));
        Clients.of(server).run(RunOptions.builder().messages(messages).build());
        assertThat(server.received.get(0).body()).contains("\"messages\":[{").doesNotContain("prompt");
    }

    @Test
    void promptAndMessagesTogetherOrNeitherAreAMistake() {
        var client = Clients.of(server);
        var options = RunOptions.builder().messages(List.of()).build();
        assertThatThrownBy(() -> client.run("x", options)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> client.run(RunOptions.builder().build())).isInstanceOf(IllegalArgumentException.class);
        assertThat(server.received).isEmpty();
    }

    @Test
    void toolCallsAreReadInOpenAisShape() {
        var call = "{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}";
        server.sse(completed("x").replace("\"tool_calls\":[]", "\"tool_calls\":[" + call + "]"));
        assertThat(Clients.of(server).run("Hi").toolCalls())
                .extracting(ToolCall::id, ToolCall::name, ToolCall::arguments)
                .containsExactly(tuple("call_1", "f", "{}"));
    }

    @Test
    void anAnswerThatCameWholeIsOneToo() {
        server.json(200, FakeServer.inference("whole"));
        assertThat(Clients.of(server).run("Hi").text()).isEqualTo("whole");
    }

    @Test
    void anAnswerWithoutWhatTheContractPromisesNamesTheField() {
        server.json(200, "{\"text\":\"Hi\"}");
        assertThatThrownBy(() -> Clients.of(server).run("Hi"))
                .isInstanceOf(ApiStatusException.class)
                .hasMessageContaining("the server's inference has no \"id\"");
    }

    @Test
    void aClientSeveralThreadsUse() throws Exception {
        for (var i = 0; i < 8; i++) {
            server.sse(delta("x"), completed("x"));
        }
        var client = Clients.of(server);
        var threads = IntStream.range(0, 8)
                .mapToObj(i -> new Thread(() -> client.run("Hi")))
                .toList();
        threads.forEach(Thread::start);
        for (var thread : threads) {
            thread.join();
        }
        assertThat(server.received).hasSize(8);
        assertThat(server.received.stream()
                        .map(r -> r.headers().get("idempotency-key"))
                        .distinct())
                .hasSize(8);
    }
}
