package com.aistrale.server.kit.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.aistrale.server.kit.problem.ProblemCode;
import com.aistrale.server.kit.problem.ProblemException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A PostgreSQL that goes away and comes back, as {@link Database} shows it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PostgresOutageTest {
    private static final String INSERT = "INSERT INTO workspace (id, name, created_at) VALUES ('%s', 'x', 0)";

    private PostgresServer server;
    private DatabaseUrl url;
    private Database database;

    @BeforeEach
    void open() throws Exception {
        server = PostgresServer.start();
        url = server.empty();
        database = Postgres.open(url);
    }

    @AfterEach
    void close() {
        database.close();
        server.close();
    }

    private void write(String id) {
        database.write(tx -> tx.handle().execute(INSERT.formatted(id)));
    }

    private int count() {
        return database.read(tx -> tx.handle()
                .createQuery("SELECT count(*) FROM workspace")
                .mapTo(Integer.class)
                .one());
    }

    /** Writing and reading each find their way back. */
    private void heals() {
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().untilAsserted(() -> write("ws_3"));
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> count() >= 2);
    }

    @Test
    void whileItIsAwayAllIsUnavailableWithinSecondsAndAfterwardsAllGoesOn() throws Exception {
        write("ws_1");
        assertThat(count()).isEqualTo(1);
        server.crash();

        for (int i = 0; i < 3; i++) {
            long begin = System.nanoTime();
            var write = catchThrowableOfType(ProblemException.class, () -> write("ws_2"));
            var read = catchThrowableOfType(ProblemException.class, this::count);
            for (var failed : List.of(write, read)) {
                assertThat(failed.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
                assertThat(failed.problem().retryAfter()).isEqualTo(Duration.ofSeconds(1));
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
        }
        assertThat(database.isFailing()).isTrue();

        server.comeBack();
        heals();
        assertThat(database.isFailing()).isFalse();
    }

    @Test
    void aRestartThatNobodySawCostsNothing() throws Exception {
        write("ws_1");
        count();
        server.crash();
        server.comeBack();

        write("ws_2");
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> count() == 2);
    }

    /** As behind a network that swallows everything. */
    @Test
    void aServerThatAnswersNothingIsGivenUpWithinSeconds() throws Exception {
        write("ws_1");
        count();
        server.freeze(true);
        try {
            long begin = System.nanoTime();
            var write = catchThrowableOfType(ProblemException.class, () -> write("ws_2"));
            var read = catchThrowableOfType(ProblemException.class, this::count);
            assertThat(write.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
            assertThat(read.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(35));
        } finally {
            server.freeze(false);
        }
        heals();
    }

    /** The connection breaks between the commit and the word that it is done. */
    @Test
    void whetherABrokenCommitWentThroughIsFoundOut() throws Exception {
        var driver = Postgres.of(url);
        for (boolean arrives : new boolean[] {true, false}) {
            var id = "ws_" + arrives;
            try (var connection = DriverManager.getConnection(url.jdbc(), url.properties(java.util.Map.of()))) {
                connection.setAutoCommit(false);
                var breaking = new BrokenCommit(connection, arrives);
                var tx = new PostgresTx(breaking.connection(), driver::wasCommitted);
                tx.handle().execute(INSERT.formatted(id));
                var failed = org.assertj.core.api.Assertions.catchThrowable(tx::commit);
                if (arrives) {
                    assertThat(failed).as("it is committed, so all is well").isNull();
                } else {
                    assertThat(failed).isInstanceOf(SQLException.class).isNotInstanceOf(OutcomeUnknown.class);
                }
            }
        }
        try (var other = server.connect(url)) {
            assertThat(other.rows("SELECT id FROM workspace")).containsExactly("ws_true");
        }
    }

    @Test
    void ifNobodyCanBeAskedTheCallerIsToldThatItIsNotKnown() throws Exception {
        var gate = new CountDownLatch(1);
        var tx = new PostgresTx(
                new BrokenCommit(DriverManager.getConnection(url.jdbc(), url.properties(java.util.Map.of())), true)
                        .connection(),
                transaction -> {
                    gate.countDown();
                    throw new SQLException("nobody there");
                });
        tx.connection().setAutoCommit(false);
        var writer = new GroupCommit(() -> tx, () -> {});
        try {
            var written = writer.submit(all -> all.handle().execute(INSERT.formatted("ws_1")));

            var failed = catchThrowableOfType(ProblemException.class, () -> Database.await(written));
            assertThat(failed.problem().code()).isEqualTo(ProblemCode.DATABASE_UNAVAILABLE);
            assertThat(failed.problem().detail())
                    .isEqualTo(
                            "The connection to the database broke while it recorded the request; whether it did is not"
                                    + " known. Look before trying again.");
            assertThat(gate.getCount()).isZero();
        } finally {
            writer.close();
        }
    }
}
