package com.aistrale.server.pricing;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;

/**
 * Hours of the week in which a provider asks another price. A public holiday that a provider exempts is not known here
 * and counts as any other day.
 *
 * @param days the days of the week, in UTC
 * @param hours the times of such a day, in UTC
 * @param price what holds in these hours instead
 */
public record PeakHours(Set<DayOfWeek> days, List<Hours> hours, Price price) {

    /**
     * A part of a day, in UTC.
     *
     * @param until the first moment after it; later than {@code from}
     */
    public record Hours(LocalTime from, LocalTime until) {
        public Hours {
            if (!from.isBefore(until)) {
                throw new IllegalArgumentException("peak hours end before they begin: " + from + "-" + until);
            }
        }

        private boolean contain(LocalTime time) {
            return !time.isBefore(from) && time.isBefore(until);
        }
    }

    public PeakHours {
        days = Set.copyOf(days);
        hours = List.copyOf(hours);
    }

    boolean contain(Instant time) {
        var utc = time.atOffset(ZoneOffset.UTC);
        return days.contains(utc.getDayOfWeek()) && hours.stream().anyMatch(part -> part.contain(utc.toLocalTime()));
    }
}
