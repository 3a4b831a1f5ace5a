"""From decoded JSON to telemetry. UnreadableError where the contract does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._decode import attempt, message, prompt_use, usage
from ._fields import Fields, UnreadableError, plain
from ._telemetry_models import (
    InferenceRecord,
    Percentiles,
    RecordedContent,
    RecordedError,
    Span,
    SummaryGroup,
    TelemetryDeletion,
    TelemetrySummary,
    Trace,
)

if TYPE_CHECKING:
    from datetime import datetime


def recorded_error(value: Any) -> RecordedError:
    """Decode a record's `error`."""
    of = Fields(value, "error")
    return RecordedError(
        code=of.text("code"),
        message=of.maybe_text("message"),
        provider=of.maybe_text("provider"),
        upstream_status=of.whole("upstream_status"),
        extra=of.extra(),
    )


def record(value: Any) -> InferenceRecord:
    """Decode one row of telemetry."""
    of = Fields(value, "record")
    return InferenceRecord(
        id=of.text("id"),
        status=of.text("status"),
        created_at=of.moment("created_at"),
        completed_at=of.moment("completed_at"),
        provider=of.maybe_text("provider"),
        model=of.maybe_text("model"),
        requested_model=of.maybe_text("requested_model"),
        prompt=of.maybe("prompt", prompt_use),
        session_id=of.maybe_text("session_id"),
        trace_id=of.maybe_text("trace_id"),
        parent_span_id=of.maybe_text("parent_span_id"),
        api_key_id=of.maybe_text("api_key_id"),
        client=of.maybe_text("client"),
        streamed=of.flag("streamed"),
        finish_reason=of.maybe_text("finish_reason"),
        usage=of.maybe("usage", usage),
        cost_usd=of.money("cost_usd"),
        cost_source=of.maybe_text("cost_source"),
        latency_ms=of.whole("latency_ms"),
        time_to_first_token_ms=of.whole("time_to_first_token_ms"),
        attempts=of.several("attempts", attempt),
        error=of.maybe("error", recorded_error),
        metadata=of.mapping("metadata"),
        content=of.maybe("content", content),
        extra=of.extra(),
    )


def content(value: Any) -> RecordedContent:
    """Decode what was said."""
    of = Fields(value, "content")
    return RecordedContent(
        messages=of.several("messages", message),
        message=of.maybe("message", message),
        extra=of.extra(),
    )


def summary(value: Any) -> TelemetrySummary:
    """Decode `GET /telemetry/summary`."""
    of = Fields(value, "summary")
    return TelemetrySummary(
        since=of.moment("since"),
        until=of.moment("until"),
        groups=of.several("groups", summary_group),
        truncated=of.flag("truncated"),
        extra=of.extra(),
    )


def summary_group(value: Any) -> SummaryGroup:
    """Decode the figures of one group."""
    of = Fields(value, "group")
    return SummaryGroup(
        group=of.mapping("group"),
        bucket_start=of.moment("bucket_start"),
        count=of.number("count"),
        errors=of.whole("errors") or 0,
        latency_ms=of.maybe("latency_ms", percentiles) or Percentiles(),
        time_to_first_token_ms=of.maybe("time_to_first_token_ms", percentiles) or Percentiles(),
        input_tokens=of.whole("input_tokens"),
        output_tokens=of.whole("output_tokens"),
        cost_usd=of.money("cost_usd"),
        cost_unknown=of.whole("cost_unknown") or 0,
        extra=of.extra(),
    )


def percentiles(value: Any) -> Percentiles:
    """Decode percentiles."""
    of = Fields(value, "percentiles")
    return Percentiles(
        p50=of.whole("p50"), p95=of.whole("p95"), p99=of.whole("p99"), extra=of.extra()
    )


def span(value: Any) -> Span:
    """Decode a span as a trace has it."""
    of = Fields(value, "span")
    return Span(
        trace_id=of.text("trace_id"),
        span_id=of.text("span_id"),
        parent_span_id=of.maybe_text("parent_span_id"),
        name=of.text("name"),
        kind=of.text("kind", "other"),
        started_at=_present(of, "started_at"),
        ended_at=_present(of, "ended_at"),
        duration_ms=of.whole("duration_ms"),
        status=of.text("status", "ok"),
        error_message=of.maybe_text("error_message"),
        attributes=of.mapping("attributes"),
        input=plain(of.take("input")),
        output=plain(of.take("output")),
        inference_id=of.maybe_text("inference_id"),
        session_id=of.maybe_text("session_id"),
        extra=of.extra(),
    )


def _present(of: Fields, name: str) -> datetime:
    found = of.moment(name)
    if found is None:
        raise UnreadableError(f"span.{name} is missing")
    return found


def trace(value: Any) -> Trace:
    """Decode a trace, of the list or whole."""
    of = Fields(value, "trace")
    return Trace(
        trace_id=of.text("trace_id"),
        name=of.maybe_text("name"),
        started_at=of.moment("started_at"),
        ended_at=of.moment("ended_at"),
        duration_ms=of.whole("duration_ms"),
        span_count=of.whole("span_count") or 0,
        error_count=of.whole("error_count") or 0,
        session_id=of.maybe_text("session_id"),
        cost_usd=of.money("cost_usd"),
        input_tokens=of.whole("input_tokens"),
        output_tokens=of.whole("output_tokens"),
        spans=of.several("spans", span),
        inferences=of.several("inferences", record),
        next_cursor=of.maybe_text("next_cursor"),
        extra=of.extra(),
    )


def accepted(value: Any) -> int:
    """Decode how many spans were taken in."""
    return Fields(value, "answer").number("accepted")


def deletion(value: Any) -> TelemetryDeletion:
    """Decode how much was deleted."""
    of = Fields(value, "deletion")
    return TelemetryDeletion(
        deleted_inferences=of.number("deleted_inferences"),
        deleted_spans=of.number("deleted_spans"),
        extra=of.extra(),
    )
