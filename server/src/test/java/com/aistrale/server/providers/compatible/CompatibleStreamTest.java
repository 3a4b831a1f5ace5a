package com.aistrale.server.providers.compatible;

import static com.aistrale.server.providers.compatible.CompatibleFixture.HI;
import static com.aistrale.server.providers.compatible.CompatibleFixture.provider;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.inference.Chunk;
import com.aistrale.server.inference.Delta;
import com.aistrale.server.inference.ProviderFailure;
import com.aistrale.server.inference.ProviderFailure.Kind;
import com.aistrale.server.kit.http.OkHttpOutbound;
import com.aistrale.server.kit.http.RawServer;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.providers.FakeOutbound;
import com.aistrale.server.providers.Upstream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompatibleStreamTest {
    private static final String HELLO = delta("{\"content\":\"Hello\"}");
    private static final String STOP = "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}";

    @Test
    void oneChunkPerEvent() {
        var first =
                "{\"model\":\"m-1-2026\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}";
        var usage = "{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}";
        assertThat(stream(first, HELLO, STOP, usage, "[DONE]"))
                .containsExactly(
                        new Chunk(List.of(), null, null, "m-1-2026", first),
                        new Chunk(List.of(new Delta.Text("Hello")), null, null, null, HELLO),
                        new Chunk(List.of(), "stop", null, null, STOP),
                        new Chunk(List.of(), null, new Usage(3L, 1L, null, null, null), null, usage));
    }

    @Test
    void groqsUsage() {
        var last = "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
                + "\"x_groq\":{\"id\":\"req_1\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}}";
        assertThat(stream(last, "[DONE]"))
                .containsExactly(new Chunk(List.of(), "stop", new Usage(3L, 1L, null, null, null), null, last));
    }

    @Test
    void thoughtsInEverySpelling() {
        assertThat(deltas(
                        delta("{\"reasoning_content\":\"a\"}"),
                        delta("{\"reasoning\":\"b\",\"content\":\"\"}"),
                        delta(
                                "{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"c\"}]}]}"),
                        delta("{\"content\":\"d\"}")))
                .containsExactly(
                        new Delta.Thinking("a"), new Delta.Thinking("b"), new Delta.Thinking("c"), new Delta.Text("d"));
    }

    @Test
    void toolCalls() {
        assertThat(deltas(
                        call("{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"add\",\"arguments\":\"\"}}"),
                        call("{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}"),
                        call("{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"add\",\"arguments\":\":1}\"}}"),
                        call("{\"index\":1,\"id\":\"c2\",\"function\":{\"name\":\"sub\",\"arguments\":\"{}\"},"
                                + "\"extra_content\":{\"google\":{\"thought_signature\":\"s\"}}}")))
                .containsExactly(
                        new Delta.ToolCall(0, "c1", "add", "", null),
                        new Delta.ToolCall(0, null, null, "{\"a\"", null),
                        new Delta.ToolCall(0, null, null, ":1}", null),
                        new Delta.ToolCall(1, "c2", "sub", "{}", "s"));
    }

    /** Whole calls that are all numbered 0, or not at all, or have no id. */
    @Test
    void toolCallsThatAreNumberedOddly() {
        assertThat(deltas(
                        call("{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"add\",\"arguments\":\"{}\"}}"),
                        call("{\"index\":0,\"id\":\"c2\",\"function\":{\"name\":\"sub\",\"arguments\":\"{}\"}}")))
                .containsExactly(
                        new Delta.ToolCall(0, "c1", "add", "{}", null), new Delta.ToolCall(1, "c2", "sub", "{}", null));
        assertThat(deltas(
                        call("{\"id\":\"c1\",\"function\":{\"name\":\"add\",\"arguments\":{\"a\":1}}},"
                                + "{\"id\":\"c2\",\"function\":{\"name\":\"sub\"}}"),
                        call("{\"function\":{\"arguments\":\"{}\"}}")))
                .containsExactly(
                        new Delta.ToolCall(0, "c1", "add", "{\"a\":1}", null),
                        new Delta.ToolCall(1, "c2", "sub", "", null),
                        new Delta.ToolCall(1, null, null, "{}", null));
        assertThat(deltas(call("{\"index\":0,\"function\":{\"name\":\"add\",\"arguments\":\"{}\"}}")))
                .containsExactly(new Delta.ToolCall(0, "call_0", "add", "{}", null));
    }

    @Test
    void aStopAfterToolCallsMeansThem() {
        var chunks = stream(call("{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"a\"}}"), STOP, "[DONE]");
        assertThat(chunks.getLast().finishReason()).isEqualTo("tool_calls");
    }

    @Test
    void aRefusalIsTextThatWasFiltered() {
        var chunks = stream(delta("{\"refusal\":\"I cannot.\"}"), STOP, "[DONE]");
        assertThat(chunks.getFirst().deltas()).containsExactly(new Delta.Text("I cannot."));
        assertThat(chunks.getLast().finishReason()).isEqualTo("content_filter");
    }

    @Test
    void theFinishReasonComesOnce() {
        assertThat(stream(STOP, STOP, "[DONE]")).extracting(Chunk::finishReason).containsExactly("stop", null);
    }

    @Test
    void otherChoicesAreNotDeltasOfThisOne() {
        assertThat(deltas("{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}"))
                .isEmpty();
    }

    @Test
    void anEndWithoutDoneIsHonestAfterAFinishReason() {
        assertThat(stream(HELLO, STOP)).hasSize(2);
    }

    @Test
    void anEndWithoutEitherIsAFailure() {
        var seen = new ArrayList<Chunk>();
        var failure = failure(seen, HELLO);
        assertThat(failure.kind()).isEqualTo(Kind.FAILED);
        assertThat(failure).hasMessage("Acme broke off its answer: the stream ended before the model had finished.");
        assertThat(seen).hasSize(1);
    }

    @Test
    void nothingAtAllIsAFailure() {
        assertThat(failure(new ArrayList<>()).kind()).isEqualTo(Kind.FAILED);
        assertThat(failure(new ArrayList<>(), "[DONE]").kind()).isEqualTo(Kind.FAILED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"choices\":[{\"del", "7", "<html>"})
    void anEventThatIsNoChunkIsAFailure(String event) {
        var failure = failure(new ArrayList<>(), HELLO, event, "[DONE]");
        assertThat(failure.kind()).isEqualTo(Kind.FAILED);
        assertThat(failure.getMessage())
                .startsWith("Acme gave an answer with an event that is not ")
                .contains(event);
    }

    @Test
    void anErrorInTheStream() {
        var failure = failure(
                new ArrayList<>(), HELLO, "{\"error\":{\"message\":\"too many\",\"type\":\"rate_limit_error\"}}");
        assertThat(failure.kind()).isEqualTo(Kind.RATE_LIMITED);
        assertThat(failure).hasMessage("Acme limits requests (429): too many.");
    }

    @Test
    void jsonInsteadOfAStream() {
        var headers = Map.of("content-type", "application/json; charset=utf-8");
        var error = new FakeOutbound(200, "{\"error\":{\"message\":\"no stream\",\"code\":400}}", headers);
        assertThatThrownBy(() -> provider(error).stream(CompatibleFixture.call(HI), chunk -> {}))
                .hasMessage("Acme refused the request (400): no stream.");
        var answer = new FakeOutbound(200, "{\"choices\":[]}", headers);
        assertThatThrownBy(() -> provider(answer).stream(CompatibleFixture.call(HI), chunk -> {}))
                .hasMessage("Acme gave an answer that is no stream.");
    }

    @Test
    void whatTheSinkThrowsPassesThrough() {
        var full = new IllegalStateException("the reader is gone");
        assertThatThrownBy(() -> provider(FakeOutbound.answering(events(HELLO, STOP, "[DONE]"))).stream(
                        CompatibleFixture.call(HI), chunk -> {
                            throw full;
                        }))
                .isSameAs(full);
    }

    /** Over a socket: an event is handed on before the next is written, and a cut connection is a failure. */
    @Test
    void eventsComeThroughAsTheyCome() throws IOException {
        var seen = new CountDownLatch(1);
        var script = (RawServer.Script) line -> {
            line.request();
            line.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
            line.chunk("data: " + HELLO + "\n\n");
            seen.await();
            line.chunk("data: " + HELLO + "\n\n");
        };
        var chunks = new ArrayList<Chunk>();
        try (var server = new RawServer(script);
                var outbound = new OkHttpOutbound("aistrale/test")) {
            var provider = new CompatibleProvider(new Upstream(outbound, () -> Instant.EPOCH));
            var failure = catchThrowableOfType(
                    ProviderFailure.class,
                    () -> provider.stream(CompatibleFixture.call(server.url(), HI), chunk -> {
                        chunks.add(chunk);
                        seen.countDown();
                    }));
            assertThat(failure.kind()).isEqualTo(Kind.FAILED);
            assertThat(failure).hasMessageStartingWith("Acme broke off its answer: ");
        }
        assertThat(chunks).hasSize(2);
    }

    @Test
    void cancelEndsTheStream() throws IOException {
        var script = (RawServer.Script) line -> {
            line.request();
            line.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
            line.chunk("data: " + HELLO + "\n\n");
            line.awaitEnd();
        };
        try (var server = new RawServer(script);
                var outbound = new OkHttpOutbound("aistrale/test")) {
            var provider = new CompatibleProvider(new Upstream(outbound, () -> Instant.EPOCH));
            var call = CompatibleFixture.call(server.url(), HI);
            var failure = catchThrowableOfType(
                    ProviderFailure.class,
                    () -> provider.stream(call, chunk -> call.cancellation().cancel("the client went away")));
            assertThat(failure.kind()).isEqualTo(Kind.CANCELLED);
            assertThat(failure).hasMessage("The inference was cancelled: the client went away");
        }
    }

    private static String delta(String delta) {
        return "{\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":null}]}";
    }

    private static String call(String call) {
        return delta("{\"tool_calls\":[" + call + "]}");
    }

    private static String events(String... data) {
        var events = new StringBuilder(": begin\n\n");
        for (var each : data) {
            events.append("data: ").append(each).append("\n\n");
        }
        return events.toString();
    }

    private static List<Delta> deltas(String... data) {
        var all = new ArrayList<>(List.of(data));
        all.add(STOP);
        return stream(all.toArray(new String[0])).stream()
                .flatMap(chunk -> chunk.deltas().stream())
                .toList();
    }

    private static List<Chunk> stream(String... data) {
        var chunks = new ArrayList<Chunk>();
        provider(FakeOutbound.answering(events(data))).stream(CompatibleFixture.call(HI), chunks::add);
        return chunks;
    }

    private static ProviderFailure failure(List<Chunk> seen, String... data) {
        return catchThrowableOfType(
                ProviderFailure.class,
                () -> provider(FakeOutbound.answering(events(data))).stream(CompatibleFixture.call(HI), seen::add));
    }
}
