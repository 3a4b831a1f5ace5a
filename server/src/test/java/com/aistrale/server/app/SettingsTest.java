package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.aistrale.server.kit.crypto.Secret;
import com.aistrale.server.kit.sql.DatabaseUrl;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static final String KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    private static final String OLD_KEY = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void home() {
        environment.put("HOME", folder.toString());
    }

    @Test
    void defaultsAreThoseOfTheDesign() throws SettingsException {
        var settings = read();

        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.port()).isEqualTo(16_000);
        assertThat(settings.dataDir()).isEqualTo(folder.resolve(".local/share/aistrale"));
        assertThat(settings.masterKeys()).isEmpty();
        assertThat(settings.adminKey()).isNull();
        assertThat(settings.maxBodyBytes()).isEqualTo(20_971_520);
        assertThat(settings.allowedHosts()).isEmpty();
        assertThat(settings.corsOrigins()).isEmpty();
        assertThat(settings.timeout()).isEqualTo(Duration.ofMinutes(10));
        assertThat(settings.grace()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.priceFile()).isEmpty();
        assertThat(settings.ollamaDiscovery()).isTrue();
        assertThat(settings.webhookTargets()).isEmpty();
        assertThat(settings.webhookHttp()).isFalse();
        assertThat(settings.providerBaseUrls()).isEmpty();
        assertThat(settings.isLocal()).isTrue();
    }

    @Test
    void theCommentedFileNamesEveryKeyWithItsVariableAndFlag() throws IOException {
        var text = commentedFile();

        for (var key : SettingKey.values()) {
            var dot = key.key().indexOf('.');
            assertThat(text).containsPattern("(?m)^#" + key.key().substring(dot + 1) + " = ");
            assertThat(text).containsPattern(key.variable() + "\\b");
            if (dot > 0) {
                assertThat(text).contains("\n[" + key.key().substring(0, dot) + "]\n");
            }
            if (key.flag() != null) {
                assertThat(text).containsPattern(key.flag() + "\\b");
            }
        }
        assertThat(text).contains("AISTRALE_PROVIDERS_<NAME>_BASE_URL");
    }

    @Test
    void theCommentedFileChangesNothing() throws IOException, SettingsException {
        write(commentedFile());

        assertThat(read()).isEqualTo(new Defaults(environment).read());
    }

    @Test
    void theCommentedFileShowsTheDefaults() throws IOException, SettingsException {
        write(commentedFile().replaceAll("(?m)^#(\\[|[a-z_]+ = )", "$1"));

        var shown = read();
        var usual = new Defaults(environment).read();
        assertThat(shown.providerBaseUrls()).isEqualTo(Map.of("openai", "https://api.openai.com/v1"));
        assertThat(shown)
                .usingRecursiveComparison()
                .ignoringFields("providerBaseUrls")
                .isEqualTo(usual);
    }

    @Test
    void theFileSaysEverything() throws IOException, SettingsException {
        write("""
                host = "0.0.0.0"
                port = 1
                data_dir = "/data"
                database_url = "postgresql://me:a%%40b@db:5433/aistrale?sslmode=require"
                master_key = "%s"
                previous_master_keys = ["%s"]
                admin_key = "an-admin-key-of-mine"
                [http]
                max_body_bytes = 1024
                allowed_hosts = ["a.example", "b.example"]
                cors_origins = ["https://app.example"]
                [inference]
                timeout_ms = 5
                [shutdown]
                grace_ms = 0
                [pricing]
                file = "/prices.json"
                [ollama]
                discovery = false
                [webhooks]
                allowed_targets = ["n8n.internal", "10.1.0.0/16", "fd00:1::/32"]
                allow_http = true
                [providers.openai]
                base_url = "http://127.0.0.1:9/v1/"
                [providers.my-vllm]
                base_url = "https://vllm.example"
                """.formatted(KEY, OLD_KEY));

        var settings = read();

        assertThat(settings.masterKeys()).extracting(Secret::reveal).containsExactly(KEY, OLD_KEY);
        assertThat(Objects.requireNonNull(settings.adminKey()).reveal()).isEqualTo("an-admin-key-of-mine");
        assertThat(settings)
                .usingRecursiveComparison()
                .isEqualTo(new Settings(
                        "0.0.0.0",
                        1,
                        Path.of("/data"),
                        Optional.of(DatabaseUrl.parse("postgresql://me:a%40b@db:5433/aistrale?sslmode=require")),
                        settings.masterKeys(),
                        settings.adminKey(),
                        1024,
                        List.of("a.example", "b.example"),
                        List.of("https://app.example"),
                        Duration.ofMillis(5),
                        Duration.ZERO,
                        Optional.of(Path.of("/prices.json")),
                        false,
                        List.of("n8n.internal", "10.1.0.0/16", "fd00:1::/32"),
                        true,
                        Map.of("openai", "http://127.0.0.1:9/v1", "my-vllm", "https://vllm.example")));
        assertThat(settings.isLocal()).isFalse();
    }

    @Test
    void theEnvironmentSaysEverythingToo() throws SettingsException {
        environment.putAll(Map.of(
                "AISTRALE_HOST", "::1",
                "AISTRALE_PORT", "0",
                "AISTRALE_DATA_DIR", "/env",
                "AISTRALE_MASTER_KEY", KEY,
                "AISTRALE_PREVIOUS_MASTER_KEYS", OLD_KEY + "," + KEY,
                "AISTRALE_ADMIN_KEY", "an-admin-key-of-mine",
                "AISTRALE_PROVIDERS_OPENAI_BASE_URL", "http://127.0.0.1:9/v1",
                "AISTRALE_PROVIDERS_MY_VLLM_BASE_URL", "http://127.0.0.1:8/v1"));
        environment.putAll(Map.of(
                "AISTRALE_DATABASE_URL", "postgres://db/aistrale",
                "AISTRALE_HTTP_MAX_BODY_BYTES", "2048",
                "AISTRALE_HTTP_ALLOWED_HOSTS", "a.example, b.example",
                "AISTRALE_HTTP_CORS_ORIGINS", "https://app.example",
                "AISTRALE_INFERENCE_TIMEOUT_MS", "7",
                "AISTRALE_SHUTDOWN_GRACE_MS", "8",
                "AISTRALE_PRICING_FILE", "/prices.json",
                "AISTRALE_OLLAMA_DISCOVERY", "false"));
        environment.putAll(Map.of(
                "AISTRALE_WEBHOOKS_ALLOWED_TARGETS", "127.0.0.0/8, ::1, localhost",
                "AISTRALE_WEBHOOKS_ALLOW_HTTP", "true"));

        var settings = read();

        assertThat(settings.masterKeys()).extracting(Secret::reveal).containsExactly(KEY, OLD_KEY, KEY);
        assertThat(settings)
                .usingRecursiveComparison()
                .isEqualTo(new Settings(
                        "::1",
                        0,
                        Path.of("/env"),
                        Optional.of(DatabaseUrl.parse("postgres://db/aistrale")),
                        settings.masterKeys(),
                        new Secret("an-admin-key-of-mine"),
                        2048,
                        List.of("a.example", "b.example"),
                        List.of("https://app.example"),
                        Duration.ofMillis(7),
                        Duration.ofMillis(8),
                        Optional.of(Path.of("/prices.json")),
                        false,
                        List.of("127.0.0.0/8", "::1", "localhost"),
                        true,
                        Map.of("openai", "http://127.0.0.1:9/v1", "my-vllm", "http://127.0.0.1:8/v1")));
        assertThat(settings.isLocal()).isTrue();
    }

    @Test
    void onPostgresTheMasterKeyIsRequiredAndHowToMakeOneIsSaid() {
        environment.put("AISTRALE_DATABASE_URL", "postgresql://me:TOPSECRET@db/aistrale");

        assertThat(mistakes())
                .containsExactly(
                        "AISTRALE_DATABASE_URL: on PostgreSQL all nodes open the stored tokens with one key, so"
                                + " AISTRALE_MASTER_KEY must be set: make it once with `openssl rand -base64 32`, keep it safe,"
                                + " and give it to every node");
    }

    @Test
    void noMistakeAndNoSettingShowsTheDatabasesPassword() throws SettingsException {
        environment.put("AISTRALE_MASTER_KEY", KEY);
        for (var wrong : List.of(
                "postgresql://me:TOPSECRET@db:port/x",
                "mysql://me:TOPSECRET@db/x",
                "postgresql://me:TOPSECRET/half@db/x",
                "postgresql://db/x?pasword=TOPSECRET",
                "postgresql://me:TOPSECRET%zz@db/x",
                "TOPSECRET")) {
            environment.put("AISTRALE_DATABASE_URL", wrong);
            assertThat(mistakes()).as(wrong).hasSize(1).noneMatch(mistake -> mistake.contains("TOPSECRET"));
        }
        environment.put("AISTRALE_DATABASE_URL", "postgresql://me:TOPSECRET@db:5433/x?sslpassword=TOPSECRET");
        assertThat(read().toString()).contains("postgresql://me@db:5433/x").doesNotContain("TOPSECRET");
    }

    @Test
    void aFlagComesBeforeTheEnvironmentAndThatBeforeTheFile() throws IOException, SettingsException {
        write("port = 1\nhost = \"10.0.0.1\"\ndata_dir = \"/file\"\n");
        assertThat(read().port()).isEqualTo(1);
        environment.put("AISTRALE_PORT", "2");
        environment.put("AISTRALE_DATA_DIR", "/env");
        assertThat(read().port()).isEqualTo(2);

        var settings = read("--port", "3", "--data-dir=/flag");

        assertThat(settings.port()).isEqualTo(3);
        assertThat(settings.dataDir()).isEqualTo(Path.of("/flag"));
        assertThat(settings.host()).isEqualTo("10.0.0.1");
    }

    @Test
    void theFileIsFoundByFlagThenVariableThenXdgThenHome() throws IOException, SettingsException {
        write("port = 1\n");
        assertThat(read().port()).isEqualTo(1);
        var xdg = Files.createDirectories(folder.resolve("xdg/aistrale")).resolve("aistrale-server.toml");
        Files.writeString(xdg, "port = 2\n");
        environment.put("XDG_CONFIG_HOME", folder.resolve("xdg").toString());
        assertThat(read().port()).isEqualTo(2);
        var named = Files.writeString(folder.resolve("named.toml"), "port = 3\n");
        environment.put("AISTRALE_SERVER_CONFIG", named.toString());
        assertThat(read().port()).isEqualTo(3);
        var flagged = Files.writeString(folder.resolve("flagged.toml"), "port = 4\n");
        assertThat(read("--config", flagged.toString()).port()).isEqualTo(4);
        assertThat(read("--config=" + flagged).port()).isEqualTo(4);
    }

    @Test
    void aNamedFileThatIsNotThereIsAMistake() {
        assertThat(mistakes("--config", folder + "/none.toml"))
                .containsExactly(folder + "/none.toml: cannot be read: no such file");
        assertThat(mistakes("--config")).containsExactly("--config needs a file");
    }

    @Test
    void allMistakesAreToldAtOnceWithTheirPlaces() throws IOException {
        var file = write("""
                # comment
                prot = 1
                host = "127.0.0.1"

                [http]
                max_body_bytes = "many"
                allowed_host = []

                [providers.openai]
                base_url = "ftp://api.example"
                base_urls = "x"
                """);
        environment.put("AISTRALE_PORT", "65536");
        environment.put("AISTRALE_OLLAMA_DISCOVERY", "yes");
        environment.put("AISTRALE_MASTER_KEY", "c2hvcnQ=");
        environment.put("AISTRALE_ADMIN_KEY", "short");
        environment.put("AISTRALE_PROVIDERS_GROQ_BASE_URL", "groq.example");

        assertThat(mistakes("--prot", "--database-url", "postgresql://x"))
                .containsExactlyInAnyOrder(
                        file + ", line 2: prot is no setting; did you mean `port`?",
                        file
                                + ", line 6: http.max_body_bytes: a number from 1024 to 1073741824 was expected, not `many`",
                        file + ", line 7: http.allowed_host is no setting; did you mean `http.allowed_hosts`?",
                        file + ", line 10: providers.openai.base_url: an http:// or https:// URL was expected, not"
                                + " `ftp://api.example`",
                        file + ", line 11: providers.openai.base_urls is no setting; did you mean"
                                + " `providers.openai.base_url`?",
                        "AISTRALE_PORT: a number from 0 to 65535 was expected, not `65536`",
                        "AISTRALE_OLLAMA_DISCOVERY: true or false was expected, not `yes`",
                        "AISTRALE_MASTER_KEY: a master key is 32 bytes in base64, as `openssl rand -base64 32` prints"
                                + " them",
                        "AISTRALE_ADMIN_KEY: at least 16 characters were expected",
                        "AISTRALE_PROVIDERS_GROQ_BASE_URL: an http:// or https:// URL was expected, not `groq.example`",
                        "--prot is no option of serve; did you mean `--port`?",
                        "--database-url: the URL names no database: postgresql://host/database");
    }

    @ParameterizedTest
    @CsvSource({
        "AISTRALE_PORTT, AISTRALE_PORT",
        "AISTRALE_PROT, AISTRALE_PORT",
        "AISTRALE_HOTS, AISTRALE_HOST",
        "AISTRALE_DATADIR, AISTRALE_DATA_DIR",
        "AISTRALE_MASTERKEY, AISTRALE_MASTER_KEY",
        "AISTRALE_ADMINKEY, AISTRALE_ADMIN_KEY",
        "AISTRALE_HTTP_ALLOWED_HOST, AISTRALE_HTTP_ALLOWED_HOSTS",
        "AISTRALE_INFERENCE_TIMEOUT, AISTRALE_INFERENCE_TIMEOUT_MS"
    })
    void aSlipInAVariableIsNamed(String wrong, String meant) {
        environment.put(wrong, "1");

        assertThat(mistakes()).containsExactly(wrong + " is no setting; did you mean `" + meant + "`?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "AISTRALE_API_URL",
                "AISTRALE_API_KEY",
                "AISTRALE_PROFILE",
                "AISTRALE_MODEL",
                "AISTRALE_PROVIDER",
                "AISTRALE_CONFIG",
                "PORT",
                "HOST",
                "OPENAI_API_KEY"
            })
    void theClientsVariablesAndOthersAreNoMistakes(String variable) throws SettingsException {
        environment.put(variable, "http://127.0.0.1:1");

        assertThat(read()).isEqualTo(new Defaults(Map.of("HOME", folder.toString())).read());
    }

    @Test
    void aSlipInAProvidersVariableIsNamed() {
        environment.put("AISTRALE_PROVIDERS_OPENAI_BASEURL", "http://127.0.0.1:9/v1");

        assertThat(mistakes())
                .containsExactly("AISTRALE_PROVIDERS_OPENAI_BASEURL is no setting; did you mean"
                        + " `AISTRALE_PROVIDERS_<NAME>_BASE_URL`?");
    }

    @Test
    void anEmptyVariableIsAnUnsetOne() throws SettingsException {
        for (var variable : SettingKey.variables()) {
            environment.put(variable, "");
        }
        assertThat(read()).isEqualTo(new Defaults(Map.of("HOME", folder.toString())).read());
    }

    @Test
    void flagsNeedAValue() {
        assertThat(mistakes("--port")).containsExactly("--port needs a value");
        assertThat(mistakes("--data-dir=")).containsExactly("--data-dir needs a value");
        assertThat(mistakes("serve")).containsExactly("serve is no option of serve");
    }

    @Test
    void aPathMayBeginAtHome() throws SettingsException {
        assertThat(read("--data-dir", "~/here").dataDir()).isEqualTo(folder.resolve("here"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:9/v1?key=x",
                "http:///v1",
                "127.0.0.1:9",
                "http://",
                "http://user:secret@example.com/v1",
                "http://example.com/v1#part",
                "http://exa mple/v1"
            })
    void refusesWhatIsNoAddressOfAProvider(String url) {
        environment.put("AISTRALE_PROVIDERS_OPENAI_BASE_URL", url);

        assertThat(mistakes())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("AISTRALE_PROVIDERS_OPENAI_BASE_URL: an http:// or https:// URL was expected")
                .doesNotContain("secret");
    }

    @Test
    void whatWebhooksMayGoToIsHostsAndRangesAndNothingElse() {
        environment.put(
                "AISTRALE_WEBHOOKS_ALLOWED_TARGETS",
                "ok.example,*,*.example.com,https://a.example,a.example:80,10.0.0.1/8,10.0.0.0/33,0.0.0.0/0,"
                        + "169.254.0.0/16,127.1");
        environment.put("AISTRALE_WEBHOOKS_ALLOW_HTTP", "1");

        var place = "AISTRALE_WEBHOOKS_ALLOWED_TARGETS: ";
        var neither =
                "` is neither a host nor a range of addresses: write a name (n8n.example), an address (10.1.2.3), or"
                        + " a range (10.1.0.0/16), without scheme, port and `*`";
        var noRange =
                "` is no range of addresses: write the first address, all bits behind the prefix 0, and the prefix's"
                        + " length, such as 10.1.0.0/16 or fd00:1::/32";
        assertThat(mistakes())
                .containsExactly(
                        place + "`*" + neither,
                        place + "`*.example.com" + neither,
                        place + "`https://a.example" + noRange,
                        place + "`a.example:80" + neither,
                        place + "`10.0.0.1/8" + noRange,
                        place + "`10.0.0.0/33" + noRange,
                        place + "`0.0.0.0/0` opens everything, which cannot be wanted: name the hosts and ranges that"
                                + " webhooks go to",
                        place + "`169.254.0.0/16` opens nothing, as what clouds keep for their machines and what is no"
                                + " machine's address is opened by the address itself only: name that",
                        place + "`127.1" + neither,
                        "AISTRALE_WEBHOOKS_ALLOW_HTTP: true or false was expected, not `1`");
    }

    @Test
    void refusesAProviderNameThatCannotBeWrittenInAModel() throws IOException {
        var file = write("[providers.\"my vllm\"]\nbase_url = \"http://127.0.0.1:9\"\n");

        assertThat(mistakes())
                .hasSize(1)
                .first()
                .asString()
                .startsWith(file + ", line ")
                .endsWith(": `my vllm` is no provider name (a-z, 0-9 and -)");
    }

    @Test
    void aPreviousMasterKeyNeedsTheCurrentOne() {
        environment.put("AISTRALE_PREVIOUS_MASTER_KEYS", OLD_KEY);

        assertThat(mistakes()).containsExactly("AISTRALE_PREVIOUS_MASTER_KEYS needs master_key too");
    }

    @Test
    void aBrokenFileIsNamedWithItsLine() throws IOException {
        var file = write("port = 1\nhost = \"127.0.0.1\n");

        assertThat(mistakes()).hasSize(1).first().asString().startsWith(file + ", line 2: ");
    }

    @Test
    void secretsPrintAsDots() throws SettingsException {
        environment.put("AISTRALE_MASTER_KEY", KEY);
        environment.put("AISTRALE_PREVIOUS_MASTER_KEYS", OLD_KEY);
        environment.put("AISTRALE_ADMIN_KEY", "an-admin-key-of-mine");

        assertThat(read().toString())
                .contains("masterKeys=[•••, •••]", "adminKey=•••")
                .doesNotContain(KEY, OLD_KEY, "an-admin-key");
    }

    @Test
    void noMistakeShowsASecret() throws IOException {
        write("""
                master_key = "TOPSECRET-master"
                previous_master_keys = "TOPSECRET-previous"
                admin_key = "TOPSECRET"
                """);
        assertThat(String.join("\n", mistakes())).doesNotContain("TOPSECRET");
        write("master_key = \"TOPSECRET-unclosed\nport = 1\n");
        assertThat(String.join("\n", mistakes())).doesNotContain("TOPSECRET");
        write("admin_key = TOPSECRET-unquoted\n");
        assertThat(String.join("\n", mistakes())).doesNotContain("TOPSECRET");
    }

    @Test
    void theExceptionCarriesTheMistakesLineByLine() {
        assertThatThrownBy(() -> read("--a", "--b"))
                .isInstanceOf(SettingsException.class)
                .hasMessage("--a is no option of serve\n--b is no option of serve");
    }

    private static String commentedFile() throws IOException {
        try (InputStream file =
                Objects.requireNonNull(SettingsTest.class.getResourceAsStream("/aistrale-server.toml"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Path write(String toml) throws IOException {
        var file = Files.createDirectories(folder.resolve(".config/aistrale")).resolve("aistrale-server.toml");
        return Files.writeString(file, toml);
    }

    private Settings read(String... arguments) throws SettingsException {
        return SettingsReader.read(List.of(arguments), environment);
    }

    private List<String> mistakes(String... arguments) {
        var wrong = catchThrowableOfType(SettingsException.class, () -> read(arguments));
        return Arrays.asList(wrong.getMessage().split("\n"));
    }

    /** What an environment alone gives, with no file in sight. */
    private record Defaults(Map<String, String> environment) {
        Settings read() throws SettingsException {
            var none = new HashMap<>(environment);
            none.put("XDG_CONFIG_HOME", "/nowhere");
            return SettingsReader.read(List.of(), none);
        }
    }
}
