package com.aistrale.server.telemetry.summary;

import static org.assertj.core.api.Assertions.assertThat;

import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.TestDatabase;
import com.aistrale.server.pricing.Usage;
import com.aistrale.server.telemetry.InferenceRecord;
import com.aistrale.server.telemetry.InferenceRecord.Charge;
import com.aistrale.server.telemetry.InferenceRecord.Failure;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.PromptUse;
import com.aistrale.server.telemetry.InferenceRecord.Result;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import com.aistrale.server.telemetry.RecordJson;
import com.aistrale.server.telemetry.Records;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.TelemetryFilter;
import com.aistrale.server.telemetry.summary.Dimension.Field;
import com.aistrale.server.telemetry.summary.Dimension.MetadataKey;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** A summary is what one gets who adds up the list by hand. */
@Timeout(120)
abstract class SummaryContract {
    private static final Instant BEGIN = Instant.parse("2026-11-23T08:00:00Z");
    private static final int COUNT = 600;

    @TempDir
    Path folder;

    private final Random random = new Random(11);
    private final List<InferenceRecord> all = new ArrayList<>();
    private Database database;
    private Telemetry telemetry;
    private Summaries summaries;

    abstract TestDatabase database(Path folder) throws Exception;

    @BeforeEach
    void fill() throws Exception {
        database = database(folder).open();
        var clock = InstantSource.fixed(BEGIN);
        telemetry = new Telemetry(database, new SqlEvents(), new Ids(clock, random), clock, "node_1");
        summaries = new Summaries(database);
        for (int i = 0; i < COUNT; i++) {
            all.add(record(BEGIN.plusMillis(random.nextInt(6 * 3_600_000))));
        }
    }

