package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formats that every list and every record has. */
class OutputTest {
    private static final String RECORD = """
            {"id":"inf_1","status":"completed","created_at":"2026-11-01T12:00:00.120Z","provider":"openai","model":"gpt-4o",\
            "streamed":true,"usage":{"input_tokens":12,"output_tokens":3},"cost_usd":0.0000100,"latency_ms":12345,\
            "metadata":{"team":"a\\tb"}}""";
    private static final String HEAD =
            "created_at\tid\tstatus\tprovider\tmodel\tinput_tokens\toutput_tokens\tcost_usd\tlatency_ms"
                    + "\ttime_to_first_token_ms\tfinish_reason\tprompt\tsession_id\ttrace_id\tapi_key_id\tclient\terror_code"
                    + "\tmetadata\n";
    private static final String ROW =
            "2026-11-01T12:00:00.120Z\tinf_1\tcompleted\topenai\tgpt-4o\t12\t3\t0.00001\t12345"
                    + "\t\t\t\t\t\t\t\t\t{\"team\":\"a\\\\tb\"}\n";

    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private Ran.With with(String format) {
        server.list("GET /api/v1/telemetry", RECORD);
        return new Ran.With(home).server(server).env("AISTRALE_OUTPUT", format);
    }

    private String shown(String format, String... options) {
        var line = new ArrayList<>(java.util.List.of("telemetry", "view"));
        line.addAll(List.of(options));
        var ran = with(format).run(line.toArray(String[]::new));
        assertThat(ran.err()).isEmpty();
        assertThat(ran.exit()).isZero();
        return ran.out();
    }

    @Test
    void aPipeHasNamesAndPlainValuesWithTabsBetween() {
        assertThat(shown("")).isEqualTo(HEAD + ROW);
    }

    @Test
    void aTerminalHasATable() {
        var ran = with("").env("COLUMNS", "200").terminal().run("telemetry", "view");
        assertThat(ran.out()).isEqualTo("""
                TIME                 ID     STATUS     MODEL          IN  OUT      COST  LATENCY
                %s  inf_1  completed  openai/gpt-4o  12    3  $0.00001   12.3 s
                Total: 1 inference, 12 input tokens, 3 output tokens, $0.00001
                """.formatted(Times.local(Instant.parse("2026-11-01T12:00:00Z"))));
    }

    @Test
    void optionsGoBeforeTheVariableAndThatBeforeWhatStandardOutputIs() {
        assertThat(shown("table")).startsWith("TIME ");
        assertThat(shown("tsv")).isEqualTo(HEAD + ROW);
        assertThat(shown("jsonl")).isEqualTo(RECORD + "\n");
        assertThat(shown("json")).isEqualTo("{\"data\":[" + RECORD + "]}\n");
        assertThat(shown("table", "--json")).isEqualTo("{\"data\":[" + RECORD + "]}\n");
        assertThat(shown("json", "--jsonl")).isEqualTo(RECORD + "\n");
    }

    @ParameterizedTest
    @CsvSource({"jsnl, Did you mean jsonl?", "yaml, 'Set it to table, tsv, json, jsonl, or unset it.'"})
    void anotherWordInTheVariableIsRefused(String word, String advice) {
        assertThat(with(word).run("telemetry", "view"))
                .isEqualTo(new Ran(
                        2, "", "aistrale: AISTRALE_OUTPUT is " + word + ", and is no format.\n" + advice + "\n"));
    }

    @Test
    void twoFormatsAreRefused() {
        var ran = with("").run("telemetry", "view", "--json", "--jsonl");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("--json and --jsonl are two formats.");
    }

    @Test
    void anEmptyListHasItsNamesAllTheSame() {
        server.list("GET /api/v1/aliases");
        var ran = new Ran.With(home).server(server).env("AISTRALE_OUTPUT", "").run("aliases", "list");
        assertThat(ran.out()).isEqualTo("name\tmodel\tfallbacks\tupdated_at\tcreated_at\n");
        assertThat(ran.err()).startsWith("There is no alias.");
        assertThat(new Ran.With(home).server(server).run("aliases", "list", "--jsonl"))
                .isEqualTo(new Ran(0, "", ""));
    }

