package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.Io.Stdin;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebhooksCommandTest {
    private static final String TIME = Times.local(Instant.parse("2026-11-01T12:00:00Z"));
    private static final String LATER = Times.local(Instant.parse("2026-11-02T12:00:00Z"));
    private static final String SECRET = "whsec_SR3ChlNqDPFvBKNGDg/gSC+WSCGpRUXR";
    private static final String WEBHOOK = """
            {"id":"wh_1","name":"alerts","url":"https://hooks.example.com/a","events":["inference.failed","prompt.updated"],\
            "filter":{"metadata":{"team":"search"}},"include_content":true,"headers":[{"name":"authorization"}],"enabled":true,\
            "disabled_reason":null,"failing_since":"2026-11-01T12:00:00.000Z",\
            "previous_secret_expires_at":"2026-11-02T12:00:00.000Z","created_at":"2026-11-01T12:00:00.000Z",\
            "updated_at":"2026-11-01T12:00:00.000Z"}""";
    private static final String PLAIN = """
            {"id":"wh_2","name":null,"url":"https://hooks.example.com/…","events":["*"],"filter":null,"include_content":false,\
            "headers":[],"enabled":false,"disabled_reason":"gone","failing_since":null,"previous_secret_expires_at":null,\
            "created_at":"2026-11-01T12:00:00.000Z","updated_at":"2026-11-01T12:00:00.000Z"}""";
    private static final String SHOWN = """
            id          wh_1
            name        alerts
            url         https://hooks.example.com/a
            events      inference.failed, prompt.updated
            filter      team=search
            content     what was asked and answered is sent too
            headers     authorization
            state       failing
            failing     since %s
            old secret  signs too until %s
            created     %s
            """.formatted(TIME, LATER, TIME);
    private static final String EVENT = """
            {"id":"evt_1","type":"webhook.test","timestamp":"2026-11-01T12:00:00.000Z","workspace_id":"ws_1","test":true,\
            "data":{"webhook_id":"wh_1","message":"Hello"}}""";

    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private Ran.With with() {
        return new Ran.With(home).server(server);
    }

    private static String made(String webhook) {
        return webhook.substring(0, webhook.length() - 1) + ",\"secret\":\"" + SECRET + "\"}";
    }

    private static String delivery(String status, String code, String error) {
        return """
                {"id":"dlv_1","webhook_id":"wh_1","event_id":"evt_1","event_type":"webhook.test","status":"%s","attempt_count":1,\
                "next_attempt_at":%s,"response_code":%s,"error":%s,"created_at":"2026-11-01T12:00:00.000Z",\
                "delivered_at":%s}""".formatted(
                        status,
                        status.equals("pending") ? "\"2026-11-02T12:00:00.000Z\"" : "null",
                        code,
                        error,
                        status.equals("delivered") ? "\"2026-11-01T12:00:00.000Z\"" : "null");
    }

    private static String attempted(String status, String code, String error, String body) {
        var delivery = delivery(status, code, error);
        return delivery.substring(0, delivery.length() - 1) + """
                ,"attempts":[{"number":1,"started_at":"2026-11-01T12:00:00.000Z","latency_ms":12,"response_code":%s,"error":%s,\
                "response_body":%s}],"payload":%s}""".formatted(code, error, body, EVENT);
    }

    @Test
    void oneIsMadeAndItsSecretIsAloneOnStandardOutput() {
        server.json("POST /api/v1/webhooks", 201, made(WEBHOOK));
        var line = new String[] {
            "webhooks",
            "create",
            "https://hooks.example.com/a",
            "--events",
            "inference.failed,prompt.updated",
            "--name",
            "alerts",
            "--header",
            "Authorization: Bearer a:b ",
            "--filter",
            "team=search",
            "--include-content"
        };
        assertThat(with().run(line)).isEqualTo(new Ran(0, SECRET + "\n", """
                Made wh_1 (https://hooks.example.com/a, inference.failed, prompt.updated).
                Its secret is shown this once: give it to the receiver, which verifies with it what comes.
                Try it: aistrale webhooks test wh_1
                """));
        assertThat(server.lastBody()).isEqualTo("""
                {"url":"https://hooks.example.com/a","events":["inference.failed","prompt.updated"],"name":"alerts",\
                "headers":{"Authorization":"Bearer a:b"},"filter":{"metadata":{"team":"search"}},"include_content":true}""");
        line[line.length - 1] = "--json";
        assertThat(with().run(line)).isEqualTo(new Ran(0, made(WEBHOOK) + "\n", ""));
    }

    @Test
    void aSecretOfOnesOwnIsReadAndNotShown() {
        server.json("POST /api/v1/webhooks", 201, made(PLAIN));
        var ran = with().in(Stdin.PIPE, SECRET + "\n")
                .run("webhooks", "create", "https://a.example", "--events", "*", "--secret", "-", "--disabled");
        assertThat(ran)
                .isEqualTo(new Ran(
                        0, "Made wh_2 (https://hooks.example.com/…, *)\n", "Try it: aistrale webhooks test wh_2\n"));
        assertThat(server.lastBody())
                .isEqualTo("{\"url\":\"https://a.example\",\"events\":[\"*\"],\"enabled\":false,\"secret\":\"" + SECRET
                        + "\"}");
        var open = with().run("webhooks", "create", "https://a.example", "--events", "*", "--secret", SECRET);
        assertThat(open.err()).contains("process list").doesNotContain(SECRET);
    }

    @Test
    void theListSaysWhatBecameOfEach() {
        server.list("GET /api/v1/webhooks", WEBHOOK, PLAIN);
        assertThat(with().run("webhooks", "list").out()).isEqualTo("""
                ID    NAME    URL                          EVENTS                            FILTER       STATE
                wh_1  alerts  https://hooks.example.com/a  inference.failed, prompt.updated  team=search  failing
                wh_2  -       https://hooks.example.com/…  *                                 -            disabled: it answered 410
                """);
        assertThat(with().run("webhooks", "list", "--json").out())
                .isEqualTo("{\"data\":[" + WEBHOOK + "," + PLAIN + "]}\n");
        server.list("GET /api/v1/webhooks");
        assertThat(with().run("webhooks", "list")).isEqualTo(new Ran(0, "", """
                        There is no webhook. Make one: aistrale webhooks create https://hooks.example.com/ai --events inference.failed
                        On this machine it takes none: aistrale webhooks listen
                        """));
    }

    @Test
    void oneIsShownAndChanged() {
        server.json("GET /api/v1/webhooks/wh_1", 200, WEBHOOK).json("POST /api/v1/webhooks/wh_1", 200, WEBHOOK);
        assertThat(with().run("webhooks", "get", "wh_1")).isEqualTo(new Ran(0, SHOWN, ""));
        assertThat(with().run("webhooks", "get", "wh_1", "--json").out()).isEqualTo(WEBHOOK + "\n");
        assertThat(with().run(
                                "webhooks",
                                "update",
                                "wh_1",
                                "--url",
                                "https://b.example",
                                "--events",
                                "*",
                                "--no-name",
                                "--no-headers",
                                "--no-filter",
                                "--no-include-content",
                                "--enable")
                        .out())
                .isEqualTo(SHOWN);
        assertThat(server.lastBody()).isEqualTo("""
                {"url":"https://b.example","events":["*"],"include_content":false,"name":null,"headers":{},"filter":null,\
                "enabled":true}""");
        with().run("webhooks", "update", "wh_1", "--disable", "--header", "X-A: b");
        assertThat(server.lastBody()).isEqualTo("{\"headers\":{\"X-A\":\"b\"},\"enabled\":false}");
    }

    @Test
    void deletingIsAskedFor() {
        server.json("DELETE /api/v1/webhooks/wh_1", 204, "");
        var asked = with().in(Stdin.TERMINAL, "n\n").errTerminal().run("webhooks", "delete", "wh_1");
        assertThat(asked.exit()).isEqualTo(2);
        assertThat(asked.err()).contains("This deletes wh_1 and its secret").contains("Nothing was done.");
        assertThat(server.requests).isEmpty();
        assertThat(with().run("webhooks", "delete", "wh_1", "--yes")).isEqualTo(new Ran(0, "Deleted wh_1\n", ""));
    }

    @Test
    void anotherSecretIsShownOnce() {
        server.json("POST /api/v1/webhooks/wh_1/rotate-secret", 200, made(WEBHOOK));
        assertThat(with().run("webhooks", "rotate-secret", "wh_1"))
                .isEqualTo(new Ran(0, SECRET + "\n", """
                Another secret signs for wh_1 (https://hooks.example.com/a, inference.failed, prompt.updated), and the one before too \
                until %s.
                Its secret is shown this once: give it to the receiver, which verifies with it what comes.
                Try it: aistrale webhooks test wh_1
                """.formatted(LATER)));
        assertThat(server.lastBody()).isEqualTo("{}");
        with().in(Stdin.PIPE, SECRET).run("webhooks", "rotate-secret", "wh_1", "--secret", "-");
        assertThat(server.lastBody()).isEqualTo("{\"secret\":\"" + SECRET + "\"}");
    }

    @Test
    void aTestThatIsDeliveredEndsWith0() {
        var delivered = attempted("delivered", "204", "null", "null");
        server.json("POST /api/v1/webhooks/wh_1/test", 200, delivered);
        var said = new Ran(0, "Delivered dlv_1 (webhook.test): answered 204, 12 ms\n", "");
        assertThat(with().run("webhooks", "test", "wh_1")).isEqualTo(said);
        assertThat(server.lastBody()).isEqualTo("{}");
        assertThat(with().run("webhooks", "trigger", "inference.failed", "--webhook", "wh_1"))
                .isEqualTo(said);
        assertThat(server.lastBody()).isEqualTo("{\"event_type\":\"inference.failed\"}");
        assertThat(with().run("webhooks", "test", "wh_1", "--json")).isEqualTo(new Ran(0, delivered + "\n", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "500  | \"http_status\"        | answered 500                                  | webhooks show dlv_1",
                "410  | \"gone\"               | answered 410: it wants no more                | webhooks show dlv_1",
                "302  | \"redirect\"           | answered 302: redirects are not followed      | update wh_1 --url",
                "null | \"timeout\"            | no answer within 15 s                   | The server must reach it",
                "null | \"dns\"                | its name has no address                       | The server must reach it",
                "null | \"connection_refused\" | nothing listens there                         | The server must reach it",
                "null | \"connection_lost\"    | the connection broke off before the answer    | webhooks show dlv_1",
                "null | \"tls\"                | no secure connection: look at its certificate | webhooks show dlv_1",
                "null | \"target_blocked\"     | its address is not public: nothing was sent   | webhooks.allowed_targets",
                "null | \"from_the_future\"    | from_the_future                               | webhooks show dlv_1"
            })
    void aTestThatFailsSaysWhyAndWhatToDo(String code, String error, String words, String advice) {
        server.json("POST /api/v1/webhooks/wh_1/test", 200, attempted("failed", code, error, "\"no\\nsuch hook\""));
        var ran = with().run("webhooks", "test", "wh_1");
        assertThat(ran.exit()).isEqualTo(6);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err())
                .startsWith("aistrale: Not delivered dlv_1 (webhook.test): " + words + ", 12 ms\n  | no such hook\n")
                .contains(advice);
        assertThat(with().run("webhooks", "test", "wh_1", "--json").exit()).isEqualTo(6);
    }

    @Test
    void deliveriesAreATable() {
        server.list(
                "GET /api/v1/webhooks/wh_1/deliveries",
                delivery("delivered", "200", "null"),
                delivery("pending", "503", "\"http_status\""),
                delivery("pending", "null", "null").replace("\"attempt_count\":1", "\"attempt_count\":0"),
                delivery("failed", "null", "\"webhook_disabled\""));
        assertThat(with().run("webhooks", "deliveries", "wh_1").out())
                .isEqualTo("""
                TIME                 ID     EVENT         STATUS     ATTEMPTS  WHAT BECAME OF IT         NEXT
                %s  dlv_1  webhook.test  delivered         1  answered 200              -
                %s  dlv_1  webhook.test  pending           1  answered 503              %s
                %s  dlv_1  webhook.test  pending           0  -                         %s
                %s  dlv_1  webhook.test  failed            1  the webhook was disabled  -
                """.formatted(TIME, TIME, LATER, TIME, LATER, TIME));
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/webhooks/wh_1/deliveries?limit=51");
        server.list("GET /api/v1/webhooks/wh_1/deliveries");
        assertThat(with().run("webhooks", "deliveries", "wh_1").err()).contains("aistrale webhooks test wh_1");
        var narrowed = with().run(
                        "webhooks",
                        "deliveries",
                        "wh_1",
                        "--status",
                        "failed",
                        "--event",
                        "prompt.updated",
                        "--last",
                        "24h",
                        "--limit",
                        "3");
        assertThat(narrowed.err()).startsWith("No such delivery.");
        assertThat(server.lastRequest())
                .isEqualTo(
                        "GET /api/v1/webhooks/wh_1/deliveries?event_type=prompt.updated&last=24h&limit=4&status=failed");
    }

    @Test
    void aDeliveryIsShownWithItsAttemptsAndWhatWasSent() {
        var answered = attempted("pending", "503", "\"http_status\"", "\"Back\\u001b[2J soon\\n\\nmore\"");
        server.json("GET /api/v1/webhook-deliveries/dlv_1", 200, answered);
        assertThat(with().run("webhooks", "show", "dlv_1"))
                .isEqualTo(new Ran(0, """
                id          dlv_1
                webhook     wh_1
                event       evt_1 (webhook.test)
                status      pending: answered 503
                created     %s
                next try    %s
                attempt 1   %s, 12 ms, answered 503
                  | Back[2J soon
                  |
                  | more

                %s
                """.formatted(TIME, LATER, TIME, EVENT), ""));
        assertThat(with().run("webhooks", "show", "dlv_1", "--json").out()).isEqualTo(answered + "\n");
        server.json("GET /api/v1/webhook-deliveries/dlv_1", 200, answered.replace(EVENT, "null"));
        assertThat(with().run("webhooks", "show", "dlv_1").out())
                .endsWith("The event was deleted, and its body with it.\n");
    }

    @Test
    void whatFailedIsDueAgain() {
        server.json("POST /api/v1/webhook-deliveries/dlv_1/retry", 202, delivery("pending", "503", "null"));
        assertThat(with().run("webhooks", "retry", "dlv_1"))
                .isEqualTo(new Ran(
                        0, "Due now: dlv_1 (webhook.test)\n", "What becomes of it: aistrale webhooks show dlv_1\n"));
        server.json("POST /api/v1/webhooks/wh_1/recover", 202, "{\"recovered\":12}");
        var ran = with().run("webhooks", "recover", "wh_1", "--since", "2026-11-01T12:00:00Z");
        assertThat(ran.out()).isEqualTo("Due now: 12 that failed since " + TIME + "\n");
        assertThat(server.lastBody()).isEqualTo("{\"since\":\"2026-11-01T12:00:00Z\"}");
        server.json("POST /api/v1/webhooks/wh_1/recover", 202, "{\"recovered\":0}");
        assertThat(with().run("webhooks", "recover", "wh_1", "--since", "2h").err())
                .startsWith("Nothing had failed since ");
        var since = Instant.parse(server.lastBody()
                .substring("{\"since\":\"".length(), server.lastBody().length() - 2));
        assertThat(since).isCloseTo(Instant.now().minus(Duration.ofHours(2)), Assertions.within(Duration.ofMinutes(1)));
    }

    @Test
    void aSampleIsSentAndTheTypesAreListed() {
        server.json("POST /api/v1/events/test", 201, EVENT);
        assertThat(with().run("webhooks", "trigger", "webhook.test"))
                .isEqualTo(new Ran(0, "Sent evt_1 (webhook.test)\n", ""));
        assertThat(server.lastBody()).isEqualTo("{\"event_type\":\"webhook.test\"}");
        assertThat(with().run("webhooks", "trigger", "webhook.test", "--json").out())
                .isEqualTo(EVENT + "\n");
        server.list(
                "GET /api/v1/webhook-event-types",
                "{\"type\":\"prompt.updated\",\"description\":\"A version was created.\",\"schema\":{\"type\":\"object\"}}");
        assertThat(with().run("webhooks", "types").out()).isEqualTo("""
                TYPE            DESCRIPTION
                prompt.updated  A version was created.
                """);
        assertThat(with().run("webhooks", "types", "--json").out()).contains("\"schema\":{\"type\":\"object\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "webhooks                                                        | Which",
                "webhooks create https://a.example                               | --events",
                "webhooks create --events *                                      | URL",
                "webhooks create https://a.example --events * --header Authorization  | no name with a colon",
                "webhooks create https://a.example --events * --header A:b --header A:c | there twice",
                "webhooks create https://a.example --events * --filter team      | --filter",
                "webhooks update wh_1                                            | nothing to change",
                "webhooks update wh_1 --enable --disable                         | contradict",
                "webhooks update wh_1 --name a --no-name                         | contradict",
                "webhooks recover wh_1                                           | --since",
                "webhooks recover wh_1 --since yesterday                         | is no time",
                "webhooks trigger                                                | TYPE",
                "webhooks deliveries wh_1 --limit 0                              | --limit is below 1",
                "webhooks delete wh_1                                            | --yes"
            })
    void mistakesAreNamedAndNothingIsSent(String line, String said) {
        var ran = with().run(line.split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains(said);
        assertThat(ran.out()).isEmpty();
        assertThat(server.requests).isEmpty();
    }
}
