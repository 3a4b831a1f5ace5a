package com.aistrale.server.telemetry.live;

import com.aistrale.server.events.Event;
import com.aistrale.server.events.Events.Appended;
import com.aistrale.server.kit.json.Json;
import com.aistrale.server.stream.ListenerRoutes.Telling;
import com.aistrale.server.telemetry.RecordJson;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.TelemetryFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds the records of the inferences whose end the events tell of. Thread-safe. */
final class LiveFeed {
    private final Telemetry telemetry;

    LiveFeed(Telemetry telemetry) {
        this.telemetry = telemetry;
    }

    void tell(String workspaceId, TelemetryFilter filter, List<Appended> events, Telling telling) {
        var ids = new ArrayList<@Nullable String>(events.size());
        for (var appended : events) {
            ids.add(inferenceId(workspaceId, appended.event()));
        }
        var records = telemetry.among(
                workspaceId, filter, ids.stream().filter(Objects::nonNull).toList());
        for (int i = 0; i < events.size(); i++) {
            var record = ids.get(i) == null ? null : records.get(ids.get(i));
            if (record != null) {
                telling.tell(events.get(i).position(), "inference", RecordJson.of(record));
            }
        }
    }

    /** Null for an event of something else, or of another workspace, and for a sample, which tells of nothing that is. */
    private static @Nullable String inferenceId(String workspaceId, Event event) {
        return !event.test()
                        && event.workspaceId().equals(workspaceId)
                        && event.type().startsWith("inference.")
                ? Json.parse(event.data()).path("inference_id").stringValue(null)
                : null;
    }
}
