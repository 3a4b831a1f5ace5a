package com.aistrale;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a budget is to be, or what is to change about one. What is not said stays as it is. Immutable: each method returns another one. */
public final class BudgetSettings {
    private static final BudgetSettings NONE = new BudgetSettings(Map.of());
    private final Map<String, @Nullable Object> fields;

    private BudgetSettings(Map<String, @Nullable Object> fields) {
        this.fields = Collections.unmodifiableMap(fields);
    }

    /**
     * Nothing said yet.
     *
     * @return settings to be chosen
     */
    public static BudgetSettings none() {
        return NONE;
    }

    /**
     * What it is called.
     *
     * @param name a name of your own, 1 to 100 characters
     * @return other settings
     */
    public BudgetSettings name(String name) {
        return with("name", name);
    }

    /**
     * Whose inferences count, for a budget that is made: it does not change later.
     *
     * @param scope such as {@link BudgetScope#workspace}
     * @return other settings
     */
    public BudgetSettings scope(BudgetScope scope) {
        return with("scope", scope.toMap());
    }

    /**
     * In which time the limit holds, for a budget that is made: it does not change later.
     *
     * @param period {@code hour}, {@code day}, {@code week} (from Monday), {@code month}, all of UTC, or {@code total}
     * @return other settings
     */
    public BudgetSettings period(String period) {
        return with("period", period);
    }

    /**
     * What may be spent in a period.
     *
     * @param dollars above 0, at most a thousand million, with at most 9 decimals
     * @return other settings
     */
    public BudgetSettings limitUsd(BigDecimal dollars) {
        return with("limit_usd", dollars);
    }

    /**
     * When a crossing is noted.
     *
     * @param percents of the limit, 1 to 10 different ones from 1 to 1000; 50, 80 and 100 unless told
     * @return other settings
     */
    public BudgetSettings thresholds(int... percents) {
        return with("thresholds", Arrays.stream(percents).boxed().toList());
    }

    /**
     * What happens at the limit.
     *
     * @param action {@code alert} notes it, which is so unless told; {@code block} also refuses what would go beyond it
     * @return other settings
     */
    public BudgetSettings action(String action) {
        return with("action", action);
    }

    Map<String, @Nullable Object> fields() {
        return fields;
    }

    private BudgetSettings with(String field, Object value) {
        var more = new LinkedHashMap<String, @Nullable Object>(fields);
        more.put(field, value);
        return new BudgetSettings(more);
    }
}
