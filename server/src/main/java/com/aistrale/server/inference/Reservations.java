package com.aistrale.server.inference;

import com.aistrale.server.telemetry.Condition;
import com.aistrale.server.telemetry.InferenceRecord;
import org.jspecify.annotations.Nullable;

/** What must be put aside before a model is asked: its part of the budgets that block. */
@FunctionalInterface
public interface Reservations {
    /** Without budgets. */
    Reservations NONE = (record, target, request) -> null;

    /**
     * What must hold for the inference to ask this target; asked again for each other one, as which what was held before
     * is held no longer.
     *
     * @return null when nothing needs to be put aside
     */
    @Nullable
    Condition of(InferenceRecord record, Target target, ChatRequest request);
}
