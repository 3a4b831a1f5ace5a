"""The calls about telemetry, as data. Both clients share them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict

from . import _telemetry_decode as decode
from ._fields import text as read_text
from ._models import PromptUse
from ._options import CALL_FIELDS, CallOptions, refuse_unknown
from ._steps import Request
from ._telemetry_models import Span
from ._wire import (
    ACCEPT_JSON,
    ListOptions,
    Operation,
    Pages,
    call_options,
    get,
    moment,
    pages,
    path_of,
    post,
    query_text,
)

if TYPE_CHECKING:
    from ._telemetry_models import InferenceRecord, TelemetryDeletion, TelemetrySummary, Trace

ExportFormat: TypeAlias = Literal["jsonl", "csv"]

MOST_SPANS: Final = 1000
"""How many spans one request carries; more are sent in several."""


class TelemetrySelection(CallOptions, total=False):
    """Which inferences are meant, whenever they were. None is the same as not given.

    provider, model, session_id, api_key_id, client: exactly these.
    status: "running", "completed", "failed", "cancelled" or "interrupted".
    prompt: of this prompt on the server, "NAME" or "NAME@VERSION".
    metadata: with all of these entries.
    q: with this text, in whatever case, in the model, the prompt's name, the error's message, or
        in what was said, where the workspace captures content. It needs `last` or `since`.
    """

    provider: str | None
    model: str | None
    status: str | None
    session_id: str | None
    prompt: str | PromptUse | None
    api_key_id: str | None
    client: str | None
    metadata: Mapping[str, str] | None
    q: str | None


class TelemetryPeriod(TypedDict, total=False):
    """When it began. None is the same as not given.

    last: how far back, as "15m", "24h", "7d" or a `timedelta`; or
    since, until: times, as `datetime`s with a zone or RFC 3339 text; `until` is exclusive.
    """

    last: str | timedelta | None
    since: datetime | str | None
    until: datetime | str | None


class TelemetryFilters(TelemetrySelection, TelemetryPeriod, total=False):
    """Which inferences are meant: of a `TelemetrySelection`, begun in a `TelemetryPeriod`."""


class TelemetryListOptions(TelemetryFilters, total=False):
    """Options of `telemetry.list`: filters, and those of a list.

    limit: how many to fetch at a time, 1 to 200 (50); all pages are fetched in any case.
    cursor: where to go on, from a `Page`'s `next_cursor`.
    """

    limit: int | None
    cursor: str | None


class TelemetrySummaryOptions(TelemetryFilters, total=False):
    """Options of `telemetry.summary`: filters, and these.

    group_by: one or two of "model", "provider", "prompt", "session_id", "api_key_id", "client",
        "status" and "metadata.KEY"; one group of everything unless given.
    interval: the spans of time that each group is cut into, in UTC: "1m", "5m", "15m", "1h", "6h",
        "1d" or a `timedelta`; one span of all unless given.
    """

    group_by: str | Sequence[str] | None
    interval: str | timedelta | None


class TraceListOptions(ListOptions, TelemetryPeriod, total=False):
    """Options of `telemetry.traces`: those of a list, a `TelemetryPeriod`, and these.

    session_id: of this session only.
    """

    session_id: str | None


class TelemetryStreamOptions(TelemetrySelection, total=False):
    """Options of `telemetry.stream`: a `TelemetrySelection`, and these.

    last_event_id: go on behind this one, the `last_event_id` of an earlier feed.
    """

    last_event_id: str | None


_PERIOD: Final = ("last", "since", "until")
_SELECTION: Final = (
    "provider",
    "model",
    "status",
    "session_id",
    "prompt",
    "api_key_id",
    "client",
    "q",
)


def get_inference(identity: str, options: CallOptions) -> Operation[InferenceRecord]:
    """`GET /inferences/{id}`."""
    path = path_of("inferences", identity, what="inference id")
    return get(path, decode.record, call_options("inferences.get", options))


def cancel_inference(
    identity: str | None, key: str | None, options: CallOptions
) -> Operation[InferenceRecord]:
    """`POST /inferences/{id}/cancel`, or `/inferences/cancel`. To do so twice is to do so once."""
    if (identity is None) == (key is None):
        raise TypeError("inferences.cancel takes an inference id or an idempotency_key=")
    headers: tuple[tuple[str, str], ...] = (ACCEPT_JSON,)
    if identity is not None:
        path = path_of("inferences", identity, "cancel", what="inference id")
    elif key:
        path = path_of("inferences", "cancel", what="path")
        headers = (ACCEPT_JSON, ("idempotency-key", key))
    else:
        raise ValueError("the idempotency_key is empty")
    request = Request("POST", path, headers, repeatable=True)
    return Operation(request, decode.record, call_options("inferences.cancel", options))


def list_records(options: TelemetryListOptions) -> Pages[InferenceRecord]:
    """`GET /telemetry`."""
    query = _query("telemetry.list", options, *_PERIOD, beside=("limit", "cursor"))
    return pages(path_of("telemetry", what="path"), decode.record, options, query)


def summary(options: TelemetrySummaryOptions) -> Operation[TelemetrySummary]:
    """`GET /telemetry/summary`."""
    query = _query("telemetry.summary", options, *_PERIOD, "group_by", "interval")
    return get(path_of("telemetry", "summary", what="path"), decode.summary, options, query)


def export(form: str, options: TelemetryFilters) -> Operation[str]:
    """`GET /telemetry/export`, whose answer is read line by line."""
    query = query_text({"format": form, **_query("telemetry.export", options, *_PERIOD)})
    path = path_of("telemetry", "export", what="path") + query
    accept = "text/csv" if form == "csv" else "application/x-ndjson"
    request = Request("GET", path, (("accept", accept),), repeatable=True)
    return Operation(request, str, options, read_text)


def stream(options: TelemetryStreamOptions) -> Operation[InferenceRecord]:
    """`GET /telemetry/stream`, whose answer is read event by event."""
    query = query_text(_query("telemetry.stream", options, beside=("last_event_id",)))
    path = path_of("telemetry", "stream", what="path") + query
    headers = [("accept", "text/event-stream")]
    last = options.get("last_event_id")
    if last is not None:
        headers.append(("last-event-id", str(last)))
    return Operation(Request("GET", path, tuple(headers), repeatable=True), decode.record, options)


def add_spans(
    spans: Iterable[Span | Mapping[str, Any]], options: CallOptions
) -> Iterator[Operation[int]]:
    """`POST /telemetry/spans`, as often as it takes. A span sent twice is one span."""
    call_options("telemetry.add_spans", options)
    wire = [_span(span) for span in spans]
    for at in range(0, len(wire), MOST_SPANS):
        yield post(
            path_of("telemetry", "spans", what="path"),
            {"spans": wire[at : at + MOST_SPANS]},
            decode.accepted,
            options,
            repeatable=True,
        )


def list_traces(options: TraceListOptions) -> Pages[Trace]:
    """`GET /traces`."""
    asked = (*_PERIOD, "session_id")
    refuse_unknown("telemetry.traces", options, (*asked, "limit", "cursor", *CALL_FIELDS))
    query = {name: options.get(name) for name in asked}
    return pages(path_of("traces", what="path"), decode.trace, options, query)


def get_trace(trace_id: str, options: ListOptions) -> Operation[Trace]:
    """`GET /traces/{trace_id}`."""
    refuse_unknown("telemetry.trace", options, ("limit", "cursor", *CALL_FIELDS))
    path = path_of("traces", trace_id, what="trace id")
    query = {name: options.get(name) for name in ("limit", "cursor")}
    return get(path, decode.trace, options, query)


def delete_user(user: str, options: CallOptions) -> Operation[TelemetryDeletion]:
    """`POST /telemetry/deletions`. Not repeated: the second would count nothing."""
    path = path_of("telemetry", "deletions", what="path")
    options = call_options("telemetry.delete_user", options)
    return post(path, {"user": user}, decode.deletion, options)


def _query(
    what: str, options: Mapping[str, Any], *more: str, beside: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the selection, and what else was asked, as a query.

    The metadata's entries are parameters of their own. `beside`: options that go elsewhere.
    """
    known = (*more, *_SELECTION)
    refuse_unknown(what, options, (*known, "metadata", *beside, *CALL_FIELDS))
    query = {name: options.get(name) for name in known}
    metadata: Mapping[str, Any] = options.get("metadata") or {}
    for key, value in metadata.items():
        query[f"metadata.{key}"] = value
    return query


def _span(span: Span | Mapping[str, Any]) -> dict[str, Any]:
    """Return a span as the wire has it; what it does not have is left out."""
    if not isinstance(span, (Span, Mapping)):
        raise TypeError(f"a span is a Span or a dict, not {type(span).__name__}")
    wire = span.to_dict() if isinstance(span, Span) else dict(span)
    for name in ("started_at", "ended_at"):
        if isinstance(wire.get(name), datetime):
            wire[name] = moment(name, wire[name])
    return wire
