package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.Io.Stdin;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** aliases, models, providers, tokens with their weights, cancel. */
class RoutingCommandsTest {
    private static final String TIME = Times.local(Instant.parse("2026-11-01T12:00:00Z"));
    private static final String ALIAS = """
            {"name":"fast","model":"groq/llama","fallbacks":["openai/gpt-4o","demo/demo"],"created_at":"2026-11-01T12:00:00Z",\
            "updated_at":"2026-11-01T12:00:00Z"}""";
    private static final String MODEL = """
            {"id":"openai/gpt-4o","provider":"openai","model":"gpt-4o","context_window":128000,"max_output_tokens":16384,\
            "input_usd_per_million_tokens":2.5,"output_usd_per_million_tokens":10,\
            "cached_input_usd_per_million_tokens":null,"available":true}""";
    private static final String PROVIDER = """
            {"name":"openai","title":"OpenAI","base_url":"https://api.openai.com/v1","credential":"token",\
            "credential_env":"OPENAI_API_KEY","default_model":"gpt-4o","health":{"status":"degraded","failure_rate":0.416,\
            "window_ms":60000,"calls":12,"last_failure":{"at":"2026-11-01T12:00:00Z","code":"provider_failed",\
            "message":"OpenAI answered 500","upstream_status":500},"circuits":[{"model":"gpt-4o","state":"half_open",\
            "opened_at":"2026-11-01T12:00:00Z","retry_at":"2026-11-01T12:00:00Z","reason":"6 of 12 calls failed"}]},\
            "tokens":{"active":1,"set_aside":2}}""";
    private static final String TOKEN = """
            {"id":"tok_1","provider":"openai","name":"main","last_four":"wxyz","weight":3,"status":"active",\
            "set_aside_at":null,"set_aside_reason":null,"created_at":"2026-11-01T12:00:00Z"}""";

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

    @Test
    void anAliasIsSetShownAndDeleted() {
        server.json("PUT /api/v1/aliases/fast", 200, ALIAS)
                .json("GET /api/v1/aliases/fast", 200, ALIAS)
                .json("DELETE /api/v1/aliases/fast", 204, "")
                .list("GET /api/v1/aliases", ALIAS, ALIAS.replaceAll("\\[.*]", "[]"));
        var set = with().run(
                        "aliases",
                        "set",
                        "fast",
                        "groq/llama",
                        "--fallback",
                        "openai/gpt-4o",
                        "--fallback",
                        "demo/demo");
        assertThat(set).isEqualTo(new Ran(0, """
                        NAME  MODEL       FALLBACKS                 UPDATED
                        fast  groq/llama  openai/gpt-4o, demo/demo  %s
                        """.formatted(TIME), ""));
        assertThat(server.lastBody())
                .contains("\"model\":\"groq/llama\"", "\"fallbacks\":[\"openai/gpt-4o\",\"demo/demo\"]");
        assertThat(with().run("aliases", "get", "fast")).isEqualTo(set);
        assertThat(with().run("aliases", "get", "fast", "--json").out()).isEqualTo(ALIAS + "\n");
        assertThat(with().run("aliases", "list").out()).isEqualTo("""
                NAME  MODEL       FALLBACKS                 UPDATED
                fast  groq/llama  openai/gpt-4o, demo/demo  %1$s
                fast  groq/llama  -                         %1$s
                """.formatted(TIME));
        assertThat(with().run("aliases", "delete", "fast").out()).isEqualTo("Deleted fast\n");
        with().run("aliases", "set", "fast", "groq/llama");
        assertThat(server.lastBody()).contains("\"fallbacks\":[]");
        assertThat(with().run("aliases", "get", "slow").exit()).isEqualTo(4);
    }

    @Test
    void theCatalogueIsATable() {
        server.list("GET /api/v1/models", MODEL, """
                {"id":"groq/x","provider":"groq","model":"x","context_window":null,"max_output_tokens":null,\
                "input_usd_per_million_tokens":null,"output_usd_per_million_tokens":null,\
                "cached_input_usd_per_million_tokens":0.05,"available":false}""");
        assertThat(with().run("models", "list").out()).isEqualTo("""
                MODEL          CONTEXT  MAX OUTPUT  INPUT  OUTPUT  CACHED  AVAILABLE
                openai/gpt-4o   128000       16384  $2.50  $10.00       -  yes
                groq/x               -           -      -       -   $0.05  no
                """);
        assertThat(with().run("models", "list", "--available", "--json").out())
                .isEqualTo("{\"data\":[" + MODEL + "]}\n");
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/models");
        with().run("models", "list", "--provider", "openai");
        assertThat(server.lastRequest()).isEqualTo("GET /api/v1/models?provider=openai");
    }