    @AfterEach
    void close() {
        database.close();
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private @Nullable Long maybe(int bound) {
        return random.nextInt(4) == 0 ? null : (long) random.nextInt(bound);
    }

    private InferenceRecord record(Instant at) {
        var origin = new Origin(
                Records.WORKSPACE,
                one(List.of("key_1", "key_2")),
                random.nextBoolean() ? null : "python/1",
                null,
                "s" + random.nextInt(40),
                true,
                random.nextBoolean() ? Map.of() : Map.of("team", one(List.of("a", "b\"", "c\n"))),
                random.nextBoolean() ? null : new PromptUse("greet", 1),
                null);
        var running = new InferenceRecord(
                new Ids(InstantSource.fixed(at), random).next("inf_"),
                Status.RUNNING,
                at,
                null,
                origin,
                one(List.of("openai", "gemini")),
                one(List.of("m1", "m2", "m3")),
                null);
        var begun = telemetry.begin(running);
        var status = one(List.of(Status.values()));
        if (status == Status.RUNNING) {
            database.write(tx -> true);
            return running;
        }
        var usage =
                random.nextInt(4) == 0 ? null : new Usage(maybe(5000), (long) random.nextInt(500), null, null, null);
        var cost = random.nextInt(3) == 0 ? Charge.UNKNOWN : new Charge(Math.abs(random.nextLong() >> 14), "reported");
        var failure = status == Status.COMPLETED ? null : new Failure("x", "y", running.provider(), null);
        var ended = new InferenceRecord(
                running.id(),
                status,
                at,
                at.plusMillis(1),
                origin,
                running.provider(),
                running.model(),
                new Result(null, usage, cost, maybe(300), maybe(50), List.of(), failure));
        begun.finish(ended);
        return ended;
    }

    private static @Nullable String value(InferenceRecord record, Dimension dimension) {
        var origin = record.origin();
        return switch (dimension) {
            case MetadataKey key -> origin.metadata().get(key.key());
            case Field field ->
                switch (field) {
                    case MODEL -> record.model();
                    case PROVIDER -> record.provider();
                    case PROMPT ->
                        origin.prompt() == null ? null : origin.prompt().name();
                    case SESSION_ID -> origin.sessionId();
                    case API_KEY_ID -> origin.apiKeyId();
                    case CLIENT -> origin.client();
                    case STATUS -> record.status().wireName();
                };
        };
    }

    @Test
    void everySumIsTheSumOfTheList() {
        var dimensions = new ArrayList<Dimension>(List.of(Field.values()));
        dimensions.add(new MetadataKey("team"));
        for (int i = 0; i < 60; i++) {
            var by = new ArrayList<Dimension>();
            for (int d = random.nextInt(3); d > 0; d--) {
                by.add(one(dimensions));
            }
            var interval = random.nextBoolean() ? null : one(List.of(Interval.values()));
            var filter = TelemetryFilter.ALL.within(
                    BEGIN.plus(Duration.ofMinutes(random.nextInt(60))),
                    random.nextBoolean() ? null : BEGIN.plus(Duration.ofMinutes(200 + random.nextInt(100))));
            var query = new SummaryQuery(
                    filter,
                    filter.since(),
                    BEGIN.plus(Duration.ofHours(6)),
                    by.stream().distinct().toList(),
                    interval);

            var json = SummaryJson.of(query, summaries.of(Records.WORKSPACE, query));

            assertThat(json.get("truncated").booleanValue()).isFalse();
            assertThat(json.get("groups").values().stream().map(Object::toString))
                    .as("%s %s", by, interval)
                    .containsExactlyElementsOf(
                            byHand(query).stream().map(Object::toString).toList());
        }
    }

    private List<ObjectNode> byHand(SummaryQuery query) {
        var records = all.stream()
                .filter(record -> !record.createdAt().isBefore(query.since()))
                .filter(record -> query.filter().until() == null
                        || record.createdAt().isBefore(query.filter().until()))
                .toList();
        record Key(List<@Nullable String> values) {}
        var groups = records.stream()
                .collect(Collectors.groupingBy(record -> new Key(query.by().stream()
                        .map(dimension -> value(record, dimension))
                        .collect(Collectors.toCollection(ArrayList::new)))));
        Comparator<@Nullable String> nulls = Comparator.nullsFirst(Comparator.naturalOrder());
        return groups.entrySet().stream()
                .sorted((a, b) -> {
                    int order =
                            Integer.compare(b.getValue().size(), a.getValue().size());
                    for (int i = 0; order == 0 && i < query.by().size(); i++) {
                        order = nulls.compare(
                                a.getKey().values().get(i), b.getKey().values().get(i));
                    }
                    return order;
                })
                .flatMap(group -> group.getValue().stream()
                        .collect(Collectors.groupingBy(
                                record -> start(record, query.interval()), java.util.TreeMap::new, Collectors.toList()))
                        .entrySet()
                        .stream()
                        .map(bucket -> byHand(
                                query.by(),
                                group.getKey().values(),
                                query.interval() == null ? null : bucket.getKey(),
                                bucket.getValue())))
                .toList();
    }

    private static Instant start(InferenceRecord record, @Nullable Interval interval) {
        if (interval == null) {
            return Instant.EPOCH;
        }
        var width = switch (interval) {
            case MINUTE -> Duration.ofMinutes(1);
            case FIVE_MINUTES -> Duration.ofMinutes(5);
            case QUARTER -> Duration.ofMinutes(15);
            case HOUR -> Duration.ofHours(1);
            case SIX_HOURS -> Duration.ofHours(6);
            case DAY -> Duration.ofDays(1);
        };
        var start = Instant.parse("2026-11-23T00:00:00Z");
        while (!record.createdAt().isBefore(start.plus(width))) {
            start = start.plus(width);
        }
        return start;
    }

    private static ObjectNode byHand(
            List<Dimension> by, List<@Nullable String> values, @Nullable Instant start, List<InferenceRecord> records) {
        var json = Json.object();
        var group = json.putObject("group");
        for (int i = 0; i < by.size(); i++) {
            group.put(by.get(i).wireName(), values.get(i));
        }
        json.put("bucket_start", start == null ? null : Json.time(start));
        json.put("count", (long) records.size());
        json.put(
                "errors",
                records.stream()
                        .filter(record -> record.status() != Status.RUNNING && record.status() != Status.COMPLETED)
                        .count());
        var results = records.stream()
                .map(InferenceRecord::result)
                .filter(Objects::nonNull)
                .toList();
        percentiles(
                json.putObject("latency_ms"),
                results.stream().map(Result::latencyMs).toList());
        percentiles(
                json.putObject("time_to_first_token_ms"),
                results.stream().map(Result::timeToFirstTokenMs).toList());
        json.put("input_tokens", tokens(results, Usage::inputTokens));
        json.put("output_tokens", tokens(results, Usage::outputTokens));
        var costs = results.stream()
                .map(result -> result.charge().nanoUsd())
                .filter(Objects::nonNull)
                .map(BigInteger::valueOf)
                .toList();
        json.put(
                "cost_usd",
                costs.isEmpty()
                        ? null
                        : RecordJson.usd(costs.stream()
                                .reduce(BigInteger.ZERO, BigInteger::add)
                                .longValueExact()));
        json.put("cost_unknown", (long) records.size() - costs.size());
        return json;
    }

    private static long tokens(List<Result> results, java.util.function.Function<Usage, @Nullable Long> tokens) {
        return results.stream()
                .map(Result::usage)
                .filter(Objects::nonNull)
                .map(tokens)
                .filter(Objects::nonNull)
                .mapToLong(Long::longValue)
                .sum();
    }

    private static void percentiles(ObjectNode json, List<@Nullable Long> values) {
        var sorted = values.stream().filter(Objects::nonNull).sorted().toList();
        for (int percent : new int[] {50, 95, 99}) {
            json.put("p" + percent, sorted.isEmpty() ? null : sorted.get((sorted.size() * percent + 99) / 100 - 1));
        }
    }

    @Test
    void theLargestGroupsComeAndTheRestIsSaidToBeLeftOut() {
        for (int i = 0; i < SummaryTable.MOST_GROUPS + 5; i++) {
            var at = BEGIN.plus(Duration.ofDays(1));
            var origin = new Origin(Records.WORKSPACE, "key_1", null, null, "one-" + i, true, Map.of(), null, null);
            telemetry.begin(new InferenceRecord(
                    new Ids(InstantSource.fixed(at), random).next("inf_"),
                    Status.RUNNING,
                    at,
                    null,
                    origin,
                    "p",
                    "m",
                    null));
        }
        database.write(tx -> true);
        var query = new SummaryQuery(
                TelemetryFilter.ALL.within(BEGIN, null),
                BEGIN,
                BEGIN.plus(Duration.ofDays(2)),
                List.of(Field.SESSION_ID),
                null);

        var json = SummaryJson.of(query, summaries.of(Records.WORKSPACE, query));

        assertThat(json.get("truncated").booleanValue()).isTrue();
        assertThat(json.get("groups")).hasSize(SummaryTable.MOST_GROUPS);
        assertThat(json.get("groups").get(0).get("count").intValue()).isGreaterThan(5);
        assertThat(json.get("groups").get(999).get("count").intValue()).isEqualTo(1);
    }
}
