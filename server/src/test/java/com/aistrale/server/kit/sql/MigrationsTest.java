package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class MigrationsTest {
    private static final Path FILES =
            Path.of(System.getProperty("aistrale.repository"), "server", "src", "main", "resources", "db", "migration");

    @TempDir
    Path folder;

    private final Logger logger = (Logger) LoggerFactory.getLogger(Migrations.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(log);
    }

    @Test
    void aFreshFileGetsTheWholeSchema() throws SQLException {
        openAndClose();

        assertThat(messages()).containsExactly("migrating the database from schema version 0 to " + Migrations.LATEST);
        assertThat(query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_%' ESCAPE '\\'"
                        + " ORDER BY name"))
                .containsExactly(
                        "alias",
                        "budget",
                        "cancellation",
                        "event",
                        "inference",
                        "lease",
                        "node",
                        "probe",
                        "prompt",
                        "span",
                        "trace",
                        "webhook",
                        "workspace");
        assertThat(query("SELECT version, success FROM flyway_schema_history"))
                .hasSize(Migrations.LATEST)
                .endsWith(Migrations.LATEST + "|1");
    }

    @Test
    void aCurrentFileIsNotMigratedAgain() throws SQLException {
        openAndClose();
        var history = query("SELECT * FROM flyway_schema_history");
        log.list.clear();

        openAndClose();

        assertThat(messages()).isEmpty();
        assertThat(query("SELECT * FROM flyway_schema_history")).isEqualTo(history);
    }

    @Test
    void aFileOfANewerServerIsLeftAloneAndSaysSo() throws SQLException {
        openAndClose();
        try (var file = new SqliteFile(path())) {
            file.execute("INSERT INTO flyway_schema_history"
                    + " SELECT 99, '99', description, type, script, checksum, installed_by, installed_on,"
                    + " execution_time, success FROM flyway_schema_history LIMIT 1");
        }

        assertThatThrownBy(this::openAndClose)
                .isInstanceOf(SQLException.class)
                .hasMessage("the database has schema version 99 and this server knows " + Migrations.LATEST
                        + ": it was written by a newer AISTRALE; start that version, or restore a backup");
    }

    @Test
    void aFileThatIsNoDatabaseIsRefusedAndKept() throws IOException {
        Files.writeString(path(), "Dear diary, ".repeat(500));

        assertThatThrownBy(this::openAndClose)
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("file is not a database");
        assertThat(path()).hasContent("Dear diary, ".repeat(500));
    }

    @Test
    void severalNodesThatStartAtOnceOnAnEmptyPostgresMakeOneSchema() throws Exception {
        var url = PostgresServer.shared().empty();
        try (var threads = Executors.newFixedThreadPool(4)) {
            var nodes = IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(() -> Postgres.open(url)))
                    .toList();
            for (var node : nodes) {
                node.get().close();
            }
        }
        try (var other = PostgresServer.shared().connect(url)) {
            assertThat(other.rows("SELECT version FROM flyway_schema_history WHERE version IS NOT NULL ORDER BY 1"))
                    .hasSize(Migrations.LATEST);
        }
        log.list.clear();
        Postgres.open(url).close();
        assertThat(messages()).as("a current one is not migrated again").isEmpty();
    }

    @Test
    void aPostgresOfANewerServerIsLeftAloneAndSaysSo() throws Exception {
        var url = PostgresServer.shared().fresh();
        try (var other = PostgresServer.shared().connect(url)) {
            other.execute("INSERT INTO flyway_schema_history"
                    + " SELECT 99, '99', description, type, script, checksum, installed_by, installed_on,"
                    + " execution_time, success FROM flyway_schema_history LIMIT 1");
        }

        assertThatThrownBy(() -> Postgres.open(url))
                .isInstanceOf(SQLException.class)
                .hasMessage("the database has schema version 99 and this server knows " + Migrations.LATEST
                        + ": it was written by a newer AISTRALE; start that version, or restore a backup");
    }

    /** Every column is in both, in a type that one statement can serve. */
    @Test
    void bothDatabasesHaveTheSameTablesAndColumns() throws Exception {
        openAndClose();
        var url = PostgresServer.shared().fresh();
        try (var other = PostgresServer.shared().connect(url)) {
            var there = other.rows(
                    "SELECT table_name, column_name, CASE WHEN data_type IN ('smallint', 'bigint') THEN"
                            + " 'INTEGER' WHEN data_type = 'bytea' THEN 'BLOB' ELSE upper(data_type) END, is_nullable"
                            + " FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'flyway%'"
                            + " AND NOT (table_name = 'event' AND column_name = 'txid') ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\"");
            assertThat(query(
                            "SELECT t.name, c.name, upper(c.type), CASE WHEN c.\"notnull\" OR c.pk > 0 THEN 'NO' ELSE 'YES'"
                                    + " END FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
                                    + " AND t.name NOT LIKE 'flyway%' AND t.name NOT LIKE 'sqlite%' ORDER BY 1, 2"))
                    .isEqualTo(there);
        }
    }

    @Test
    void latestIsTheNewestFileOfEveryDatabase() throws IOException {
        for (var database : list(FILES)) {
            var numbers = list(database).stream()
                    .map(file -> file.getFileName().toString())
                    .map(name -> Integer.parseInt(name.substring(1, name.indexOf("__"))))
                    .sorted()
                    .toList();
            assertThat(numbers)
                    .as("%s", database)
                    .startsWith(1)
                    .endsWith(Migrations.LATEST)
                    .doesNotHaveDuplicates();
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }

    private Path path() {
        return folder.resolve("aistrale.db");
    }

    private void openAndClose() throws SQLException {
        Sqlite.open(path()).close();
    }

    private List<String> query(String sql) throws SQLException {
        try (var file = new SqliteFile(path())) {
            return file.rows(sql);
        }
    }

    private List<String> messages() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
