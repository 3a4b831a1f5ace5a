package com.aistrale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorsTest {
    private static final Path CATALOGUE =
            Path.of(System.getProperty("aistrale.repository", "../.."), "contract", "problems.yaml");
    private static final Pattern ENTRY =
            Pattern.compile("\\{code: (\\w+), status: (\\d+),.*? exception: (\\w+), exit: (\\d+)");
    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    /** Every code of the catalogue becomes the class that the catalogue names, in Java's words. */
    @TestFactory
    Stream<DynamicTest> everyCodeHasItsClass() throws Exception {
        var lines = Files.readAllLines(CATALOGUE).stream()
                .filter(line -> line.strip().startsWith("- "))
                .toList();
        assertThat(lines).hasSizeGreaterThan(20);
        return lines.stream().map(line -> {
            var entry = ENTRY.matcher(line);
            assertThat(entry.find()).as(line).isTrue();
            var status = Integer.parseInt(entry.group(2));
            var body = "{\"status\":%d,\"code\":\"%s\"}".formatted(status, entry.group(1));
            var expected = entry.group(3).equals("InterruptedError")
                    ? "InterruptedInferenceException"
                    : entry.group(3).replaceAll("Error$", "Exception");
            return DynamicTest.dynamicTest(entry.group(1), () -> {
                var thrown =
                        new Failure("u", true, status, body, Failure.problem(body), null, null, null, null).exception();
                assertThat(thrown.getClass().getSimpleName()).isEqualTo(expected);
                assertThat(thrown.code()).isEqualTo(entry.group(1));
                // A code that is known is never left to its status: with another status it is the same class.
                var elsewhere =
                        new Failure("u", true, 418, body, Failure.problem(body), null, null, null, null).exception();
                assertThat(elsewhere.getClass().getSimpleName()).isEqualTo(expected);
            });
        });
    }

    @ParameterizedTest
    @CsvSource({
        "400, BadRequestException",
        "401, AuthenticationException",
        "402, BudgetExceededException",
        "403, PermissionDeniedException",
        "404, NotFoundException",
        "409, ConflictException",
        "412, ConflictException",
        "413, BadRequestException",
        "422, NoProviderException",
        "429, RateLimitException",
        "418, ApiStatusException",
        "500, InternalServerException",
        "502, ProviderException",
        "503, OverloadedException",
        "504, ProviderTimeoutException",
        "599, ApiStatusException"
    })
    void anUnknownCodeGoesByItsStatus(int status, String expected) {
        for (var i = 0; i < 3; i++) {
            server.problem(status, "of_the_future", "Retry-After: 0");
        }
        var error = catchThrowableOfType(
                ApiStatusException.class, () -> Clients.of(server).run("x"));
        assertThat(error.getClass().getSimpleName()).isEqualTo(expected);
        assertThat(error.code()).isEqualTo("of_the_future");
        assertThat(error.status()).isEqualTo(status);
        assertThat(error.requestId()).isEqualTo("req_1");
        assertThat(error).hasMessage("what happened (" + status + " of_the_future, request req_1)");
    }

    @Test
    void namesTheFieldsThatAreWrong() {
        server.json(400, """
                {"status":400,"code":"invalid_request","detail":"The request is not valid",\
                "errors":[{"pointer":"/tempratur","detail":"unknown field; did you mean temperature?"}]}""");
        var error = catchThrowableOfType(
                BadRequestException.class, () -> Clients.of(server).run("x"));
        assertThat(error)
                .hasMessage(
                        "The request is not valid; /tempratur: unknown field; did you mean temperature? (400 invalid_request)");
        assertThat(Objects.requireNonNull(error.problem()).errors())
                .containsExactly(new Problem.FieldError("/tempratur", "unknown field; did you mean temperature?"));
    }

    @Test
    void saysOnceWhatTheServersSentenceHasAlready() {
        server.json(400, """
                {"status":400,"code":"invalid_request","detail":"/a: is no number",\
                "errors":[{"pointer":"/a","detail":"is no number"},{"pointer":"/b","detail":"is missing"}]}""");
        assertThat(catchThrowableOfType(
                        BadRequestException.class, () -> Clients.of(server).run("x")))
                .hasMessage("/a: is no number; /b: is missing (400 invalid_request)");
    }

    @Test
    void aProvidersErrorNamesIt() {
        server.json(
                502,
                "{\"status\":502,\"code\":\"provider_failed\",\"detail\":\"d\",\"provider\":\"openai\",\"upstream_status\":500}");
        var error = catchThrowableOfType(
                ProviderException.class, () -> Clients.of(server).run("x"));
        assertThat(error.provider()).isEqualTo("openai");
        assertThat(error.upstreamStatus()).isEqualTo(500);
    }

    @Test
    void aProxysHtmlPageBecomesATypedErrorWithItsStatus() {
        server.reply(FakeServer.whole(502, "text/html", "<html>\n<h1>Bad   Gateway</h1></html>"));
        var error = catchThrowableOfType(
                ProviderException.class, () -> Clients.of(server).run("x"));
        assertThat(error.status()).isEqualTo(502);
        assertThat(error.code()).isNull();
        assertThat(error.problem()).isNull();
        assertThat(error.body()).isEqualTo("<html>\n<h1>Bad   Gateway</h1></html>");
        assertThat(error)
                .hasMessageContaining("<html> <h1>Bad Gateway</h1></html>")
                .hasMessageContaining("proxy");
    }

    @Test
    void anEmptyErrorBodyAndAPageThatCallsItselfSuccessAreErrorsToo() {
        server.reply(FakeServer.whole(500, "text/plain", ""));
        assertThat(catchThrowableOfType(
                                InternalServerException.class,
                                () -> Clients.of(server).run("x"))
                        .body())
                .isEmpty();
        server.reply(FakeServer.whole(200, "text/html", "<html>log in</html>"));
        var page = catchThrowableOfType(
                ApiStatusException.class, () -> Clients.of(server).run("x"));
        assertThat(page)
                .hasMessageContaining("answered 200 and not as AISTRALE does")
                .hasMessageContaining("api_url");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.body()).isEqualTo("<html>log in</html>");
    }

    @Test
    void aRedirectIsNotFollowed() {
        for (var transport : StreamTest.transports().toList()) {
            server.received.clear();
            server.reply(FakeServer.whole(307, "text/plain", "", "Location: " + server.url() + "/elsewhere"));
            var client = Clients.builder(server).transport(transport).build();
            var error = catchThrowableOfType(ApiStatusException.class, () -> client.run("x"));
            assertThat(error.status()).isEqualTo(307);
            assertThat(error).hasMessageContaining("redirect");
            assertThat(server.received).hasSize(1);
        }
    }

    @Test
    void errorBodiesComeThroughEveryTransport() {
        for (var transport : StreamTest.transports().toList()) {
            server.problem(404, "not_found");
            var client = Clients.builder(server).transport(transport).build();
            assertThat(catchThrowableOfType(
                            NotFoundException.class, () -> client.inferences().get("inf_9")))
                    .hasMessage("what happened (404 not_found, request req_1)");
        }
    }

    /** HttpURLConnection drops the body of such an answer: what it said is asked for again, and nothing is sent twice. */
    @Test
    void a401ToAPostSaysWhyThroughEveryTransport() {
        for (var transport : StreamTest.transports().toList()) {
            server.received.clear();
            server.problem(401, "authentication_failed", "X-Request-Id: req_0", "WWW-Authenticate: Bearer");
            if (transport instanceof HttpURLConnectionTransport) {
                server.problem(401, "authentication_failed", "X-Request-Id: req_2", "WWW-Authenticate: Bearer");
            }
            var client = Clients.builder(server).transport(transport).build();
            var error = catchThrowableOfType(AuthenticationException.class, () -> client.run("x"));
            assertThat(error.status()).isEqualTo(401);
            assertThat(error).hasMessage("what happened (401 authentication_failed, request req_0)");
            assertThat(server.received)
                    .filteredOn(r -> r.method().equals("POST"))
                    .hasSize(1);
            assertThat(server.received)
                    .filteredOn(r -> r.method().equals("GET"))
                    .allSatisfy(r -> {
                        assertThat(r.target()).isEqualTo("/api/v1/whoami");
                        assertThat(r.headers()).containsEntry("authorization", "Bearer " + Clients.KEY);
                    });
        }
    }

    @Test
    void aRefusedKeyThatIsAcceptedTheSecondTimeIsStillARefusedCall() {
        server.problem(401, "authentication_failed");
        server.json(200, "{\"workspace_id\":\"ws_1\"}");
        var client = Clients.builder(server)
                .transport(new HttpURLConnectionTransport())
                .build();
        var error = catchThrowableOfType(AuthenticationException.class, () -> client.run("x"));
        assertThat(error.status()).isEqualTo(401);
        assertThat(error).hasMessageContaining("refuses the API key");
    }

    @Test
    void theApiKeyIsInNoErrorAndNoText() {
        server.reply(FakeServer.whole(502, "text/html", "You sent Authorization: Bearer " + Clients.KEY));
        var client = Clients.of(server);
        var error = catchThrowableOfType(ApiStatusException.class, () -> client.run("x"));
        var stack = new StringWriter();
        error.printStackTrace(new PrintWriter(stack));
        assertThat(stack + error.body() + error + client).doesNotContain(Clients.KEY);
        assertThat(error.body()).contains("•••");
        var request = new Transport.Request(
                "GET",
                URI.create("http://h"),
                Map.of("authorization", Clients.KEY),
                null,
                Duration.ZERO,
                Duration.ZERO);
        assertThat(request.toString()).isEqualTo("GET http://h");
    }

    @ParameterizedTest
    @CsvSource({"localhost:16000", "ftp://x", "http://", "'http://a b'", "http://u:pw@h", "http://h?x=1", "/path"})
    void aWrongUrlIsAConfigurationError(String url) {
        var error = catchThrowableOfType(
                ConfigurationException.class,
                () -> Clients.builder(server).apiUrl(url).build());
        assertThat(error).hasMessageContaining("expected http://HOST").hasMessageContaining("argument api_url");
        assertThat(error.getMessage()).doesNotContain("pw");
    }

    @Test
    void aKeyThatCannotBeOneIsNotShown() {
        var error = catchThrowableOfType(
                ConfigurationException.class,
                () -> Clients.builder(server).apiKey("ais_x\ny").build());
        assertThat(error).hasMessageContaining("copy it again");
        assertThat(error.getMessage()).doesNotContain("ais_x");
    }

    @Test
    void aBaseUrlWithAPathAndSlashes() {
        server.json(200, "{\"status\":\"ok\",\"version\":\"9\"}");
        var client = Clients.builder(server).apiUrl(server.url() + "/base//").build();
        assertThat(client.health()).isEqualTo(new Health("ok", "9"));
        assertThat(server.received.get(0).target()).isEqualTo("/base/health");
    }
}
