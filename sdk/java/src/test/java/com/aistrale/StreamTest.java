package com.aistrale;

import static com.aistrale.FakeServer.bytes;
import static com.aistrale.FakeServer.completed;
import static com.aistrale.FakeServer.delta;
import static com.aistrale.FakeServer.sseHead;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.FakeServer.End;
import com.aistrale.FakeServer.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StreamTest {
    private static final RunOptions NOT_RESUMABLE =
            RunOptions.builder().resumable(false).build();
    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    static Stream<Transport> transports() {
        return Stream.of(JdkTransport.shared(), new HttpURLConnectionTransport());
    }

    private Aistrale client(Transport transport) {
        return Clients.builder(server).transport(transport).build();
    }

    private static List<StreamEvent> all(InferenceStream stream) {
        var events = new ArrayList<StreamEvent>();
        stream.forEach(events::add);
        return events;
    }

    @ParameterizedTest
    @MethodSource("transports")
    void givesEveryKindOfEvent(Transport transport) {
        server.sse(
                "event: delta\ndata: {\"thinking\":\"hm\"}\n\n",
                delta("Hi"),
                "event: delta\ndata: {\"tool_call\":{\"index\":0,\"id\":\"c\",\"name\":\"f\",\"arguments\":\"{\"}}\n\n",
                "event: delta\ndata: {\"tool_call\":{\"index\":0,\"arguments\":\"}\"}}\n\n",
                "event: delta\ndata: {\"hologram\":1}\n\n",
                "event: weather\ndata: fine\n\n",
                completed("Hi"));
        try (var stream = client(transport).stream("x")) {
            var events = all(stream);
            assertThat(events.subList(0, 6))
                    .containsExactly(
                            new StreamEvent.Thinking("hm"),
                            new StreamEvent.Text("Hi"),
                            new StreamEvent.ToolCallPart(0, "c", "f", "{"),
                            new StreamEvent.ToolCallPart(0, null, null, "}"),
                            new StreamEvent.Unknown("delta", "{\"hologram\":1}"),
                            new StreamEvent.Unknown("weather", "fine"));
            assertThat(events).hasSize(7);
            assertThat(events.get(6))
                    .isInstanceOfSatisfying(
                            StreamEvent.Completed.class,
                            end -> assertThat(end.inference().text()).isEqualTo("Hi"));
            assertThat(stream.finalInference().text()).isEqualTo("Hi");
            assertThat(stream.text()).isEqualTo("Hi");
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void readsByteByByte(Transport transport) {
        var pieces = new ArrayList<byte[]>();
        for (var b : bytes(sseHead() + delta("é🙂") + completed("é🙂"))) {
            pieces.add(new byte[] {b});
        }
        server.reply(new Reply(pieces, End.CLOSE, 0));
        assertThat(client(transport).run("x").text()).isEqualTo("é🙂");
    }

    @ParameterizedTest
    @MethodSource("transports")
    void anEndWithoutCompletedIsNeverSuccess(Transport transport) {
        server.sse(delta("Hel"), delta("lo"));
        try (var stream = client(transport).stream("x", NOT_RESUMABLE)) {
            var cut = catchThrowableOfType(StreamInterruptedException.class, () -> all(stream));
            assertThat(cut.text()).isEqualTo("Hello");
            assertThat(cut).hasMessageContaining(server.url()).hasMessageContaining("5 characters");
        }
        assertThat(server.received).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aCutInTheMiddleOfAChunkIsAnInterruptionToo(Transport transport) {
        var head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        var event = delta("Hello");
        var chunk = Integer.toHexString(event.length()) + "\r\n" + event + "\r\n" + "ff\r\nhalf";
        server.reply(new Reply(List.of(bytes(head + chunk)), End.CLOSE, 0));
        var client = client(transport);
        var cut = catchThrowableOfType(StreamInterruptedException.class, () -> client.run("x", NOT_RESUMABLE));
        assertThat(cut.text()).isEqualTo("Hello");
        assertThat(cut.getCause()).isNotNull();
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aCutBeforeTheFirstEventIsNotTriedAgain(Transport transport) {
        server.reply(new Reply(List.of(bytes(sseHead())), End.CLOSE, 0));
        var client = client(transport);
        var cut = catchThrowableOfType(StreamInterruptedException.class, () -> client.run("x", NOT_RESUMABLE));
        assertThat(cut.text()).isEmpty();
        assertThat(server.received).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aConnectionLostBeforeTheAnswerIsNotTriedAgain(Transport transport) {
        server.reply(new Reply(List.of(), End.CLOSE, 0));
        var client = client(transport);
        var lost = catchThrowableOfType(ApiConnectionException.class, () -> client.run("x", NOT_RESUMABLE));
        assertThat(lost.mayHaveBeenSent()).isTrue();
        assertThat(lost).isNotInstanceOf(ApiTimeoutException.class);
        assertThat(server.received).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("transports")
    void anErrorEventAfterTextKeepsWhatArrived(Transport transport) {
        server.sse(
                delta("Hel"),
                "event: error\ndata: {\"status\":504,\"code\":\"provider_timeout\",\"detail\":\"slow\"}\n\n");
        try (var stream = client(transport).stream("x")) {
            var error = catchThrowableOfType(ProviderTimeoutException.class, () -> all(stream));
            assertThat(error).hasMessageStartingWith("slow (504 provider_timeout, request req_s)");
            assertThat(stream.text()).isEqualTo("Hel");
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void anErrorEventFirstIsRaisedWhenTheStreamIsOpened(Transport transport) {
        server.sse("event: error\ndata: {\"status\":402,\"code\":\"budget_exceeded\",\"detail\":\"spent\"}\n\n");
        var client = client(transport);
        assertThatThrownBy(() -> client.stream("x")).isInstanceOf(BudgetExceededException.class);
    }

    @ParameterizedTest
    @MethodSource("transports")
    void closingEarlyEndsTheConnection(Transport transport) throws Exception {
        server.reply(new Reply(List.of(bytes(sseHead() + delta("Hel"))), End.STALL, 0));
        try (var stream = client(transport).stream("x")) {
            assertThat(stream.iterator().next()).isEqualTo(new StreamEvent.Text("Hel"));
        }
        assertThat(server.clientLeft.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aSilentServerIsATimeout(Transport transport) {
        server.reply(new Reply(List.of(bytes(sseHead() + delta("Hel"))), End.STALL, 0));
        var client = Clients.builder(server)
                .transport(transport)
                .idleTimeout(Duration.ofMillis(200))
                .build();
        assertThatThrownBy(() -> client.run("x", NOT_RESUMABLE))
                .isInstanceOf(ApiTimeoutException.class)
                .hasMessageContaining(server.url());
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aServerThatOnlyKeepsAliveRunsIntoTheWholeDeadline(Transport transport) {
        var pieces = new ArrayList<>(List.of(bytes(sseHead())));
        for (var i = 0; i < 100; i++) {
            pieces.add(bytes(": keep-alive\n\n"));
        }
        server.reply(new Reply(pieces, End.STALL, 50));
        var client = Clients.builder(server).transport(transport).build();
        var options = RunOptions.builder().timeout(Duration.ofMillis(300)).build();
        assertThatThrownBy(() -> client.run("x", options)).isInstanceOf(ApiTimeoutException.class);
    }

    @ParameterizedTest
    @MethodSource("transports")
    void anEventThatIsNotJsonIsAnError(Transport transport) {
        server.sse("event: delta\ndata: {\n\n");
        var client = client(transport);
        assertThatThrownBy(() -> client.run("x"))
                .isInstanceOf(StreamInterruptedException.class)
                .hasMessageContaining("its event \"delta\" cannot be read, not JSON");
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aStreamIsIteratedOnce(Transport transport) {
        server.sse(completed("x"));
        try (var stream = client(transport).stream("x")) {
            all(stream);
            assertThatThrownBy(stream::iterator).isInstanceOf(IllegalStateException.class);
        }
    }

    /** Of the default transport only: the other's sockets do not look at interrupts, as its documentation says. */
    @Test
    void anInterruptedThreadStopsWaitingAndStaysInterrupted() throws Exception {
        server.reply(new Reply(List.of(bytes(sseHead() + delta("Hel"))), End.STALL, 0));
        var seen = new ArrayList<Object>();
        var thread = new Thread(() -> {
            try (var stream = client(JdkTransport.shared()).stream("x")) {
                all(stream);
            } catch (AistraleException e) {
                seen.add(e);
                seen.add(Thread.currentThread().isInterrupted());
            }
        });
        thread.start();
        while (server.received.isEmpty()) {
            Thread.sleep(5);
        }
        Thread.sleep(100);
        thread.interrupt();
        thread.join(5000);
        assertThat(seen).hasSize(2).last().isEqualTo(true);
    }
}
