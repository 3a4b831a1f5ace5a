package com.aistrale;

import com.aistrale.internal.Fields;
import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What may be spent in a period, and what was.
 *
 * @param id {@code bud_…}
 * @param name the name given to it
 * @param scope whose inferences count
 * @param period {@code hour}, {@code day}, {@code week} (from Monday), {@code month}, all of UTC, {@code total}, or another
 * @param limitUsd US dollars in a period, exact to 1e-9
 * @param thresholds at how many percent of the limit a crossing is noted, ascending
 * @param action what happens at the limit: {@code alert} notes it, {@code block} refuses inferences, or another
 * @param createdAt since when inferences count
 * @param updatedAt when it was changed last
 * @param current where the present period stands
 * @param json the whole object as it came
 */
public record Budget(
        String id,
        String name,
        BudgetScope scope,
        String period,
        BigDecimal limitUsd,
        List<Long> thresholds,
        String action,
        Instant createdAt,
        Instant updatedAt,
        BudgetState current,
        Map<String, @Nullable Object> json) {
    static Budget read(Fields fields) {
        return new Budget(
                fields.text("id"),
                fields.text("name"),
                fields.required("scope", BudgetScope::read),
                fields.text("period"),
                fields.decimal("limit_usd"),
                fields.integerList("thresholds"),
                fields.text("action"),
                fields.time("created_at"),
                fields.time("updated_at"),
                fields.required("current", BudgetState::read),
                fields.json());
    }

    /**
     * The object as JSON.
     *
     * @return one line, unknown fields included
     */
    public String toJson() {
        return Json.write(json);
    }
}