    @Test
    void providersAreShownWithTheirHealth() {
        server.list(
                        "GET /api/v1/providers",
                        PROVIDER,
                        "{\"name\":\"groq\",\"credential\":null}",
                        PROVIDER.replaceAll("\"health\":\\{.*}]}", "\"health\":" + """
                                {"status":"unknown","failure_rate":null,"window_ms":60000,"calls":0,"last_failure":null,\
                                "circuits":[]}""")
                                .replace("\"set_aside\":2", "\"set_aside\":0"))
                .json("GET /api/v1/providers/openai", 200, PROVIDER);
        assertThat(with().run("providers", "list").out()).isEqualTo("""
                PROVIDER  CREDENTIAL  TOKENS          HEALTH    CALLS  FAILED  OPEN CIRCUITS
                openai    token       1, 2 set aside  degraded     12    42 %  gpt-4o
                openai    token       1               unknown       0       -  -
                """);
        assertThat(with().run("providers", "list", "--all").out().lines()).hasSize(4);
        assertThat(with().run("providers", "list", "--json").out()).contains("groq");
        assertThat(with().run("providers", "get", "openai").out()).isEqualTo("""
                provider       openai (OpenAI)
                url            https://api.openai.com/v1
                credential     token
                tokens         1, 2 set aside
                default model  gpt-4o
                health         degraded
                calls          12 in 60 s, failed: 42 %%
                last failure   %1$s provider_failed: OpenAI answered 500
                circuit        gpt-4o half-open since %1$s, tried next at %1$s: 6 of 12 calls failed
                """.formatted(TIME));
        assertThat(with().run("providers", "get", "groq").exit()).isEqualTo(4);
        server.list("GET /api/v1/providers", "{\"name\":\"groq\",\"credential\":null}");
        assertThat(with().run("providers", "list").err()).contains("aistrale tokens add");
    }

    @Test
    void tokensHaveAWeightANameAndAStatus() {
        var refused = TOKEN.replace("\"active\"", "\"set_aside\"")
                .replace("\"set_aside_at\":null", "\"set_aside_at\":\"2026-11-01T12:00:00Z\"")
                .replace("\"set_aside_reason\":null", "\"set_aside_reason\":\"revoked\"");
        server.json("POST /api/v1/tokens", 201, TOKEN)
                .json("POST /api/v1/tokens/tok_1", 200, TOKEN)
                .list("GET /api/v1/tokens", TOKEN, refused);
        with().env("KEY", "sk-1")
                .run("tokens", "add", "-p", "openai", "--from-env", "KEY", "--weight", "3", "--name", "main");
        assertThat(server.lastBody())
                .contains("\"provider\":\"openai\"", "\"token\":\"sk-1\"", "\"name\":\"main\"", "\"weight\":3");
        assertThat(with().run("tokens", "list").out()).isEqualTo("""
                ID     PROVIDER  TOKEN  NAME  WEIGHT  CREATED              STATUS
                tok_1  openai    …wxyz  main       3  %1$s  active
                tok_1  openai    …wxyz  main       3  %1$s  set aside %1$s: revoked
                """.formatted(TIME));
        assertThat(with().run("tokens", "update", "tok_1", "--weight", "5"))
                .isEqualTo(new Ran(0, "Changed tok_1 (openai, …wxyz)\n", ""));
        assertThat(server.lastBody()).isEqualTo("{\"weight\":5}");
        with().in(Stdin.PIPE, "sk-2\n").run("tokens", "update", "tok_1", "--replace");
        assertThat(server.lastBody()).isEqualTo("{\"token\":\"sk-2\"}");
        assertThat(with().env("KEY", "sk-3")
                        .run("tokens", "update", "tok_1", "--from-env", "KEY", "--name", "n", "--json")
                        .out())
                .isEqualTo(TOKEN + "\n");
        assertThat(server.lastBody()).isEqualTo("{\"token\":\"sk-3\",\"name\":\"n\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "running, inf_1 runs on another node; which ends it within a second.",
        "cancelled, Cancelled inf_1",
        "completed, inf_1 had ended: it is completed."
    })
    void cancelSaysWhatBecameOfIt(String status, String said) {
        var record = """
                {"id":"inf_1","status":"%s","created_at":"2026-11-01T12:00:00.000Z","completed_at":null,"provider":"openai",\
                "model":"gpt-4o","streamed":true,"usage":null,"cost_usd":null,"latency_ms":1,"attempts":[],"error":null,\
                "metadata":{}}""".formatted(status);
        server.json("POST /api/v1/inferences/inf_1/cancel", 200, record);
        assertThat(with().run("cancel", "inf_1")).isEqualTo(new Ran(0, said.replace(';', ',') + "\n", ""));
        assertThat(with().run("cancel", "inf_1", "--json").out()).isEqualTo(record + "\n");
        assertThat(with().run("cancel", "inf_2").exit()).isEqualTo(4);
        server.json("POST /api/v1/inferences/cancel", 200, record);
        assertThat(with().run("cancel", "--idempotency-key", "job-7"))
                .isEqualTo(new Ran(0, said.replace(';', ',') + "\n", ""));
        assertThat(server.headers.getLast().get("idempotency-key")).containsExactly("job-7");
    }

    @ParameterizedTest
    @CsvSource({
        "aliases, Which",
        "aliases set fast, MODEL",
        "models, Which",
        "providers, Which",
        "cancel, ID",
        "cancel inf_1 --idempotency-key k, Give one of them",
        "tokens update tok_1, nothing to change",
        "tokens add -p openai --weight much, --weight"
    })
    void mistakesAreNamedAndNothingIsSent(String line, String said) {
        var ran = with().run(line.split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains(said);
        assertThat(server.requests).isEmpty();
    }
}
