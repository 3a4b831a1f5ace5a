package com.aistrale;

/** What the server recorded of the workspace's inferences. Used by several threads at once. */
public final class Telemetry {
    private final Exchange exchange;

    Telemetry(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * The records that match, the newest first.
     *
     * @param query which; {@code TelemetryQuery.builder().build()} for all
     * @return pages are fetched as they are needed, and each fetch may throw an {@link AistraleException}
     */
    public Paged<InferenceRecord> list(TelemetryQuery query) {
        return new Paged<>(exchange, "/api/v1/telemetry", query.parameters(), InferenceRecord::read);
    }
}
