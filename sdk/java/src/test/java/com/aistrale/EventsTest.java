package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventsTest {
    private static final Path EVENTS =
            Path.of(System.getProperty("aistrale.repository", "../.."), "contract", "events");
    private static final Map<String, Class<? extends Record>> CLASSES = new TreeMap<>(Map.of(
            "inference.completed", EventData.InferenceCompleted.class,
            "inference.failed", EventData.InferenceFailed.class,
            "cost.threshold_exceeded", EventData.CostThresholdExceeded.class,
            "provider.failed", EventData.ProviderFailed.class,
            "provider.recovered", EventData.ProviderRecovered.class,
            "prompt.updated", EventData.PromptUpdated.class,
            "webhook.disabled", EventData.WebhookDisabled.class,
            "webhook.test", EventData.WebhookTest.class));
    private final FakeServer server = new FakeServer();
    private final FakeClocks clocks = new FakeClocks();
    private final List<String> told = new ArrayList<>();

    @AfterEach
    void stop() {
        server.close();
    }

    private Events events(Transport transport) {
        return Clients.builder(server)
                .transport(transport)
                .clocks(clocks)
                .random(Clients.withoutChance())
                .build()
                .events();
    }

    private Events events() {
        return Clients.of(server, clocks).events();
    }

    private EventOptions telling() {
        return EventOptions.none()
                .onReconnect(() -> told.add("again"))
                .onDisconnect(why -> told.add(why.getClass().getSimpleName()));
    }

    private static String event(String sseId, String id) {
        return "id: " + sseId + "\nevent: webhook.test\ndata: {\"id\":\"" + id
                + "\",\"type\":\"webhook.test\",\"timestamp\":\"2026-11-25T08:30:00.412Z\",\"workspace_id\":\"ws_1\","
                + "\"test\":true,\"data\":{\"webhook_id\":null,\"message\":\"m\"}}\n\n";
    }

    private List<String> ids(EventStream stream, int count) {
        var events = stream.iterator();
        return Stream.generate(() -> events.next().id()).limit(count).toList();
    }

    private List<String> askedBehind() {
        return server.received.stream()
                .map(request -> String.valueOf(request.headers().get("last-event-id")))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("com.aistrale.StreamTest#transports")
    void goesOnWhereItWasCutAndSaysSo(Transport transport) {
        server.sse(": listening\nid: e0\n\n", event("e1", "evt_1"), "id: e9\nevent: webhook.test\ndata: {cut")
                .problem(503, "overloaded", "Retry-After: 0")
                .sse(event("e2", "evt_2"), event("e3", "evt_3"));
        var options = telling().types("webhook.test", "of.the.future").behind("e-1");
        try (var stream = events(transport).stream(options)) {
            assertThat(stream.lastEventId()).isEqualTo("e-1");
            assertThat(ids(stream, 2)).containsExactly("evt_1", "evt_2");
            assertThat(stream.lastEventId()).isEqualTo("e2");
        }
        assertThat(server.received)
                .extracting(FakeServer.Received::target)
                .containsOnly("/api/v1/events/stream?event_types=webhook.test%2Cof.the.future");
        assertThat(askedBehind()).containsExactly("e-1", "e1", "e1");
        assertThat(told).containsExactly("ApiConnectionException", "again");
    }

    /** What happens between the beginning and the first event of a stream that was cut before it is not lost. */
    @Test
    void goesOnFromWhereItBeganWhereNothingHadCome() {
        server.sse("retry: 1000\n: listening\nid: e0\n\n", ": keep-alive\nid: e5\n\n", "id: e9\n")
                .sse(event("e6", "evt_6"));
        try (var stream = events().stream(telling())) {
            assertThat(ids(stream, 1)).containsExactly("evt_6");
        }
        assertThat(askedBehind()).containsExactly("null", "e5");
        assertThat(server.received.get(0).target()).isEqualTo("/api/v1/events/stream");
    }

    @Test
    void waitsForAServerThatIsAwayForAMinute() {
        server.sse(event("e1", "evt_1"));
        for (var i = 0; i < 10; i++) {
            server.problem(503, "overloaded");
        }
        server.sse(event("e2", "evt_2"));
        try (var stream = events().stream(telling())) {
            assertThat(ids(stream, 2)).containsExactly("evt_1", "evt_2");
        }
        assertThat(clocks.sleptMillis)
                .containsExactly(500L, 500L, 1000L, 2000L, 4000L, 8000L, 8000L, 8000L, 8000L, 8000L, 8000L);
        assertThat(told).containsExactly("ApiConnectionException", "again");
    }

    @Test
    void aServerThatDoesNotComeBackIsAnErrorInTheEnd() {
        server.sse(event("e1", "evt_1"));
        for (var i = 0; i < 11; i++) {
            server.problem(503, "overloaded");
        }
        try (var stream = events().stream(telling())) {
            var events = stream.iterator();
            assertThat(events.next().id()).isEqualTo("evt_1");
            assertThat(catchThrowableOfType(OverloadedException.class, events::hasNext))
                    .isNotNull();
        }
        assertThat(told).containsExactly("ApiConnectionException");
        assertThat(server.received).hasSize(12);
    }

    @Test
    void anErrorOfTheStreamIsWaitedForWhereItPasses() {
        server.sse(
                        event("e1", "evt_1"),
                        "event: error\ndata: {\"status\":503,\"code\":\"overloaded\",\"detail\":\"it stops\",\"retry_after_ms\":10}\n\n")
                .sse(
                        event("e2", "evt_2"),
                        "event: error\ndata: {\"status\":401,\"code\":\"authentication_failed\",\"detail\":\"revoked\"}\n\n");
        try (var stream = events().stream(telling())) {
            var events = stream.iterator();
            assertThat(events.next().id()).isEqualTo("evt_1");
            assertThat(events.next().id()).isEqualTo("evt_2");
            assertThat(catchThrowableOfType(AuthenticationException.class, events::hasNext))
                    .hasMessage("revoked (401 authentication_failed, request req_s)");
        }
        assertThat(clocks.sleptMillis).containsExactly(10L);
        assertThat(told).containsExactly("OverloadedException", "again");
    }

    @Test
    void aPlaceThatTheDatabaseNeverGaveIsRefused() {
        server.problem(400, "invalid_request");
        assertThat(catchThrowableOfType(
                        BadRequestException.class,
                        () -> events().stream(EventOptions.none().behind("x"))))
                .isNotNull();
        assertThat(server.received).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("com.aistrale.StreamTest#transports")
    void endsWhenItIsClosedByAnotherThread(Transport transport) throws Exception {
        server.reply(new FakeServer.Reply(
                List.of(FakeServer.bytes(FakeServer.sseHead() + event("e1", "evt_1"))), FakeServer.End.STALL, 0));
        var stream = events(transport).stream(telling());
        var events = stream.iterator();
        assertThat(events.next().id()).isEqualTo("evt_1");
        var closer = new Thread(() -> {
            try {
                TimeUnit.MILLISECONDS.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            stream.close();
        });
        closer.start();
        assertThat(events.hasNext()).isFalse();
        closer.join();
        assertThat(server.clientLeft.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(told).isEmpty();
        assertThat(server.received).hasSize(1);
    }

    @Test
    void anEventThatCannotBeReadIsAnErrorThatNamesIt() {
        server.sse("event: webhook.test\ndata: {\"id\":\"evt_1\"}\n\n");
        try (var stream = events().stream()) {
            assertThat(catchThrowableOfType(
                            ApiException.class, () -> stream.iterator().hasNext()))
                    .hasMessageContaining("the server's event has no \"type\"");
        }
    }

    /** A stream that ended there would end there for ever. */
    @Test
    void anEventWhoseDataIsOfAnotherFormIsGivenOutAsItIs() {
        server.sse(event("e1", "evt_1").replace("\"message\":\"m\"", "\"message\":[1]"), event("e2", "evt_2"));
        try (var stream = events().stream()) {
            var events = stream.iterator();
            var first = events.next();
            assertThat(first.data()).isInstanceOf(EventData.Unknown.class);
            assertThat(((EventData.Unknown) first.data()).json()).containsEntry("message", List.of(1L));
            assertThat(events.next().data()).isEqualTo(new EventData.WebhookTest(null, "m"));
        }
    }

    @Test
    void aSampleIsMadeAndTypesAreTold() {
        server.json(201, """
                        {"id":"evt_1","type":"webhook.test","timestamp":"2026-11-25T08:30:00.412Z","workspace_id":"ws_1","test":true,\
                        "data":{"webhook_id":null,"message":"m"}}""").json(200, """
                        {"data":[{"type":"webhook.test","description":"d","schema":{"type":"object"}}],"next_cursor":null}""");
        assertThat(events().test("webhook.test").data()).isEqualTo(new EventData.WebhookTest(null, "m"));
        assertThat(server.received.get(0).target()).isEqualTo("/api/v1/events/test");
        assertThat(server.received.get(0).body()).isEqualTo("{\"event_type\":\"webhook.test\"}");
        assertThat(events().types()).containsExactly(new EventType("webhook.test", "d", Map.of("type", "object")));
        assertThat(server.received.get(1).target()).isEqualTo("/api/v1/webhook-event-types");
    }

    @TestFactory
    Stream<DynamicTest> everyTypeOfTheContractHasItsClassWithEachProperty() throws Exception {
        try (var files = Files.list(EVENTS)) {
            assertThat(files.map(file -> file.getFileName().toString().replaceAll("\\.json$", "")))
                    .containsExactlyInAnyOrderElementsOf(CLASSES.keySet());
        }
        return CLASSES.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    var schema = new Fields(
                            "schema", Json.parseObject(Files.readString(EVENTS.resolve(entry.getKey() + ".json"))));
                    var data = schema.required(
                            "properties", all -> all.required("data", of -> of.required("properties", Fields::json)));
                    var components = Arrays.stream(entry.getValue().getRecordComponents())
                            .map(component -> component
                                    .getName()
                                    .replaceAll("([A-Z])", "_$1")
                                    .toLowerCase(Locale.ROOT))
                            .collect(Collectors.toCollection(TreeSet::new));
                    assertThat(components).isEqualTo(new TreeSet<>(data.keySet()));
                    for (var example : schema.list("examples", each -> each)) {
                        assertThat(Event.read(example).data()).isInstanceOf(entry.getValue());
                    }
                }));
    }
}
