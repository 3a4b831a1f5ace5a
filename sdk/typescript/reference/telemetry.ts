/**
 * The record of every inference: `telemetry` and `inferences`.
 *
 * @module telemetry
 */
export type {
  Telemetry, Inferences, InferenceRecord, InferenceStatus, RecordedError, RecordedContent,
  TelemetryFilters, TelemetrySelection, TelemetryQuery, TelemetryStreamQuery, TelemetrySummary,
  SummaryGroup, SummaryQuery, GroupBy, Percentiles, Trace, TraceDetail, TraceQuery, Span,
  SpanCreate, SpanKind, TelemetryDeletion, Period, Moment,
} from "../src/index.js";
