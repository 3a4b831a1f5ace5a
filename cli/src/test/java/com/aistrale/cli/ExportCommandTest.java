package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.internal.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
    private static final String TIMES =
            "\"created_at\":\"2026-11-01T12:00:00Z\",\"updated_at\":\"2026-11-01T12:00:00Z\"";
    private static final String RECORD = "{\"id\":\"inf_1\",\"cost_usd\":0.000000001,\"of_the_future\":1}";
    private static final String PROMPT =
            "{\"name\":\"greeting\",\"labels\":{},\"latest_version\":2,\"revision\":1," + TIMES + "}";

    private static final String WORKSPACE = "{\"id\":\"ws_1\",\"name\":\"w\",\"capture_content\":true," + TIMES + "}";

    private static final String WEBHOOK =
            "{\"id\":\"wh_1\",\"url\":\"https://a.example/h\",\"events\":[\"*\"],\"created_at\":\"2026-11-01T12:00:00Z\","
                    + "\"updated_at\":\"2026-11-01T12:00:00Z\"}";
    private static final String ALIAS = "{\"name\":\"a\",\"model\":\"p/m\",\"fallbacks\":[]," + TIMES + "}";
    private static final String BUDGET = """
            {"id":"bud_1","name":"b","scope":{"type":"workspace"},"period":"total","limit_usd":0.000001,"thresholds":[100],\
            "action":"alert",%s,"current":{"period_start":"2026-11-01T12:00:00Z","period_end":null,"spent_usd":0,\
            "reserved_usd":0,"remaining_usd":0.000001,"unpriced_inferences":0,"crossings":[]}}""".formatted(TIMES);

    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();
    private Path folder = Path.of(".");

    @BeforeEach
    void aWorkspaceWithSomethingOfEachKind() {
        folder = home.resolve("all");
        server.json(
                        "GET /api/v1/whoami",
                        200,
                        "{\"workspace_id\":\"ws_1\",\"workspace_name\":\"w\",\"api_key_id\":\"key_1\",\"default_model\":null}")
                .list("GET /api/v1/api-keys", "{\"id\":\"key_1\",\"name\":\"k\",\"last_four\":\"wxyz\"," + TIMES + "}")
                .list(
                        "GET /api/v1/tokens",
                        "{\"id\":\"tok_1\",\"provider\":\"p\",\"last_four\":\"wxyz\"," + TIMES + "}")
                .list("GET /api/v1/budgets", BUDGET)
                .list("GET /api/v1/aliases", ALIAS, ALIAS)
                .list("GET /api/v1/webhooks", WEBHOOK)
                .list("GET /api/v1/providers", "{\"name\":\"p\"}", "{\"name\":\"q\"}")
                .list(
                        "GET /api/v1/audit-log",
                        "{\"id\":\"aud_1\",\"at\":\"2026-11-01T12:00:00Z\",\"actor\":{\"operator\":true},\"action\":\"a.b\",\"target\":{\"type\":\"t\",\"id\":\"i\"}}")
                .list("GET /api/v1/prompts", PROMPT)
                .list("GET /api/v1/prompts/greeting/versions", version(2), version(1))
                .text("GET /api/v1/prompts/greeting/dotprompt", "text/plain", "Hi {{name}}\n")
                .list("GET /api/v1/traces", trace(""))
                .json(
                        "GET /api/v1/traces/t1",
                        200,
                        trace(",\"spans\":[" + span("a") + "," + span("b") + "],\"inferences\":[]"))
                .text("GET /api/v1/telemetry/export", "application/x-ndjson", RECORD + "\n" + RECORD + "\n");
        server.json("GET /api/v1/workspaces/ws_1", 200, WORKSPACE);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Ran export() {
        return new Ran.With(home).server(server).run("export", folder.toString());
    }

    private static String version(int number) {
        return "{\"name\":\"greeting\",\"version\":" + number + ",\"text\":\"Hi {{name}}\"," + TIMES + "}";
    }

    private static String trace(String more) {
        return "{\"trace_id\":\"t1\",\"started_at\":\"2026-11-01T12:00:00Z\",\"span_count\":2,\"error_count\":0" + more
                + "}";
    }

    private static String span(String id) {
        return "{\"trace_id\":\"t1\",\"span_id\":\"" + id
                + "\",\"name\":\"n\",\"kind\":\"tool\",\"started_at\":\"2026-11-01T12:00:00Z\",\"status\":\"ok\",\"extra\":1}";
    }

    private List<String> files() throws Exception {
        try (var all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void everythingIsThereAndCounted() throws Exception {
        var ran = export();
        assertThat(ran.err()).endsWith("Everything is in " + folder + ". README.md there says what is what.\n");
        assertThat(ran.exit()).isEqualTo(0);
        assertThat(files())
                .containsExactly(
                        "README.md",
                        "aliases.jsonl",
                        "api-keys.jsonl",
                        "audit-log.jsonl",
                        "budgets.jsonl",
                        "inferences.jsonl",
                        "manifest.json",
                        "prompts.jsonl",
                        "prompts/greeting/1.prompt",
                        "prompts/greeting/2.prompt",
                        "providers.jsonl",
                        "spans.jsonl",
                        "tokens.jsonl",
                        "webhooks.jsonl",
                        "workspace.json");
        assertThat(Files.getPosixFilePermissions(folder)).hasSize(3);
        assertThat(folder.resolve("inferences.jsonl")).hasContent(RECORD + "\n" + RECORD + "\n");
        assertThat(folder.resolve("spans.jsonl")).hasContent(span("a") + "\n" + span("b") + "\n");
        assertThat(folder.resolve("prompts.jsonl"))
                .hasContent("{\"prompt\":" + PROMPT + ",\"versions\":[" + version(2) + "," + version(1) + "]}\n");
        assertThat(folder.resolve("prompts/greeting/1.prompt")).hasContent("Hi {{name}}\n");
        assertThat(folder.resolve("budgets.jsonl")).hasContent(BUDGET + "\n");
        assertThat(folder.resolve("aliases.jsonl")).hasContent(ALIAS + "\n" + ALIAS + "\n");
        assertThat(folder.resolve("webhooks.jsonl")).hasContent(WEBHOOK + "\n");
        assertThat(folder.resolve("workspace.json")).hasContent(WORKSPACE + "\n");
        var manifest = Json.parseObject(Files.readString(folder.resolve("manifest.json")));
        assertThat(manifest).containsEntry("complete", true).containsEntry("format", 1L);
        assertThat(manifest.get("server")).isEqualTo(Map.of("url", server.url(), "version", "9.9.9"));
        var counts = ((List<?>) manifest.get("files"))
                .stream()
                        .map(file -> (Map<?, ?>) file)
                        .collect(Collectors.toMap(
                                file -> String.valueOf(file.get("path")), file -> (Long) file.get("records")));
        assertThat(counts)
                .containsEntry("inferences.jsonl", 2L)
                .containsEntry("spans.jsonl", 2L)
                .containsEntry("providers.jsonl", 2L)
                .containsEntry("audit-log.jsonl", 1L)
                .containsEntry("prompts.jsonl", 1L)
                .containsEntry("budgets.jsonl", 1L)
                .containsEntry("aliases.jsonl", 2L)
                .containsEntry("webhooks.jsonl", 1L)
                .hasSize(14);
    }

    private String notes() throws Exception {
        var manifest = Json.parseObject(Files.readString(folder.resolve("manifest.json")));
        assertThat(manifest).containsEntry("complete", true);
        return String.valueOf(manifest.get("notes"));
    }

    @Test
    void allPagesOfATracesSpansAreThere() throws Exception {
        server.json("GET /api/v1/traces/t1", 200, trace(page(span("a"), "\"1.2\"")))
                .json("GET /api/v1/traces/t1?cursor=1.2", 200, trace(page(span("b"), "null")));
        var ran = export();
        assertThat(ran.exit()).as(ran.err()).isEqualTo(0);
        assertThat(folder.resolve("spans.jsonl")).hasContent(span("a") + "\n" + span("b") + "\n");
        assertThat(notes()).isEqualTo("[]");
    }

    private static String page(String spans, String cursor) {
        return ",\"spans\":[" + spans + "],\"inferences\":[],\"next_cursor\":" + cursor;
    }

    /** As of a server that gives the first ones of a large trace and has no pages. */
    @Test
    void spansThatTheServerDoesNotGiveAreAFailure() {
        server.json("GET /api/v1/traces/t1", 200, trace(page(span("a"), "null")));
        var ran = export();
        assertThat(ran.exit()).isNotEqualTo(0);
        assertThat(ran.err()).contains("1 of the 2 spans of the trace t1");
        assertThat(folder.resolve("manifest.json")).doesNotExist();
    }

    @Test
    void aTraceThatIsGoneMeanwhileIsNotedAndNoFailure() throws Exception {
        server.list("GET /api/v1/traces", trace("").replace("t1", "t0"), trace(""));
        var ran = export();
        assertThat(ran.exit()).as(ran.err()).isEqualTo(0);
        assertThat(folder.resolve("spans.jsonl")).hasContent(span("a") + "\n" + span("b") + "\n");
        assertThat(notes()).contains("the trace t0 was deleted while this was exported");
    }

    @Test
    void aPromptThatDotpromptCannotSayIsNotedAndNoFailure() throws Exception {
        server.problem("GET /api/v1/prompts/greeting/dotprompt", 409, "conflict", "no array there");
        assertThat(export().exit()).isEqualTo(0);
        assertThat(files()).contains("prompts.jsonl").doesNotContain("prompts/greeting/1.prompt");
        var manifest = Json.parseObject(Files.readString(folder.resolve("manifest.json")));
        assertThat(String.valueOf(manifest.get("notes"))).contains("greeting version 1", "no array there");
    }

    @Test
    void whatIsThereIsNotOverwritten() throws Exception {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("mine"), "x");
        var ran = export();
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("not empty");
        assertThat(files()).containsExactly("mine");
        folder = folder.resolve("mine");
        assertThat(export().err()).contains("is a file");
    }

    @Test
    void aCutIsAFailureWithoutAManifest() throws Exception {
        server.cut("GET /api/v1/telemetry/export", "application/x-ndjson", RECORD + "\n");
        var ran = export();
        assertThat(ran.exit()).isEqualTo(7);
        assertThat(ran.err()).contains("not whole");
        assertThat(files()).contains("INCOMPLETE").doesNotContain("manifest.json");
    }

    @Test
    void aKeyThatMayNotSeeAllMakesNoExport() throws Exception {
        server.problem("GET /api/v1/audit-log", 403, "permission_denied", "This needs the role admin.");
        var ran = export();
        assertThat(ran.exit()).isEqualTo(3);
        assertThat(ran.err()).contains("role admin");
        assertThat(files()).contains("INCOMPLETE").doesNotContain("manifest.json");
    }
}