    @Test
    void whatWouldBreakALineIsEscaped() {
        server.list("GET /api/v1/prompts", """
                {"name":"p","description":"a\\tb\\nc\\\\d","labels":{"production":2},"latest_version":2,"revision":5,\
                "created_at":"2026-11-01T12:00:00Z","updated_at":"2026-11-01T12:00:00Z"}""");
        var ran = new Ran.With(home).server(server).env("AISTRALE_OUTPUT", "").run("prompts", "list");
        assertThat(ran.out())
                .isEqualTo("name\tlatest_version\tlabels\tupdated_at\tdescription\trevision\n"
                        + "p\t2\t{\"production\":2}\t2026-11-01T12:00:00Z\ta\\tb\\nc\\\\d\t5\n");
        var file = home.resolve("p.csv");
        new Ran.With(home).server(server).run("prompts", "list", "-o", file.toString());
        assertThat(file).hasContent("""
                name,latest_version,labels,updated_at,description,revision\r
                p,2,"{""production"":2}",2026-11-01T12:00:00Z,"a\tb
                c\\d",5\r
                """);
    }

    private void onePageAndAFailure() {
        var page = "{\"data\":[" + RECORD + "],\"next_cursor\":\"more\"}";
        server.first("GET /api/v1/telemetry", 200, "application/json", page);
        server.problem("GET /api/v1/telemetry", 403, "permission_denied", "no more of it");
    }

    @Test
    void recordsComeOneByOneFromPageToPage() {
        onePageAndAFailure();
        var ran = new Ran.With(home).server(server).run("telemetry", "view", "--jsonl");
        assertThat(ran.out()).as("what had come is there").isEqualTo(RECORD + "\n");
        assertThat(ran.exit()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"x.json, --, json", "x.jsonl, --, jsonl", "x.tsv, --, tsv", "x.txt, --, tsv", "x, --json, json"})
    void aFileHasTheFormatThatItsNameSays(String name, String option, String format) throws IOException {
        var file = home.resolve(name);
        var line = option.equals("--")
                ? new String[] {"telemetry", "view", "-o", file.toString()}
                : new String[] {"telemetry", "view", "-o", file.toString(), option};
        assertThat(with("table").run(line)).isEqualTo(new Ran(0, "", "Wrote " + file + " (1 record).\n"));
        assertThat(Files.readString(file))
                .isEqualTo(
                        switch (format) {
                            case "json" -> "{\"data\":[" + RECORD + "]}\n";
                            case "jsonl" -> RECORD + "\n";
                            default -> HEAD + ROW;
                        });
    }

    @Test
    void aFileIsWrittenWholeOrStaysAsItWas() throws IOException {
        var file = Files.writeString(home.resolve("x.jsonl"), "from before");
        onePageAndAFailure();
        var ran = new Ran.With(home).server(server).run("telemetry", "view", "-o", file.toString());
        assertThat(ran.exit()).isEqualTo(3);
        assertThat(file).hasContent("from before");
        try (var left = Files.list(home)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void aFolderIsNoFileToWriteTo() throws IOException {
        var folder = Files.createDirectory(home.resolve("out.json"));
        var ran = with("").run("telemetry", "view", "-o", folder.toString());
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("is a folder");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void behindALinkTheFileIsWrittenAndTheLinkStays() throws IOException {
        var file = Files.writeString(home.resolve("real"), "before");
        var link = Files.createSymbolicLink(home.resolve("link.jsonl"), file);
        assertThat(with("").run("telemetry", "view", "-o", link.toString()).exit())
                .isZero();
        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent(RECORD);
    }

    @Test
    void aDashIsStandardOutput() {
        assertThat(shown("", "-o", "-")).isEqualTo(HEAD + ROW);
    }

    @Test
    void aSingleRecordIsALineOfItsOwn() {
        server.json("GET /api/v1/aliases/fast", 200, """
                {"name":"fast","model":"m","fallbacks":["a","b"],"created_at":"2026-11-01T12:00:00Z",\
                "updated_at":"2026-11-02T12:00:00Z"}""");
        var ran = new Ran.With(home).server(server).env("AISTRALE_OUTPUT", "").run("aliases", "get", "fast");
        assertThat(ran.out())
                .isEqualTo("name\tmodel\tfallbacks\tupdated_at\tcreated_at\n"
                        + "fast\tm\ta,b\t2026-11-02T12:00:00Z\t2026-11-01T12:00:00Z\n");
    }

    @ParameterizedTest
    @CsvSource({
        "telemetry view --status complete, Did you mean completed?",
        "keys create --name x --role amdin, Did you mean admin?",
        "budgets create --name x --limit 1 --period weekly, Did you mean week?",
        "telemetry export --format jsonnl, Did you mean jsonl?",
        "telemetry summary --interval 7m, 'It takes 1m, 5m, 15m, 1h, 6h or 1d.'"
    })
    void aWordThatAnOptionDoesNotTakeNamesTheNearest(String line, String advice) {
        var ran = with("").run(line.split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).endsWith(advice + "\n");
        assertThat(server.requests).isEmpty();
    }
}
