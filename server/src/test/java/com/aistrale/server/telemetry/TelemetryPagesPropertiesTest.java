package com.aistrale.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Sqlite;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Page after page gives every record that was asked for, once, newest first, whatever the page's size. */
class TelemetryPagesPropertiesTest {
    private static final Instant BEGIN = Instant.parse("2026-11-23T08:00:00Z");
    private static final int COUNT = 300;
    private static final int MINUTES = 30;
    private static final String[] PROVIDERS = {"openai", "anthropic", "gemini"};
    private static final String[] MODELS = {"a", "b"};
    private static final List<InferenceRecord> ALL = new ArrayList<>();

    private static Path folder;
    private static Database database;
    private static Telemetry telemetry;

    @BeforeContainer
    static void fill() throws Exception {
        folder = Files.createTempDirectory("telemetry-pages");
        database = Sqlite.open(folder.resolve("aistrale.db"));
        var random = new Random(42);
        var clock = InstantSource.fixed(BEGIN);
        telemetry = new Telemetry(database, new SqlEvents(), new Ids(clock, random), clock, "node_1");
        for (int i = 0; i < COUNT; i++) {
            // Many at the same millisecond, as under load.
            var at = BEGIN.plusSeconds(60L * random.nextInt(MINUTES)).plusMillis(random.nextInt(2));
            var running = Records.running(
                    new Ids(InstantSource.fixed(at), random).next("inf_"),
                    at,
                    PROVIDERS[random.nextInt(3)],
                    MODELS[random.nextInt(2)]);
            var begun = telemetry.begin(running);
            if (random.nextBoolean()) {
                begun.finish(Records.completed(running));
                ALL.add(Records.completed(running));
            } else {
                ALL.add(running);
            }
        }
        database.write(tx -> true);
        ALL.sort(Comparator.comparing(InferenceRecord::id).reversed());
    }

    @AfterContainer
    static void close() throws Exception {
        database.close();
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    @Property(tries = 150)
    void everyRecordOnceNewestFirst(
            @ForAll @IntRange(min = 1, max = Query.MOST) int limit,
            @ForAll @IntRange(min = 0, max = 3) int provider,
            @ForAll @IntRange(min = 0, max = 2) int model,
            @ForAll @IntRange(min = 0, max = 2) int status,
            @ForAll @IntRange(min = -1, max = MINUTES + 1) int since,
            @ForAll @IntRange(min = -1, max = MINUTES + 1) int until) {
        var filter = new TelemetryFilter(
                since < 0 ? null : BEGIN.plusSeconds(60L * since),
                until < 0 ? null : BEGIN.plusSeconds(60L * until),
                provider == 3 ? null : PROVIDERS[provider],
                model == 2 ? null : MODELS[model],
                status == 2 ? null : status == 1 ? Status.COMPLETED : Status.RUNNING,
                null,
                null,
                null,
                null,
                Map.of(),
                null);
        var first = new TelemetryQuery(filter, null, limit);

        var found = new ArrayList<InferenceRecord>();
        var page = telemetry.list(Records.WORKSPACE, first);
        while (true) {
            assertThat(page.records().size()).isLessThanOrEqualTo(limit);
            found.addAll(page.records());
            if (!page.more()) {
                break;
            }
            assertThat(page.records()).as("a page with more to come is full").hasSize(limit);
            page = telemetry.list(
                    Records.WORKSPACE, after(first, page.records().getLast().id()));
            assertThat(page.records()).as("more was promised").isNotEmpty();
        }

        assertThat(found)
                .isEqualTo(
                        ALL.stream().filter(record -> matches(filter, record)).toList());
    }

    /** Through how many rows one statement looks changes no answer. */
    @Property(tries = 150)
    void piecesOfAnySizeGiveTheSame(
            @ForAll @IntRange(min = 1, max = 50) int limit,
            @ForAll @IntRange(min = 1, max = 60) int piece,
            @ForAll @IntRange(min = 0, max = 3) int provider,
            @ForAll @IntRange(min = 0, max = 2) int status,
            @ForAll @IntRange(min = -1, max = MINUTES + 1) int since,
            @ForAll @IntRange(min = -1, max = MINUTES + 1) int until) {
        var filter = new TelemetryFilter(
                since < 0 ? null : BEGIN.plusSeconds(60L * since),
                until < 0 ? null : BEGIN.plusSeconds(60L * until),
                provider == 3 ? null : PROVIDERS[provider],
                null,
                status == 2 ? null : status == 1 ? Status.COMPLETED : Status.RUNNING,
                null,
                null,
                null,
                null,
                Map.of(),
                null);
        var rows = new SqlInferenceList(piece);

        var found = new ArrayList<InferenceRecord>();
        List<InferenceRecord> page;
        do {
            var below = found.isEmpty() ? null : found.getLast().id();
            page = database.read(tx -> rows.newest(tx, Records.WORKSPACE, filter, below, limit));
            found.addAll(page);
        } while (page.size() == limit);

        assertThat(found)
                .isEqualTo(
                        ALL.stream().filter(record -> matches(filter, record)).toList());
    }

    private static TelemetryQuery after(TelemetryQuery query, String cursor) {
        return new TelemetryQuery(query.filter(), cursor, query.limit());
    }

    private static boolean matches(TelemetryFilter query, InferenceRecord record) {
        return (query.since() == null || !record.createdAt().isBefore(query.since()))
                && (query.until() == null || record.createdAt().isBefore(query.until()))
                && (query.provider() == null || query.provider().equals(record.provider()))
                && (query.model() == null || query.model().equals(record.model()))
                && (query.status() == null || query.status() == record.status());
    }
}
