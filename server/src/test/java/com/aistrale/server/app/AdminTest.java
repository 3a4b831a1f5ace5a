package com.aistrale.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.kit.sql.DatabaseUrl;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.PostgresServer;
import com.aistrale.server.kit.sql.SqliteFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code aistrale admin}, as its operators call it. */
@Timeout(120)
class AdminTest {
    private static final String WEBHOOK_SECRET = "whsec_" + "A".repeat(32);
    private static final String DEMO = "{\"prompt\":\"Hello\",\"model\":\"demo/demo\"}";

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private Path data;
    private DatabaseUrl target;
    private String targetText;

    private record Ran(int code, String out, String err) {}

    @BeforeEach
    void places() throws SQLException {
        data = folder.resolve("data");
        environment.put("HOME", folder.toString());
        environment.put("AISTRALE_DATA_DIR", data.toString());
        target = PostgresServer.shared().empty();
        targetText = PostgresServer.shared().text(target);
    }

    private Ran admin(String... arguments) {
        return admin(InputStream.nullInputStream(), arguments);
    }

    private Ran move() {
        return admin(new ByteArrayInputStream((targetText + "\n").getBytes(StandardCharsets.UTF_8)), "migrate-to", "-");
    }

    private Ran admin(InputStream in, String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int code = new AdminMain(
                        environment,
                        in,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(List.of(arguments));
        return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private OtherConnection there() throws SQLException {
        return PostgresServer.shared().connect(target);
    }

    /** A server with a token, a key and some records. @return the key, and the id of a record */
    private List<String> filled(TestServer server) throws Exception {
        server.post("/api/v1/tokens", "{\"provider\":\"openai\",\"token\":\"sk-proj-0123456789-abcd\"}")
                .expect(201);
        server.post("/api/v1/prompts", "{\"name\":\"greet\",\"text\":\"Hello {{name}}\"}")
                .expect(201);
        server.post(
                        "/api/v1/webhooks",
                        "{\"url\":\"https://hooks.example.com/\",\"events\":[\"*\"],\"secret\":\"" + WEBHOOK_SECRET
                                + "\"}")
                .expect(201);
        var id = server.run(DEMO).expect(200).get("id").stringValue();
        for (int i = 0; i < 5; i++) {
            server.run(DEMO).expect(200);
        }
        return List.of(server.key(), id);
    }

    @Test
    void aRunningDatabaseIsBackedUpWhole() throws Exception {
        var file = folder.resolve("backup.db");
        try (var server = TestServer.in(data).start()) {
            filled(server);

            var ran = admin("backup", file.toString());

            assertThat(ran.code()).isZero();
            assertThat(ran.out())
                    .isEqualTo("Backed up " + data.resolve("aistrale.db") + " to " + file + " (6 inferences).\n"
                            + "To restore: put it as aistrale.db into an empty data directory, together with the master key"
                            + " that opens the stored tokens, and start the server on it. The key is not in the backup:"
                            + " keep " + data.resolve("master.key") + " in another safe place.\n");
            server.run(DEMO).expect(200);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (var copy = new SqliteFile(file)) {
            assertThat(copy.rows("SELECT count(*) FROM inference")).containsExactly("6");
            assertThat(copy.rows("PRAGMA integrity_check")).containsExactly("ok");
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .as("nothing is left beside it")
                    .noneMatch(name -> name.contains(".part"));
        }
    }

    @Test
    void aBackupOverwritesNothing() throws Exception {
        TestServer.in(data).start().close();
        var file = Files.writeString(folder.resolve("mine"), "mine");

        var ran = admin("backup", file.toString());

        assertThat(ran)
                .isEqualTo(new Ran(
                        1,
                        "",
                        file + " is there already and is not overwritten: name another file, or" + " remove it.\n"));
        assertThat(file).hasContent("mine");
    }

    @Test
    void whereThereIsNoDatabaseNoneIsMade() throws Exception {
        for (var ran : List.of(admin("backup", folder + "/x.db"), move())) {
            assertThat(ran)
                    .isEqualTo(new Ran(
                            1,
                            "",
                            "There is no database " + data.resolve("aistrale.db")
                                    + ". Name the data directory of the server (--data-dir).\n"));
        }
        assertThat(data).doesNotExist();
        assertThat(folder.resolve("x.db")).doesNotExist();
    }

    @Test
    void everythingMovesToPostgresAndAServerGoesOnThere() throws Exception {
        List<String> kept;
        try (var server = TestServer.in(data).start()) {
            kept = filled(server);
            var ran = move();
            assertThat(ran.code()).isEqualTo(1);
            assertThat(ran.err()).contains("is in use by another AISTRALE server");
        }

        try (var source = new SqliteFile(data.resolve("aistrale.db"))) {
            source.execute("DELETE FROM event WHERE seq = 7"); // the last one
        }

        var ran = move();

        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isZero();
        assertThat(ran.out())
                .contains(
                        "         6  inference\n",
                        "         1  webhook\n",
                        "  event\n",
                        "         1  provider_token\n",
                        "         1  prompt_version\n")
                .contains("Moved " + data.resolve("aistrale.db") + " to " + target)
                .contains("AISTRALE_MASTER_KEY set to the content of " + data.resolve("master.key"))
                .doesNotContain("in-the-tests");
        try (var source = new SqliteFile(data.resolve("aistrale.db"));
                var there = there()) {
            for (var line :
                    ran.out().lines().filter(text -> text.startsWith("  ")).toList()) {
                var table = line.strip().split(" +")[1];
                var columns = source.rows("SELECT group_concat('\"' || name || '\"', ', ') FROM pragma_table_info('"
                                + table + "') WHERE type <> 'BLOB'")
                        .getFirst();
                if (table.equals("event_reader")) { // stands among the same events, which came in another transaction
                    columns = "name, seq";
                }
                var query = "SELECT " + columns + " FROM " + table;
                assertThat(there.rows(query)).as(table).containsExactlyInAnyOrderElementsOf(source.rows(query));
            }
        }
        try (var server = TestServer.in(folder.resolve("node"))
                .flags("--database-url", targetText)
                .environment(
                        "AISTRALE_MASTER_KEY",
                        Files.readString(data.resolve("master.key")).strip())
                .start()) {
            var record = server.send(java.net.http.HttpRequest.newBuilder(
                            java.net.URI.create(server.url() + "/api/v1/inferences/" + kept.get(1)))
                    .header("authorization", "Bearer " + kept.get(0)));
            assertThat(record.expect(200).get("status").stringValue()).isEqualTo("completed");
            var webhook = server.send(server.request("/api/v1/webhooks", kept.get(0)))
                    .expect(200)
                    .get("data")
                    .get(0);
            var rotated = server.send(server.request(
                    "POST",
                    "/api/v1/webhooks/" + webhook.get("id").stringValue() + "/rotate-secret",
                    "{\"secret\":\"" + WEBHOOK_SECRET + "\"}",
                    kept.get(0)));
            assertThat(rotated.expect(200).get("previous_secret_expires_at").isNull())
                    .as("it opens, and is the present one")
                    .isTrue();
            server.run(DEMO).expect(200);
            try (var there = there()) {
                assertThat(there.rows("SELECT max(seq) FROM event"))
                        .as("numbers go on")
                        .containsExactly("8");
            }
        }
    }

    @Test
    void aTargetWithRowsIsRefused() throws Exception {
        TestServer.in(data).start().close();
        var first = admin("migrate-to", targetText);
        assertThat(first.code()).isZero();
        assertThat(first.err())
                .isEqualTo("The password stands on the command line, where others see it in the list of processes; give"
                        + " the URL on standard input instead: aistrale admin migrate-to -\n");

        var again = move();

        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err())
                .isEqualTo(
                        "aistrale admin migrate-to failed: the target is not empty: its table audit_log has rows. Give it"
                                + " a database that no server was started on\n");
    }

    @Test
    void aMoveThatFailsLeavesNothingAndCanBeRepeated() throws Exception {
        try (var server = TestServer.in(data).start()) {
            filled(server);
        }
        com.aistrale.server.kit.sql.Postgres.open(target).close();
        try (var there = there()) {
            there.execute("ALTER TABLE inference ADD CONSTRAINT disk_full CHECK (model = 'x')");

            var failed = move();

            assertThat(failed.code()).isEqualTo(1);
            assertThat(failed.err())
                    .contains("aistrale admin migrate-to failed: ")
                    .contains("disk_full");
            assertThat(there.rows("SELECT count(*) FROM workspace")).containsExactly("0");
            there.execute("ALTER TABLE inference DROP CONSTRAINT disk_full");
        }
        assertThat(move().code()).isZero();
    }

    @Test
    void mistakesAreSaid() {
        environment.put("AISTRALE_PORT", "x");
        assertThat(admin("backup", "/tmp/x").err()).contains("AISTRALE_PORT: a number");
        environment.remove("AISTRALE_PORT");
        assertThat(admin("backup"))
                .isEqualTo(new Ran(
                        2,
                        "",
                        "aistrale admin backup takes one FILE; aistrale admin backup" + " --help explains it.\n"));
        assertThat(admin("migrate").err())
                .startsWith("`migrate` is no command of aistrale admin; did you mean `migrate-to`?");
        assertThat(admin("migrate-to", "mysql://x:secret@y/z").err())
                .startsWith("aistrale admin migrate-to: a URL such as")
                .doesNotContain("secret@");
        environment.put("AISTRALE_DATABASE_URL", targetText);
        environment.put("AISTRALE_MASTER_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
        assertThat(admin("backup", "/tmp/x"))
                .isEqualTo(new Ran(
                        1,
                        "",
                        "This server keeps its data in " + target
                                + "; that is backed up by PostgreSQL's own means, such as pg_dump.\n"));
    }

    @Test
    void everyCommandExplainsItself() {
        assertThat(admin("--help").out()).startsWith("Usage: aistrale admin COMMAND");
        assertThat(admin("backup", "--help").out()).startsWith("Usage: aistrale admin backup [OPTIONS] FILE");
        assertThat(admin("migrate-to", "-h").out()).startsWith("Usage: aistrale admin migrate-to [OPTIONS] URL");
        assertThat(admin()).isEqualTo(admin("--help"));
    }
}
