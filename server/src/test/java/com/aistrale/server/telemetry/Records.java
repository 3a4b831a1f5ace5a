package com.aistrale.server.telemetry;

import com.aistrale.server.pricing.Usage;
import com.aistrale.server.telemetry.InferenceRecord.Attempt;
import com.aistrale.server.telemetry.InferenceRecord.Charge;
import com.aistrale.server.telemetry.InferenceRecord.Origin;
import com.aistrale.server.telemetry.InferenceRecord.Result;
import com.aistrale.server.telemetry.InferenceRecord.Status;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Records to write. */
public final class Records {
    public static final String WORKSPACE = "ws_1";
    public static final Instant TIME = Instant.parse("2026-11-23T08:00:00.123Z");

    private Records() {}

    public static InferenceRecord running(String id, Instant at, String provider, String model) {
        var origin =
                new Origin(WORKSPACE, "key_1", "test/1", "asked/" + model, "ses_1", true, Map.of("k", "v"), null, null);
        return new InferenceRecord(id, Status.RUNNING, at, null, origin, provider, model, null);
    }

    public static InferenceRecord completed(InferenceRecord running) {
        var result = new Result(
                "stop",
                new Usage(10L, 20L, 3L, null, 5L),
                new Charge(1_234_567_890L, Charge.REPORTED),
                1500L,
                200L,
                List.of(new Attempt(running.provider(), running.model(), "completed", 1500, null, 200)),
                null);
        return new InferenceRecord(
                running.id(),
                Status.COMPLETED,
                running.createdAt(),
                running.createdAt().plusMillis(1500),
                running.origin(),
                running.provider(),
                running.model(),
                result);
    }
}
