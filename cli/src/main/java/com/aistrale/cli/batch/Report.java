package com.aistrale.cli.batch;

import com.aistrale.internal.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a run of a batch came to.
 *
 * @param before lines that former runs have answered
 * @param answered lines answered now, those that were paid before among them
 * @param replayed lines whose answers were paid before: by a run that did not come to write them down
 * @param failed lines asked in vain
 * @param malformed lines that could not be asked
 * @param left lines that failed in former runs and were not asked again
 * @param underWay lines that were asked, and whose answers were not waited for
 * @param costUsd of all lines that are answered, former runs included, as far as it is known
 * @param paidUsd of what was answered and paid now
 * @param unknownCosts lines answered now whose cost is not known
 * @param goesOn whether the same command goes on where this run ended, and gets what was under way
 * @param interrupted whether somebody stopped it
 * @param stopped why it ended before its end, null where it did not
 */
public record Report(
        long before,
        long answered,
        long replayed,
        long failed,
        long malformed,
        long left,
        long underWay,
        BigDecimal costUsd,
        BigDecimal paidUsd,
        long unknownCosts,
        long inputTokens,
        long outputTokens,
        Duration took,
        @Nullable String results,
        @Nullable String failures,
        boolean goesOn,
        boolean interrupted,
        @Nullable BatchException stopped) {

    /** Whether it came to its end, and every line has its answer. */
    public boolean isWhole() {
        return stopped == null && !interrupted && failed + malformed + left == 0;
    }

    /** For people, a sentence or two. */
    public String toText() {
        var text = new StringBuilder();
        text.append(Progress.count(answered))
                .append(answered == 1 ? " line" : " lines")
                .append(" answered");
        var more = new ArrayList<String>();
        if (before > 0) {
            more.add(Progress.count(before) + " before");
        }
        if (replayed > 0) {
            more.add(Progress.count(replayed) + " of them paid before");
        }
        if (!more.isEmpty()) {
            text.append(" (").append(String.join(", ", more)).append(')');
        }
        text.append(", ").append(Progress.count(failed + malformed + left)).append(" failed");
        text.append("; paid ").append(Progress.dollars(paidUsd));
        if (costUsd.compareTo(paidUsd) != 0) {
            text.append(", with former runs ").append(Progress.dollars(costUsd));
        }
        if (unknownCosts > 0) {
            text.append(" (the cost of ").append(Progress.count(unknownCosts)).append(" is not known)");
        }
        text.append(", in ")
                .append(Progress.time(Math.max(1, took.toSeconds())))
                .append('.');
        if (results != null) {
            text.append("\nAnswers: ").append(results);
        }
        if (failures != null) {
            text.append("\nFailures: ").append(failures);
        }
        return text.toString();
    }

    /** The same for programs. */
    public String toJson() {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("answered", answered);
        json.put("answered_before", before);
        json.put("replayed", replayed);
        json.put("failed", failed + left);
        json.put("malformed", malformed);
        json.put("under_way", underWay);
        json.put("paid_usd", paidUsd);
        json.put("cost_usd", costUsd);
        json.put("unknown_costs", unknownCosts);
        json.put("input_tokens", inputTokens);
        json.put("output_tokens", outputTokens);
        json.put("seconds", BigDecimal.valueOf(took.toMillis(), 3));
        json.put("results", results);
        json.put("failures", failures);
        json.put("stopped", interrupted ? "interrupted" : stopped == null ? null : stopped.what());
        return Json.write(json);
    }
}
