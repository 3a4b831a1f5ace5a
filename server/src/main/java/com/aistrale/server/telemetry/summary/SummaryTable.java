package com.aistrale.server.telemetry.summary;

import com.aistrale.server.kit.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts rows into the cells of groups and buckets. One thread. */
final class SummaryTable {
    /** Groups of an answer. */
    static final int MOST_GROUPS = 1000;

    /** Cells of an answer: so many groups, each with all its buckets, as go into it; one does always. */
    static final int MOST_ANSWERED = 20_000;

    /** Cells that are held, to find the largest groups among them. */
    static final int MOST_CELLS = 200_000;

    /** A group's values. */
    record Group(@Nullable String first, @Nullable String second) {}

    /** A group with its cells by the start of their buckets. */
    record Line(Group group, long count, Map<Long, Cell> cells) {}

    /** @param truncated whether smaller groups were left out */
    record Lines(List<Line> lines, boolean truncated) {}

    private static final Comparator<@Nullable String> NULL_FIRST = Comparator.nullsFirst(Comparator.naturalOrder());
    private static final Comparator<Line> LARGEST_FIRST = Comparator.comparingLong(Line::count)
            .reversed()
            .thenComparing(line -> line.group().first(), NULL_FIRST)
            .thenComparing(line -> line.group().second(), NULL_FIRST);

    private final SummaryQuery query;
    private final Map<Group, Map<Long, Cell>> groups = new HashMap<>();
    private int cells;

    SummaryTable(SummaryQuery query) {
        this.query = query;
    }

    void add(Row row) {
        var group = groups.computeIfAbsent(new Group(row.first(), row.second()), absent -> new TreeMap<>());
        long bucket = query.interval() == null ? 0 : query.interval().start(row.createdAt());
        var cell = group.get(bucket);
        if (cell == null) {
            if (++cells > MOST_CELLS) {
                throw tooMany();
            }
            cell = new Cell();
            group.put(bucket, cell);
        }
        cell.add(row);
    }

    private RuntimeException tooMany() {
        var by = query.by().stream().map(Dimension::wireName).collect(Collectors.joining(","));
        return Problem.invalid(
                        "?group_by",
                        "more than " + MOST_CELLS + " different groups of " + by
                                + (query.interval() == null ? "" : " and intervals")
                                + " are in this window: take a shorter one, or add a filter")
                .exception();
    }

    /** The largest groups, largest first. */
    Lines lines() {
        var all = new ArrayList<Line>(groups.size());
        groups.forEach((group, cells) -> all.add(
                new Line(group, cells.values().stream().mapToLong(Cell::count).sum(), cells)));
        all.sort(LARGEST_FIRST);
        int fit = 0;
        int answered = 0;
        while (fit < Math.min(all.size(), MOST_GROUPS)
                && (fit == 0 || answered + all.get(fit).cells().size() <= MOST_ANSWERED)) {
            answered += all.get(fit++).cells().size();
        }
        return new Lines(List.copyOf(all.subList(0, fit)), fit < all.size());
    }
}
