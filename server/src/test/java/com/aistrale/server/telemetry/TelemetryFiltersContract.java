package com.aistrale.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.telemetry.InferenceRecord.Attempt;
import com.aistrale.server.telemetry.InferenceRecord.Charge;
import com.aistrale.server.telemetry.InferenceRecord.Failure;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.PromptUse;
import com.aistrale.server.telemetry.InferenceRecord.Result;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a filter lets through is what its words say, page by page, and nothing is lost while the clock jumps. */
@Timeout(120)
abstract class TelemetryFiltersContract {
    private static final Instant BEGIN = Instant.parse("2026-11-23T08:00:00Z");
    private static final int COUNT = 400;
    private static final int TRIES = 400;

    /** Keys and values that are each other's pieces, and whose JSON looks like JSON's own marks. */
    private static final String[] WORDS = {
        "a", "A", "a\"b", "b", "\":\"", ",", "\n", "\\", "{", "}", "é", "null", "", ":"
    };

    @TempDir
    Path folder;

    private final Random random = new Random(7);
    private final List<InferenceRecord> all = new ArrayList<>();
    private Database database;
    private Telemetry telemetry;

    abstract TestDatabase database(Path folder) throws Exception;

    /** Whether its upper and lower case are of all letters; else of ASCII's alone, and others are as they are. */
    abstract boolean knowsEveryLetter();

