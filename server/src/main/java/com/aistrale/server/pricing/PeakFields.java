package com.aistrale.server.pricing;

import com.aistrale.server.pricing.PeakHours.Hours;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code "peak": {"days": ["monday", …], "hours_utc": ["01:00-04:00", …], "usd_per_million_tokens": {…}}}. */
final class PeakFields {
    private static final Pattern HOURS = Pattern.compile("((?:[01]\\d|2[0-3]):[0-5]\\d)-((?:[01]\\d|2[0-3]):[0-5]\\d)");

    private PeakFields() {}

    /** Null when there is none. */
    static @Nullable PeakHours read(Fields owner) {
        var peak = owner.object("peak");
        if (peak == null) {
            return null;
        }
        var days = days(peak.require("days"));
        var hours = hours(peak.require("hours_utc"));
        var rates = peak.require(PriceFile.USD).object(PriceFile.USD);
        peak.noOthers();
        return rates == null ? null : new PeakHours(days, hours, PriceFile.price(rates));
    }

    private static Set<DayOfWeek> days(Fields peak) {
        var days = EnumSet.noneOf(DayOfWeek.class);
        for (var name : peak.texts("days")) {
            try {
                days.add(DayOfWeek.valueOf(name.toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                peak.mistake("days as monday to sunday", "\"" + name + "\"");
            }
        }
        return days;
    }

    private static List<Hours> hours(Fields peak) {
        var hours = new ArrayList<Hours>();
        for (var text : peak.texts("hours_utc")) {
            var match = HOURS.matcher(text);
            var from = match.matches() ? LocalTime.parse(match.group(1)) : LocalTime.MAX;
            var until = match.matches() ? LocalTime.parse(match.group(2)) : LocalTime.MIN;
            if (from.isBefore(until)) {
                hours.add(new Hours(from, until));
            } else {
                peak.mistake("hours_utc as HH:MM-HH:MM, the later one behind", "\"" + text + "\"");
            }
        }
        return hours;
    }
}
