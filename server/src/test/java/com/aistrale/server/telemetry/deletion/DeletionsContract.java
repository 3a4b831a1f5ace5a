package com.aistrale.server.telemetry.deletion;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.OtherConnection;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.InferenceRecord.TraceContext;
import com.aistrale.server.telemetry.Records;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.TelemetryFilter;
import com.aistrale.server.telemetry.TelemetryQuery;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is too old goes, what is young stays, and each workspace minds its own. */
@Timeout(120)
abstract class DeletionsContract {
    static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");

    @TempDir
    Path folder;

    private final Random random = new Random(5);
    private final SqlEvents events = new SqlEvents();
    private Instant clock = NOW;
    TestDatabase place;
    Database database;
    OtherConnection other;
    Deletions deletions;
    private Map<String, String> metadata = Map.of();

    abstract TestDatabase database(Path folder) throws Exception;

    void workspace(String id, String retentionDays) throws Exception {
        other.execute("INSERT INTO workspace (id, name, created_at, retention_days) VALUES ('" + id + "', '" + id
                + "', 0, " + retentionDays + ")");
    }

    private void setRetention(String id, String retentionDays) throws Exception {
        other.execute("UPDATE workspace SET retention_days = " + retentionDays + " WHERE id = '" + id + "'");
    }

    @BeforeEach
    void open() throws Exception {
        place = database(folder);
        database = place.open();
        other = place.connect();
        deletions = new Deletions(database, events, (tx, ids) -> {});
    }

    @AfterEach
    void close() throws Exception {
        other.close();
        database.close();
    }

    /** So many inferences, a minute apart, that end with {@code last}; every tenth in a trace of its own. */
    void fill(String workspaceId, Instant last, int count) {
        for (int i = count - 1; i >= 0; i--) {
            var at = last.minus(Duration.ofMinutes(i));
            clock = at;
            InstantSource then = () -> clock;
            var telemetry = new Telemetry(database, events, new Ids(then, random), then, "node_1");
            var origin = new Origin(
                    workspaceId,
                    "key_1",
                    null,
                    null,
                    null,
                    false,
                    metadata,
                    null,
                    i % 10 == 0 ? new TraceContext("t" + i + at.toEpochMilli(), null) : null);
            var running = new InferenceRecord(
                    new Ids(then, random).next("inf_"), Status.RUNNING, at, null, origin, "p", "m", null);
            telemetry.begin(running).finish(Records.completed(running));
        }
        clock = NOW;
    }

    List<InferenceRecord> left(String workspaceId) {
        var telemetry = new Telemetry(database, events, new Ids(() -> clock, random), () -> clock, "node_1");
        return telemetry
                .list(workspaceId, new TelemetryQuery(TelemetryFilter.ALL, null, 200))
                .records();
    }

    void fillOf(String user, String workspaceId, Instant last, int count) {
        metadata = Map.of("user", user);
        fill(workspaceId, last, count);
        metadata = Map.of();
    }

    /** As they stand in the table, whoever may see them already. */
    int events(String workspaceId) throws Exception {
        return Integer.parseInt(other.rows("SELECT count(*) FROM event WHERE workspace_id = '" + workspaceId + "'")
                .getFirst());
    }

    void once() {
        new Retention(deletions, () -> NOW, () -> true).once();
    }

    @Test
    void whatIsTooOldGoes() throws Exception {
        workspace("ws_1", "1");
        workspace("ws_2", "NULL");
        workspace("ws_3", "2");
        for (var id : List.of("ws_1", "ws_2", "ws_3")) {
            fill(id, NOW.minus(Duration.ofHours(24)).plusSeconds(30), 450);
            fill(id, NOW, 3);
        }

        once();

        assertThat(left("ws_1"))
                .hasSize(4)
                .allMatch(record -> !record.createdAt().isBefore(NOW.minus(Duration.ofDays(1))));
        assertThat(events("ws_1")).isEqualTo(4);
        assertThat(events("ws_2")).isEqualTo(453);
        assertThat(events("ws_3")).isEqualTo(453);
        assertThat(left("ws_3")).hasSize(200);
        once();
        assertThat(left("ws_1")).hasSize(4);
    }

