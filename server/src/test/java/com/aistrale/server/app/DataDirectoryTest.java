package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aistrale.server.kit.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    Path folder;

    @Test
    void isMadeForItsOwnerOnly() throws Exception {
        var path = folder.resolve("a/b");

        try (var directory = DataDirectory.open(path)) {
            assertThat(directory.path()).isEqualTo(path);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void belongsToOneServerAtATime() throws Exception {
        try (var first = DataDirectory.open(folder)) {
            ServerFile.write(first.path(), "http://127.0.0.1:16000", Instant.parse("2026-11-23T08:00:00Z"));

            assertThatThrownBy(() -> DataDirectory.open(folder))
                    .isInstanceOf(StartException.class)
                    .hasMessageStartingWith("The data directory " + folder + " is in use by another AISTRALE server (")
                    .hasMessageContaining("\"url\":\"http://127.0.0.1:16000\"")
                    .hasMessageEndingWith("Stop it (aistrale stop), or give this one another (--data-dir).");
        }
        DataDirectory.open(folder).close();
    }

    @Test
    void whatCannotBeAFolderIsNamed() throws Exception {
        var file = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> DataDirectory.open(file.resolve("below")))
                .isInstanceOf(StartException.class)
                .hasMessageStartingWith("The data directory " + file + "/below cannot be written: ")
                .hasMessageEndingWith("Give another (--data-dir).");
    }

    @Test
    void theServerFileTellsWhoRunsHere() throws Exception {
        ServerFile.write(folder, "http://127.0.0.1:1", Instant.parse("2026-11-23T08:00:00Z"));
        ServerFile.write(folder, "http://127.0.0.1:16000", Instant.parse("2026-11-23T09:00:00Z"));

        var json = Json.parse(Files.readString(folder.resolve("server.json")));
        assertThat(json.propertyNames()).containsExactly("pid", "url", "version", "started_at");
        assertThat(json.get("pid").longValue())
                .isEqualTo(ProcessHandle.current().pid());
        assertThat(json.get("url").stringValue()).isEqualTo("http://127.0.0.1:16000");
        assertThat(json.get("version").stringValue())
                .isEqualTo(Files.readString(Path.of(System.getProperty("aistrale.repository"), "VERSION"))
                        .strip());
        assertThat(json.get("started_at").stringValue()).isEqualTo("2026-11-23T09:00:00Z");
        ServerFile.delete(folder);
        assertThat(folder).isEmptyDirectory();
        ServerFile.delete(folder);
    }
}
