package com.aistrale.server.telemetry.summary;

import com.aistrale.server.kit.http.Query;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.telemetry.FilterReader;
import com.aistrale.server.telemetry.summary.Dimension.Field;
import com.aistrale.server.telemetry.summary.Dimension.MetadataKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a {@link SummaryQuery}. */
final class SummaryReader {
    static final List<String> PARAMETERS = FilterReader.with("group_by", "interval");

    private static final Duration USUAL = Duration.ofHours(24);
    private static final int MOST_DIMENSIONS = 2;
    private static final int MOST_BUCKETS = 2000;
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999Z");

    private final FilterReader filters;
    private final InstantSource clock;

    SummaryReader(InstantSource clock) {
        this.filters = new FilterReader(clock);
        this.clock = clock;
    }

    SummaryQuery read(Query query) {
        var filter = filters.past(query);
        var now = clock.instant();
        var until = filter.until() == null ? now : filter.until();
        var since = filter.since() == null ? before(until) : filter.since();
        var by = by(query);
        var interval = interval(query, toldFrom(since), toldFrom(until));
        query.check();
        return new SummaryQuery(filter.within(since, filter.until()), toldFrom(since), toldFrom(until), by, interval);
    }

    private static Instant before(Instant until) {
        return toldFrom(until).minus(USUAL);
    }

    /** Within the years that a time on the wire is written with. */
    private static Instant toldFrom(Instant time) {
        return time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time.isAfter(LAST) ? LAST : time;
    }

    private static List<Dimension> by(Query query) {
        var text = query.text("group_by");
        if (text == null) {
            return List.of();
        }
        var by = new ArrayList<Dimension>();
        for (var name : text.split(",", -1)) {
            var dimension = dimension(name);
            if (dimension == null) {
                query.mistake(
                        "group_by",
                        "`" + name + "` is none of " + String.join(", ", Dimension.names())
                                + Nearest.hint(name, Dimension.names()));
            } else if (by.contains(dimension)) {
                query.mistake("group_by", "`" + name + "` is there twice");
            } else {
                by.add(dimension);
            }
        }
        if (by.size() > MOST_DIMENSIONS) {
            query.mistake("group_by", "names " + by.size() + "; the most is " + MOST_DIMENSIONS);
        }
        return by;
    }

    private static @Nullable Dimension dimension(String name) {
        if (name.startsWith(MetadataKey.PREFIX) && name.length() > MetadataKey.PREFIX.length()) {
            return new MetadataKey(name.substring(MetadataKey.PREFIX.length()));
        }
        for (var field : Field.values()) {
            if (field.wireName().equals(name)) {
                return field;
            }
        }
        return null;
    }

    private static @Nullable Interval interval(Query query, Instant since, Instant until) {
        var text = query.text("interval");
        if (text == null) {
            return null;
        }
        var interval = Interval.of(text);
        if (interval == null) {
            query.mistake("interval", "`" + text + "` is none of " + Interval.NAMES);
        } else if (interval.count(since, until) > MOST_BUCKETS) {
            query.mistake(
                    "interval",
                    interval.count(since, until) + " intervals of " + text + " lie in this window; the most is "
                            + MOST_BUCKETS + ": take a longer one, or a shorter window");
        }
        return interval;
    }
}
