package com.aistrale.server.budgets;

import com.aistrale.server.access.Access;
import com.aistrale.server.access.Caller;
import com.aistrale.server.access.Names;
import com.aistrale.server.access.ProviderNames;
import com.aistrale.server.budgets.Budget.Action;
import com.aistrale.server.budgets.Budgets.Changes;
import com.aistrale.server.budgets.Budgets.Wanted;
import com.aistrale.server.kit.json.Pointer;
import com.aistrale.server.kit.json.Reading;
import com.aistrale.server.kit.problem.Nearest;
import com.aistrale.server.kit.problem.ProblemException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reads what callers say of budgets. */
final class BudgetReader {
    private static final List<String> CHANGEABLE = List.of("name", "limit_usd", "thresholds", "action");
    private static final List<String> FIELDS = List.of("name", "scope", "period", "limit_usd", "thresholds", "action");
    private static final List<Integer> USUAL_THRESHOLDS = List.of(50, 80, 100);
    private static final int MOST_THRESHOLDS = 10;
    private static final int HIGHEST_THRESHOLD = 1000;
    private static final BigDecimal MOST_USD = BigDecimal.valueOf(Budget.MOST_NANO_USD, 9);
    private static final int DECIMALS = 9;
    private static final int LONGEST_MODEL = 300;
    private static final int LONGEST_KEY = 64;
    private static final int LONGEST_VALUE = 512;

    /** The fields of each type of scope, its type among them. */
    private static final Map<String, List<String>> SCOPES = new LinkedHashMap<>();

    static {
        SCOPES.put(BudgetJson.WORKSPACE, List.of("type"));
        SCOPES.put(BudgetJson.API_KEY, List.of("type", "api_key_id"));
        SCOPES.put(BudgetJson.PROVIDER, List.of("type", "provider"));
        SCOPES.put(BudgetJson.MODEL, List.of("type", "provider", "model"));
        SCOPES.put(BudgetJson.METADATA, List.of("type", "key", "value"));
    }

    private final Access access;
    private final ProviderNames providers;

    BudgetReader(Access access, ProviderNames providers) {
        this.access = access;
        this.providers = providers;
    }

    /** @throws ProblemException {@code invalid_request} that names every mistake */
    Wanted wanted(Caller caller, ObjectNode body) {
        var reading = new Reading();
        reading.known(body, Pointer.ROOT, FIELDS);
        var name = Names.read(reading, body);
        var scope = scope(caller, reading, body);
        var period = word(reading, body, "period", Period.values(), Period::wireName, true);
        var limit = limit(reading, body);
        var thresholds = thresholds(reading, body);
        var action = word(reading, body, "action", Action.values(), Action::wireName, false);
        reading.check();
        return new Wanted(
                name,
                Objects.requireNonNull(scope),
                Objects.requireNonNull(period),
                limit,
                thresholds == null ? USUAL_THRESHOLDS : thresholds,
                action == null ? Action.ALERT : action);
    }

    /** @throws ProblemException {@code invalid_request} that names every mistake */
    Changes changes(ObjectNode body) {
        var reading = new Reading();
        for (var fixed : List.of("scope", "period")) {
            if (body.has(fixed)) {
                reading.mistake(
                        Pointer.ROOT.field(fixed),
                        "a budget keeps its " + fixed + ": make another budget with the one wanted, then delete this");
            }
        }
        reading.known(body, Pointer.ROOT, FIELDS);
        for (var field : CHANGEABLE) {
            if (body.has(field) && body.get(field).isNull()) {
                reading.mistake(Pointer.ROOT.field(field), "cannot be null; leave it out to keep what it is");
            }
        }
        var changes = new Changes(
                isSaid(body, "name") ? Names.read(reading, body) : null,
                isSaid(body, "limit_usd") ? limit(reading, body) : null,
                isSaid(body, "thresholds") ? thresholds(reading, body) : null,
                isSaid(body, "action")
                        ? word(reading, body, "action", Action.values(), Action::wireName, false)
                        : null);
        reading.check();
        return changes;
    }

    private static boolean isSaid(ObjectNode body, String field) {
        return Reading.said(body, field) != null;
    }

    private static <T> @Nullable T word(
            Reading reading, ObjectNode body, String field, T[] all, Function<T, String> name, boolean needed) {
        var text = needed ? reading.required(body, Pointer.ROOT, field) : reading.string(body, Pointer.ROOT, field);
        if (text == null || (needed && !body.path(field).isString())) {
            return null;
        }
        for (var one : all) {
            if (name.apply(one).equals(text)) {
                return one;
            }
        }
        var names = Arrays.stream(all).map(name).toList();
        reading.mistake(Pointer.ROOT.field(field), noneOf(text, names));
        return null;
    }

    private static String noneOf(String text, List<String> names) {
        var all = names.stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
        return "`" + text + "` is none of " + all + Nearest.hint(text, names);
    }

    /** In nano-dollars; 0, with a mistake noted, when it is none. */
    private static long limit(Reading reading, ObjectNode body) {
        var at = Pointer.ROOT.field("limit_usd");
        var value = Reading.said(body, "limit_usd");
        if (value == null) {
            reading.mistake(at, "is missing");
            return 0;
        }
        if (!value.isNumber()) {
            reading.wrongType(value, at, "a number");
            return 0;
        }
        var usd = value.decimalValue();
        if (usd.signum() <= 0) {
            reading.mistake(at, "must be above 0");
        } else if (usd.compareTo(MOST_USD) > 0) {
            reading.mistake(
                    at, "must be at most " + MOST_USD.stripTrailingZeros().toPlainString());
        } else if (usd.stripTrailingZeros().scale() > DECIMALS) {
            reading.mistake(at, "must have at most " + DECIMALS + " decimals: money is counted in nano-dollars");
        } else {
            return usd.movePointRight(DECIMALS).longValueExact();
        }
        return 0;
    }

