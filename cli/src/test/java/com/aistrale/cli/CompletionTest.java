package com.aistrale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a shell is told of names that a server made. */
class CompletionTest {
    private static final String ALIAS = """
            {"name":"%s","model":"m","fallbacks":[],"created_at":"2026-11-01T12:00:00Z","updated_at":"2026-11-01T12:00:00Z"}""";

    @TempDir
    Path home = Path.of(".");

    private final FakeServer server = new FakeServer();

    @AfterEach
    void stop() {
        server.close();
    }

    private Ran names(String kind) {
        return new Ran.With(home)
                .server(server)
                .env("AISTRALE_COMPLETION_NAMES", kind)
                .run("completion", "bash");
    }

    @Test
    void namesAreSortedAndThoseThatAShellMightRunAreLeftOut() {
        server.list(
                "GET /api/v1/aliases",
                ALIAS.formatted("slow"),
                ALIAS.formatted("$(touch x)"),
                ALIAS.formatted("`touch x`"),
                ALIAS.formatted("a;b"),
                ALIAS.formatted("a b"),
                ALIAS.formatted("-rf"),
                ALIAS.formatted("x\\nrm"),
                ALIAS.formatted("größer/v2:8b"),
                ALIAS.formatted("fast"));
        assertThat(names("aliases")).isEqualTo(new Ran(0, "fast\ngrößer/v2:8b\nslow\n", ""));
    }

    @Test
    void whatCannotBeHadIsSilence() throws Exception {
        server.json("GET /api/v1/aliases", 500, "{}");
        assertThat(names("aliases")).isEqualTo(new Ran(0, "", ""));
        assertThat(names("models")).isEqualTo(new Ran(0, "", ""));
        assertThat(names("nonsense")).isEqualTo(new Ran(0, "", ""));
        Files.createDirectories(home.resolve(".config/aistrale"));
        Files.writeString(home.resolve(".config/aistrale/config.toml"), "oops");
        assertThat(names("profiles")).isEqualTo(new Ran(0, "", ""));
    }
}
