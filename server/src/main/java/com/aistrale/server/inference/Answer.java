package com.aistrale.server.inference;

import com.aistrale.server.telemetry.InferenceRecord;

/** A completed inference, durable in the record. */
public record Answer(InferenceRecord record, Completion completion) {}
