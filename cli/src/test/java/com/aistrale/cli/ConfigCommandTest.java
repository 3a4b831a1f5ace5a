package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.cli.Io.Stdin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigCommandTest {
    @TempDir
    Path home = Path.of(".");

    private Ran.With with() {
        return new Ran.With(home);
    }

    private Path file() {
        return home.resolve(".config/aistrale/config.toml");
    }

    private void write(String text) throws IOException {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), text);
    }

    @Test
    void theFirstSetMakesAFileForItsOwnerAlone() throws IOException {
        var ran = with().run("config", "set", "api_url", "http://localhost:16000");
        assertThat(ran).isEqualTo(new Ran(0, "", "Set api_url in profile default of " + file() + "\n"));
        assertThat(file()).hasContent("[profiles.default]\napi_url = \"http://localhost:16000\"\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(with().run("config", "get", "api_url").out()).isEqualTo("http://localhost:16000\n");
        assertThat(with().run("config", "path").out()).isEqualTo(file() + "\n");
    }

    @Test
    void commentsOrderAndBlankLinesStay() throws IOException {
        write("""
                # mine
                default_profile = "work"

                [profiles.home]   # at home
                model = "a"

                # the office
                [profiles.work]
                model='b#c'  # the good one
                # api_url = "http://old"

                """);
        assertThat(with().run("config", "set", "model", "new \"one\"").exit()).isEqualTo(0);
        assertThat(with().run("config", "set", "api_url", "http://w").exit()).isEqualTo(0);
        assertThat(with().run("--profile", "home", "config", "set", "provider", "p")
                        .exit())
                .isEqualTo(0);
        assertThat(with().run("config", "set", "model", "x", "--profile", "third")
                        .exit())
                .isEqualTo(0);
        assertThat(Files.readString(file())).isEqualTo("""
                # mine
                default_profile = "work"

                [profiles.home]   # at home
                model = "a"
                provider = "p"

                # the office
                [profiles.work]
                model="new \\"one\\""  # the good one
                # api_url = "http://old"
                api_url = "http://w"

                [profiles.third]
                model = "x"
                """);
    }

    @Test
    void aLinkStaysALink() throws IOException {
        var real = Files.createDirectories(home.resolve("dotfiles")).resolve("a.toml");
        Files.writeString(real, "");
        Files.createDirectories(file().getParent());
        Files.createSymbolicLink(file(), real);
        with().run("config", "set", "model", "m");
        assertThat(Files.isSymbolicLink(file())).isTrue();
        assertThat(real).hasContent("[profiles.default]\nmodel = \"m\"\n");
    }

    @Test
    void aFileWithAMistakeIsNotTouched() throws IOException {
        write("[profiles.default]\nmodel = 4\n");
        var ran = with().run("config", "set", "model", "m");
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains(file() + ", line 2");
        assertThat(with().run("config", "set", "model", "m", "--profile", "default")
                        .err())
                .contains("nothing was changed");
        assertThat(file()).hasContent("[profiles.default]\nmodel = 4\n");
        assertThat(with().run("run", "x").err()).contains("line 2");
    }

    @Test
    void theApiKeyIsShownOnlyWhenAskedFor() {
        assertThat(with().typed("ais_secret").run("config", "set", "api_key").exit())
                .isEqualTo(0);
        assertThat(with().run("config", "list").out())
                .doesNotContain("ais_secret")
                .contains("ais_••••");
        assertThat(with().run("config", "get", "api_key").out()).isEqualTo("ais_••••\n");
        assertThat(with().run("config", "get", "api_key", "--show").out()).isEqualTo("ais_secret\n");
        assertThat(with().run("config", "list", "--show").out()).contains("ais_secret");
        assertThat(with().in(Stdin.PIPE, "ais_piped\n")
                        .run("config", "set", "api_key")
                        .exit())
                .isEqualTo(0);
        assertThat(with().run("config", "get", "api_key", "--show").out()).isEqualTo("ais_piped\n");
        assertThat(with().run("config", "set", "api_key", "ais_open").err())
                .contains("process list")
                .doesNotContain("ais_open");
    }

    @Test
    void listSaysWhereEachValueComesFrom() {
        with().run("config", "set", "model", "m");
        assertThat(with().env("AISTRALE_PROVIDER", "p").run("config", "list").out())
                .isEqualTo("""
                KEY       VALUE                   FROM
                api_url   http://127.0.0.1:16000  default
                api_key   -                       -
                model     m                       profile default of %s
                provider  p                       AISTRALE_PROVIDER
                """.formatted(file()));
        assertThat(with().run("config", "get", "provider").exit()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({
        "set api_ur http://x, Did you mean api_url?", "get modle, Did you mean model?",
                "set nonsense x, It takes api_url",
        "set api_url localhost:16000, Nothing was changed.", "set model, Give it",
                "set model m --profile a/b, Use letters",
        "get model --profile absent, Correct it"
    })
    void mistakesAreRefused(String line, String advice) {
        var ran = with().run(("config " + line).split(" ", -1));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err().lines().toList().get(1)).startsWith(advice);
        assertThat(file()).doesNotExist();
    }
}
