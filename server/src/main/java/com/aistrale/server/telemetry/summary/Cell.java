package com.aistrale.server.telemetry.summary;

import com.aistrale.server.telemetry.InferenceRecord.Status;
import org.jspecify.annotations.Nullable;

/** The records of one group in one bucket, added up. One thread. */
final class Cell {
    private long count;
    private long errors;
    private long inputTokens;
    private long outputTokens;
    private long costNanoUsd;
    private long costUnknown;
    private final Distribution latency = new Distribution();
    private final Distribution timeToFirstToken = new Distribution();

    void add(Row row) {
        count++;
        errors += row.status() == Status.RUNNING || row.status() == Status.COMPLETED ? 0 : 1;
        inputTokens = Math.addExact(inputTokens, row.inputTokens());
        outputTokens = Math.addExact(outputTokens, row.outputTokens());
        if (row.costNanoUsd() == null) {
            costUnknown++;
        } else {
            costNanoUsd = Math.addExact(costNanoUsd, row.costNanoUsd());
        }
        if (row.latencyMs() != null) {
            latency.add(row.latencyMs());
        }
        if (row.timeToFirstTokenMs() != null) {
            timeToFirstToken.add(row.timeToFirstTokenMs());
        }
    }

    long count() {
        return count;
    }

    /** That failed, were cancelled or interrupted. */
    long errors() {
        return errors;
    }

    long inputTokens() {
        return inputTokens;
    }

    long outputTokens() {
        return outputTokens;
    }

    /** Of those whose cost is known; null when it is of none. */
    @Nullable
    Long costNanoUsd() {
        return costUnknown == count ? null : costNanoUsd;
    }

    long costUnknown() {
        return costUnknown;
    }

    Distribution latency() {
        return latency;
    }

    Distribution timeToFirstToken() {
        return timeToFirstToken;
    }
}