    /** What was looked through once is not passed over when a workspace's retention is set, or time goes on. */
    @Test
    void whatComesOfAgeLaterGoesThen() throws Exception {
        workspace("ws_1", "1");
        workspace("ws_2", "NULL");
        fill("ws_2", NOW.minus(Duration.ofDays(3)), 5);
        fill("ws_1", NOW.minus(Duration.ofDays(2)), 5);
        fill("ws_1", NOW, 5);
        var now = new AtomicReference<>(NOW);
        var retention = new Retention(deletions, now::get, () -> true);

        retention.once();
        assertThat(events("ws_1")).isEqualTo(5);
        now.set(NOW.plus(Duration.ofDays(2)));
        retention.once();
        assertThat(events("ws_1")).isZero();
        assertThat(events("ws_2")).isEqualTo(5);
        setRetention("ws_2", "3");
        retention.once();
        assertThat(events("ws_2")).isZero();
        assertThat(left("ws_2")).isEmpty();
    }

    /** Of workspaces that keep theirs longer there are many; they are read once, and not every hour. */
    @Test
    void whatWasLookedThroughIsNotReadAgain() throws Exception {
        workspace("ws_1", "1");
        workspace("ws_2", "365");
        other.execute("INSERT INTO event (id, workspace_id, type, timestamp, data)"
                + " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
                + " SELECT 'evt_' || CAST(i AS TEXT), 'ws_2', 'test', "
                + NOW.minus(Duration.ofDays(3)).toEpochMilli() + ", '{}' FROM n");
        fill("ws_1", NOW.minus(Duration.ofDays(2)), 3);
        fill("ws_1", NOW.minus(Duration.ofHours(23)), 2);
        fill("ws_1", NOW, 3);
        var counting = new CountingEvents(events);
        var now = new AtomicReference<>(NOW);
        var retention = new Retention(new Deletions(database, counting, (tx, ids) -> {}), now::get, () -> true);

        retention.once();
        assertThat(events("ws_1")).isEqualTo(5);
        assertThat(counting.rows()).as("all, and a piece that is too young").isBetween(10_000, 13_000);
        now.set(NOW.plus(Duration.ofHours(2)));
        retention.once();
        assertThat(events("ws_1")).isEqualTo(3);
        assertThat(events("ws_2")).isEqualTo(10_000);
        assertThat(counting.rows()).as("a piece that is too young, and five").isLessThanOrEqualTo(2005);
    }

    static final String SEEN = "INSERT INTO trace (workspace_id, trace_id, started_at) VALUES ('ws_1', '%s', %d)"
            + " ON CONFLICT (workspace_id, trace_id) DO UPDATE SET started_at = excluded.started_at"
            + " WHERE excluded.started_at < trace.started_at";
    static final String SPAN = "INSERT INTO span (workspace_id, trace_id, span_id, name, kind, started_at, ended_at,"
            + " status, attributes) VALUES ('ws_1', '%s', '%s', 'n', 'tool', 0, 0, 'ok', '{\"user\":\"ann\"}')";
    static final String LOST = "SELECT span_id FROM span WHERE NOT EXISTS (SELECT 1 FROM trace"
            + " WHERE trace.workspace_id = span.workspace_id AND trace.trace_id = span.trace_id)";

    void span(String traceId, String spanId, Instant time) {
        database.write(tx -> {
            tx.handle().execute(SPAN.formatted(traceId, spanId));
            return tx.handle().execute(SEEN.formatted(traceId, time.toEpochMilli()));
        });
    }