    @BeforeEach
    void fill() throws Exception {
        database = database(folder).open();
        var clock = InstantSource.fixed(BEGIN);
        telemetry = new Telemetry(database, new SqlEvents(), new Ids(clock, random), clock, "node_1");
        for (int i = 0; i < COUNT; i++) {
            add(BEGIN.plusSeconds(random.nextInt(1800)).plusMillis(random.nextInt(2)));
        }
        sort();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    private InferenceRecord add(Instant at) {
        var metadata = new HashMap<String, String>();
        for (int i = random.nextInt(4); i > 0; i--) {
            var key = word();
            metadata.put(key.isEmpty() ? "k" : key, word());
        }
        var origin = new Origin(
                Records.WORKSPACE,
                one(List.of("key_1", "key_2")),
                one(List.of("python/1", "python/1.1")),
                null,
                one(List.of("s", "S", "s1")),
                false,
                metadata,
                random.nextBoolean() ? null : new PromptUse(one(List.of("greet", "greeting")), 1 + random.nextInt(2)),
                null);
        var model = one(List.of("gpt-4o", "GPT_4o", "gpt%4o", "a!b"));
        var running = new InferenceRecord(
                new Ids(InstantSource.fixed(at), random).next("inf_"),
                Status.RUNNING,
                at,
                null,
                origin,
                one(List.of("openai", "gemini")),
                model,
                null);
        var begun = telemetry.begin(running);
        if (random.nextInt(3) == 0) {
            database.write(tx -> true);
            all.add(running);
            return running;
        }
        var failure = random.nextBoolean() ? null : new Failure("provider_failed", "Broke: " + word() + ".", null, 500);
        var ended = new InferenceRecord(
                running.id(),
                failure == null ? Status.COMPLETED : Status.FAILED,
                at,
                at.plusMillis(5),
                origin,
                running.provider(),
                model,
                new Result(
                        null,
                        null,
                        Charge.UNKNOWN,
                        5L,
                        null,
                        List.of(new Attempt(running.provider(), model, "x", 5, null, null)),
                        failure == null
                                ? null
                                : new Failure(failure.code(), failure.message(), running.provider(), 500)));
        begun.finish(ended);
        all.add(ended);
        return ended;
    }

    private void sort() {
        all.sort(Comparator.comparing(InferenceRecord::id).reversed());
    }

    private <T> @Nullable T maybe(T value) {
        return random.nextInt(5) == 0 ? value : null;
    }

    private TelemetryFilter filter() {
        var metadata = new HashMap<String, String>();
        for (int i = random.nextInt(8) - 5; i > 0; i--) {
            var key = word();
            metadata.put(key.isEmpty() ? "k" : key, word());
        }
        var text = one(List.of("GPT", "gpt_", "%", "!", "GREETING", "broke: a", "\"", "\\", "É"));
        return new TelemetryFilter(
                maybe(BEGIN.plusSeconds(random.nextInt(1800))),
                maybe(BEGIN.plusSeconds(random.nextInt(1800))),
                maybe("openai"),
                maybe(one(List.of("gpt-4o", "GPT_4o"))),
                maybe(one(List.of(Status.values()))),
                maybe(one(List.of("s", "S"))),
                maybe(new TelemetryFilter.Prompt("greet", random.nextBoolean() ? null : 1 + random.nextInt(3))),
                maybe("key_1"),
                maybe("python/1"),
                metadata,
                maybe(text));
    }

    private List<InferenceRecord> pages(TelemetryFilter filter, int limit, Runnable between) {
        var found = new ArrayList<InferenceRecord>();
        var page = telemetry.list(Records.WORKSPACE, new TelemetryQuery(filter, null, limit));
        while (true) {
            found.addAll(page.records());
            if (!page.more()) {
                return found;
            }
            assertThat(page.records()).hasSize(limit);
            between.run();
            page = telemetry.list(
                    Records.WORKSPACE,
                    new TelemetryQuery(filter, page.records().getLast().id(), limit));
        }
    }

    @Test
    void aFilterSaysWhatItSays() {
        int some = 0;
        for (int i = 0; i < TRIES; i++) {
            var filter = filter();
            var expected =
                    all.stream().filter(record -> matches(filter, record)).toList();
            some += expected.isEmpty() ? 0 : 1;

            assertThat(pages(filter, 1 + random.nextInt(200), () -> {}))
                    .as("%s", filter)
                    .isEqualTo(expected);
        }
        assertThat(some).as("filters that find something").isGreaterThan(TRIES / 5);
    }

    /** While pages are read, records come whose ids tell earlier times, as after the clock was set back. */
    @Test
    void noPageIsLostWhileTheClockGoesBack() {
        var before = List.copyOf(all);

        var found = pages(TelemetryFilter.ALL, 20, () -> add(BEGIN.minus(Duration.ofHours(1 + random.nextInt(3)))));

        assertThat(found).doesNotHaveDuplicates().containsAll(before);
        assertThat(found)
                .isSortedAccordingTo(Comparator.comparing(InferenceRecord::id).reversed());
        sort();
        assertThat(pages(TelemetryFilter.ALL, 33, () -> {})).isEqualTo(all);
    }

    private boolean matches(TelemetryFilter filter, InferenceRecord record) {
        var origin = record.origin();
        var prompt = filter.prompt();
        return (filter.since() == null || !record.createdAt().isBefore(filter.since()))
                && (filter.until() == null || record.createdAt().isBefore(filter.until()))
                && (filter.provider() == null || filter.provider().equals(record.provider()))
                && (filter.model() == null || filter.model().equals(record.model()))
                && (filter.status() == null || filter.status() == record.status())
                && (filter.sessionId() == null || filter.sessionId().equals(origin.sessionId()))
                && (prompt == null
                        || (origin.prompt() != null
                                && origin.prompt().name().equals(prompt.name())
                                && (prompt.version() == null
                                        || prompt.version() == origin.prompt().version())))
                && (filter.apiKeyId() == null || filter.apiKeyId().equals(origin.apiKeyId()))
                && (filter.client() == null || filter.client().equals(origin.client()))
                && contains(origin.metadata(), filter.metadata())
                && (filter.text() == null || says(record, filter.text()));
    }

    private static boolean contains(Map<String, String> metadata, Map<String, String> wanted) {
        return metadata.entrySet().containsAll(wanted.entrySet());
    }

    private boolean says(InferenceRecord record, String text) {
        var result = record.result();
        var said = record.model() + "\0"
                + (record.origin().prompt() == null
                        ? ""
                        : record.origin().prompt().name()) + "\0"
                + (result == null || result.failure() == null
                        ? ""
                        : result.failure().message());
        boolean foreign = text.equals("É") && !knowsEveryLetter();
        return foreign ? said.contains(text) : said.toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT));
    }
}
