package com.aistrale.server.pricing;

import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.pricing.Located.Arr;
import com.aistrale.server.pricing.Located.Bool;
import com.aistrale.server.pricing.Located.Num;
import com.aistrale.server.pricing.Located.Obj;
import com.aistrale.server.pricing.Located.Text;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of an object, read by name and type. A mistake is noted and null handed out, so that reading goes on to
 * the next mistake.
 */
final class Fields {
    private static final BigDecimal NANO = BigDecimal.valueOf(1_000_000_000);

    private final Located at;
    private final String path;
    private final Map<String, Located> members;
    private final Mistakes mistakes;
    private final Set<String> asked = new LinkedHashSet<>();

    private Fields(Located at, String path, Map<String, Located> members, Mistakes mistakes) {
        this.at = at;
        this.path = path;
        this.members = members;
        this.mistakes = mistakes;
    }

    /** The members of {@code at}, or null, with a mistake noted, when it is no object. */
    static @Nullable Fields of(Located at, String path, Mistakes mistakes) {
        if (at instanceof Obj object) {
            return new Fields(at, path, object.members(), mistakes);
        }
        mistakes.add(at.line(), path, "an object", at.found());
        return null;
    }

    /** A member that is there for readers of the file only. */
    void ignore(String name) {
        asked.add(name);
    }

    /** Notes that the member must be there. */
    Fields require(String name) {
        if (!members.containsKey(name)) {
            mistakes.add(at.line(), path, "a member \"" + name + "\"", "none");
        }
        return this;
    }

    @Nullable
    String text(String name) {
        var value = member(name);
        if (value instanceof Text text && !text.value().isBlank()) {
            return text.value();
        }
        wrong(name, value, "a text that is not empty");
        return null;
    }

    @Nullable
    Boolean flag(String name) {
        var value = member(name);
        if (value instanceof Bool flag) {
            return flag.value();
        }
        wrong(name, value, "true or false");
        return null;
    }

    /** A count of tokens, at least 1. */
    @Nullable
    Long tokens(String name) {
        var value = member(name);
        if (value instanceof Num number && isWhole(number.value()) && within(number.value(), 1, Usage.MAX_TOKENS)) {
            return number.value().longValueExact();
        }
        wrong(name, value, "a whole number of tokens, at least 1");
        return null;
    }

    /** Dollars per million tokens, as nano-dollars per million tokens. */
    @Nullable
    Long rate(String name) {
        var value = member(name);
        if (value instanceof Num dollars) {
            var nano = dollars.value().multiply(NANO);
            if (isWhole(nano) && within(nano, 0, Price.Rates.MAX)) {
                return nano.longValueExact();
            }
        }
        wrong(name, value, "US dollars per million tokens, a number from 0 to 1000 with at most 9 decimals");
        return null;
    }

    @Nullable
    LocalDate day(String name) {
        var value = member(name);
        try {
            if (value instanceof Text text) {
                return LocalDate.parse(text.value());
            }
        } catch (DateTimeParseException e) {
            // said below, as for any other value that is no day
        }
        wrong(name, value, "a day as YYYY-MM-DD");
        return null;
    }

    /** Empty when the member is absent. */
    List<String> texts(String name) {
        var texts = new ArrayList<String>();
        for (var item : items(name)) {
            if (item instanceof Text text && !text.value().isBlank()) {
                texts.add(text.value());
            } else {
                wrong(name, item, "a list of texts that are not empty");
            }
        }
        return texts;
    }

    @Nullable
    Fields object(String name) {
        var value = member(name);
        return value == null ? null : of(value, path + "." + name, mistakes);
    }

    /** Empty when the member is absent; items that are no objects are left out, with a mistake noted. */
    List<Fields> objects(String name) {
        var objects = new ArrayList<Fields>();
        var items = items(name);
        for (int i = 0; i < items.size(); i++) {
            var fields = of(items.get(i), (path.isEmpty() ? "" : path + ".") + name + "[" + i + "]", mistakes);
            if (fields != null) {
                objects.add(fields);
            }
        }
        return objects;
    }

    /** To be called when all that is known was asked for. */
    void noOthers() {
        members.forEach((name, value) -> {
            if (!asked.contains(name)) {
                mistakes.add(
                        value.line(),
                        path,
                        "no other members than " + String.join(", ", asked),
                        "\"" + name + "\"" + Nearest.hint(name, asked));
            }
        });
    }

    /** Notes a mistake about the object as a whole. */
    void mistake(String expected, String found) {
        mistakes.add(at.line(), path, expected, found);
    }

    private List<Located> items(String name) {
        var value = member(name);
        if (value instanceof Arr list) {
            return list.items();
        }
        wrong(name, value, "a list");
        return List.of();
    }

    private @Nullable Located member(String name) {
        asked.add(name);
        return members.get(name);
    }

    private void wrong(String name, @Nullable Located value, String expected) {
        if (value != null) {
            mistakes.add(value.line(), path.isEmpty() ? name : path + "." + name, expected, value.found());
        }
    }

    private static boolean isWhole(BigDecimal number) {
        return number.stripTrailingZeros().scale() <= 0;
    }

    private static boolean within(BigDecimal number, long least, long most) {
        return number.compareTo(BigDecimal.valueOf(least)) >= 0 && number.compareTo(BigDecimal.valueOf(most)) <= 0;
    }
}