    /** A trace with a long life, such as that of a chat, gets spans at any time. */
    @Test
    void aSpanThatComesWhileItsTraceIsDeletedHasATrace() throws Exception {
        workspace("ws_1", "1");
        for (int i = 0; i < 150; i++) {
            span("t" + i, "s", NOW.minus(Duration.ofDays(2)).plusSeconds(i));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var posting = threads.submit(() -> {
                for (int i = 0; moreOf("t0", "more" + i); i++) {
                    Thread.onSpinWait();
                }
            });
            once();
            posting.get();
        }

        assertThat(other.rows(LOST)).isEmpty();
        assertThat(other.rows("SELECT trace_id FROM trace")).isEmpty();
    }

    /** Another span, while there is the trace. */
    private boolean moreOf(String traceId, String spanId) {
        return database.write(tx -> {
            boolean there = tx.handle()
                    .createQuery("SELECT 1 FROM trace WHERE trace_id = :trace")
                    .bind("trace", traceId)
                    .mapTo(Integer.class)
                    .findFirst()
                    .isPresent();
            if (there) {
                tx.handle().execute(SPAN.formatted(traceId, spanId));
                tx.handle().execute(SEEN.formatted(traceId, NOW.toEpochMilli()));
            }
            return there;
        });
    }

    @Test
    void aWorkspaceGoesWithSpansThatHaveNoTrace() throws Exception {
        workspace("ws_1", "NULL");
        span("t", "a", NOW);
        span("t", "b", NOW);
        other.execute("DELETE FROM trace");

        assertThat(deletions.ofWorkspace("ws_1", 1)).isEqualTo(1);
        assertThat(deletions.ofWorkspace("ws_1", 5)).isEqualTo(1);
        assertThat(deletions.ofWorkspace("ws_1", 5)).isZero();
        assertThat(other.rows("SELECT span_id FROM span")).isEmpty();
    }

    /** Of the many rows of others no statement looks through more than a piece, and none is missed between two. */
    @Test
    void aUserAmongManyOthersIsFoundPieceByPiece() throws Exception {
        workspace("ws_1", "NULL");
        fill("ws_1", NOW.minus(Duration.ofDays(4)), 15);
        fillOf("ann", "ws_1", NOW.minus(Duration.ofDays(3)), 9);
        fill("ws_1", NOW.minus(Duration.ofDays(2)), 14);
        fillOf("ann", "ws_1", NOW, 1);
        for (int i = 0; i < 40; i++) {
            span("s" + i / 3, "s" + i, NOW);
        }
        other.execute("UPDATE span SET attributes = '{}' WHERE span_id NOT IN ('s0', 's13', 's21', 's39')");

        var deleted = new Deletions(database, events, (tx, ids) -> {}, 7).user("ws_1", "ann");

        assertThat(deleted).isEqualTo(new Deletions.Deleted(10, 4));
        assertThat(left("ws_1"))
                .hasSize(29)
                .allMatch(record -> record.origin().metadata().isEmpty());
        assertThat(events("ws_1")).isEqualTo(29);
        assertThat(other.rows("SELECT count(*) FROM span")).containsExactly("36");
    }

    @Test
    void anotherNodesTurnIsLeftToIt() throws Exception {
        workspace("ws_1", "1");
        fill("ws_1", NOW.minus(Duration.ofDays(2)), 3);

        new Retention(deletions, () -> NOW, () -> false).once();

        assertThat(left("ws_1")).hasSize(3);
    }

    @Test
    void aWorkspaceGoesBatchByBatch() throws Exception {
        workspace("ws_1", "NULL");
        workspace("ws_2", "NULL");
        fill("ws_2", NOW, 30);
        fill("ws_1", NOW, 120);

        int rows = 0;
        int batch;
        do {
            batch = deletions.ofWorkspace("ws_1", 50);
            assertThat(batch).isLessThanOrEqualTo(50);
            rows += batch;
        } while (batch > 0);

        assertThat(rows).as("inferences, traces, events").isEqualTo(120 + 12 + 120);
        assertThat(left("ws_1")).isEmpty();
        assertThat(events("ws_1")).isZero();
        assertThat(left("ws_2")).hasSize(30);
        assertThat(events("ws_2")).isEqualTo(30);
    }
}
