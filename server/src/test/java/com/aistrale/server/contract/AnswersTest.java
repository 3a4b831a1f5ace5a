package com.aistrale.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That an answer which is not as the contract says is seen, whatever is wrong with it. */
class AnswersTest {
    private static final String ID = "req_06e0q2w3r8s4t5v6w7x8y9z0a1";
    private static final String NOT_FOUND = """
            {"type": "about:blank", "title": "There is no such thing", "status": 404, "detail": "There is no …",
             "code": "not_found", "request_id": "%s"}""".formatted(ID);
    private static final String DELTA = "event: delta\nid: 1\ndata: {\"text\": \"Hello\"}\n\n";

    private final Answers answers = Answers.byTheContract();

    @Test
    void saysNothingOfWhatIsRight() {
        assertThat(health("{\"status\": \"ok\", \"version\": \"1\"}")).isEmpty();
        assertThat(failure("/api/v1/tokens/tok_1", 404, NOT_FOUND)).isEmpty();
        assertThat(stream(DELTA)).isEmpty();
        assertThat(failure("/nowhere", 404, NOT_FOUND)).isEmpty();
    }

    @Test
    void seesAnUnknownStatus() {
        assertThat(answers.violations("GET", "/health", 418, headers("application/json"), "{}"))
                .singleElement()
                .asString()
                .contains("GET /health → 418", "does not know this status");
        assertThat(failure("/nowhere", 409, NOT_FOUND)).hasSize(1);
    }

    @Test
    void seesWhatIsWrongWithABody() {
        assertThat(health("{\"status\": \"ok\"}")).singleElement().asString().contains("version");
        assertThat(health("{\"status\": \"ok\", \"version\": 1}"))
                .singleElement()
                .asString()
                .contains("/version");
        assertThat(health("{\"status\": \"fine\", \"version\": \"1\"}"))
                .singleElement()
                .asString()
                .contains("/status");
        assertThat(health("{\"status\": \"ok\", \"version\": \"1\", \"more\": 1}"))
                .singleElement()
                .asString()
                .contains("more");
        assertThat(health("ok")).singleElement().asString().contains("not JSON");
    }

    @Test
    void seesAWrongContentType() {
        assertThat(answers.violations("GET", "/health", 200, headers("text/plain"), "ok"))
                .singleElement()
                .asString()
                .contains("text/plain");
        assertThat(answers.violations("DELETE", "/api/v1/tokens/tok_1", 204, headers("text/plain"), "gone"))
                .singleElement()
                .asString()
                .contains("nothing was expected");
    }

    @Test
    void seesAMissingAWrongAndAnUnknownHeader() {
        var body = "{\"status\": \"ok\", \"version\": \"1\"}";
        assertThat(answers.violations("GET", "/health", 200, of(Map.of("content-type", "application/json")), body))
                .singleElement()
                .asString()
                .contains("x-request-id is missing");
        var two = Map.of("content-type", "application/json", "x-request-id", "17", "x-surprise", "1");
        assertThat(answers.violations("GET", "/health", 200, of(two), body)).hasSize(2);
    }

    @Test
    void seesACodeThatBelongsToAnotherStatus() {
        assertThat(failure("/api/v1/tokens/tok_1", 404, NOT_FOUND.replace("not_found", "conflict")))
                .singleElement()
                .asString()
                .contains("`conflict`");
    }

    @Test
    void seesWhatIsWrongInAStream() {
        assertThat(stream(DELTA.replace("text", "words"))).isNotEmpty();
        assertThat(stream(DELTA + DELTA.replace("delta", "gamma")))
                .singleElement()
                .asString()
                .contains("`gamma`");
    }

    private List<String> health(String body) {
        return answers.violations("GET", "/health", 200, headers("application/json"), body);
    }

    private List<String> failure(String path, int status, String body) {
        var headers = Map.of("content-type", "application/problem+json", "x-request-id", ID, "x-should-retry", "false");
        return answers.violations("DELETE", path, status, of(headers), body);
    }

    private List<String> stream(String body) {
        var headers = Map.of(
                "content-type",
                "text/event-stream; charset=utf-8",
                "x-request-id",
                ID,
                "x-aistrale-inference-id",
                "inf_06e0q2w3r8s4t5v6w7x8y9z0a1",
                "x-aistrale-provider",
                "demo");
        return answers.violations("POST", "/api/v1/inferences", 200, of(headers), body);
    }

    private static HttpHeaders headers(String contentType) {
        return of(Map.of("content-type", contentType, "x-request-id", ID));
    }

    private static HttpHeaders of(Map<String, String> headers) {
        var all = new HashMap<String, List<String>>();
        headers.forEach((name, value) -> all.put(name, List.of(value)));
        return HttpHeaders.of(all, (name, value) -> true);
    }
}