    /** Ascending; null when absent. */
    private static @Nullable List<Integer> thresholds(Reading reading, ObjectNode body) {
        var array = reading.array(body, Pointer.ROOT, "thresholds");
        if (array == null) {
            return null;
        }
        var at = Pointer.ROOT.field("thresholds");
        if (array.isEmpty() || array.size() > MOST_THRESHOLDS) {
            reading.mistake(at, "must have 1 to " + MOST_THRESHOLDS + " percents of the limit");
            return null;
        }
        var all = new TreeSet<Integer>();
        for (int i = 0; i < array.size(); i++) {
            var percent = array.get(i);
            if (!percent.isNumber() || !percent.canConvertToExactIntegral()) {
                reading.wrongType(percent, at.at(i), "a whole number of percents");
            } else if (!percent.canConvertToInt() || percent.intValue() < 1 || percent.intValue() > HIGHEST_THRESHOLD) {
                reading.mistake(at.at(i), "must be 1 to " + HIGHEST_THRESHOLD + " percent");
            } else if (!all.add(percent.intValue())) {
                reading.mistake(at.at(i), percent.intValue() + " is there twice");
            }
        }
        return new ArrayList<>(all);
    }

    /** Null, with a mistake noted, when it is none. */
    private @Nullable Scope scope(Caller caller, Reading reading, ObjectNode body) {
        var at = Pointer.ROOT.field("scope");
        if (Reading.said(body, "scope") == null) {
            reading.mistake(at, "is missing");
            return null;
        }
        var scope = reading.object(body, Pointer.ROOT, "scope");
        if (scope == null) {
            return null;
        }
        int before = reading.count();
        var type = reading.required(scope, at, "type");
        if (reading.count() > before) {
            return null;
        }
        var fields = SCOPES.get(type);
        if (fields == null) {
            reading.mistake(at.field("type"), noneOf(type, List.copyOf(SCOPES.keySet())));
            return null;
        }
        reading.known(scope, at, fields);
        return switch (type) {
            case BudgetJson.API_KEY -> new Scope.ApiKey(key(caller, reading, scope, at));
            case BudgetJson.PROVIDER -> new Scope.Provider(provider(reading, scope, at));
            case BudgetJson.MODEL -> model(reading, scope, at);
            case BudgetJson.METADATA ->
                new Scope.Metadata(
                        text(reading, scope, at, "key", 1, LONGEST_KEY),
                        text(reading, scope, at, "value", 0, LONGEST_VALUE));
            default -> new Scope.Workspace();
        };
    }

    private String key(Caller caller, Reading reading, ObjectNode scope, Pointer at) {
        int before = reading.count();
        var id = text(reading, scope, at, "api_key_id", 1, LONGEST_KEY);
        if (reading.count() == before && !access.isKey(caller.workspaceId(), id)) {
            reading.mistake(at.field("api_key_id"), "there is no API key `" + id + "` in this workspace");
        }
        return id;
    }

    private String provider(Reading reading, ObjectNode scope, Pointer at) {
        int before = reading.count();
        var name = reading.required(scope, at, "provider");
        if (reading.count() == before) {
            isProvider(reading, at.field("provider"), name);
        }
        return name;
    }

    private boolean isProvider(Reading reading, Pointer at, String name) {
        if (!providers.isKnown(name)) {
            reading.mistake(at, "there is no provider `" + name + "`" + providers.hint(name));
            return false;
        }
        return true;
    }

    /** {@code openai/gpt-4o} where no provider is named; else the provider's own id, as it is. */
    private Scope model(Reading reading, ObjectNode scope, Pointer at) {
        int before = reading.count();
        var provider = reading.string(scope, at, "provider");
        var model = text(reading, scope, at, "model", 1, LONGEST_MODEL);
        if (reading.count() > before) {
            return new Scope.Model("", model);
        }
        if (provider != null) {
            isProvider(reading, at.field("provider"), provider);
            return new Scope.Model(provider, model);
        }
        int slash = model.indexOf('/');
        if (slash < 1 || slash == model.length() - 1) {
            reading.mistake(
                    at.field("model"),
                    "must be `provider/model`, such as `openai/gpt-4o`, where `provider` is not given");
            return new Scope.Model("", model);
        }
        var prefix = model.substring(0, slash);
        isProvider(reading, at.field("model"), prefix);
        return new Scope.Model(prefix, model.substring(slash + 1));
    }

    /** A text that must be there, and that every database can keep. */
    private static String text(Reading reading, ObjectNode in, Pointer at, String field, int least, int longest) {
        int before = reading.count();
        var text = reading.required(in, at, field);
        if (reading.count() > before) {
            return text;
        }
        if (text.length() < least || text.length() > longest) {
            reading.mistake(at.field(field), "must have " + least + " to " + longest + " characters");
        } else if (!isStorable(text)) {
            reading.mistake(at.field(field), "must have no U+0000 and no half of a surrogate pair");
        }
        return text;
    }

    private static boolean isStorable(String text) {
        return text.codePoints().noneMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE);
    }
}
