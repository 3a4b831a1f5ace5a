"""What telemetry answers, as frozen records; open in the same way as those of `_models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._models import Extra, Message, none_extra

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from ._models import Attempt, PromptUse, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedError:
    """Why a recorded inference failed; `code` is one of the codes that errors carry."""

    code: str
    message: str | None = None
    provider: str | None = None
    upstream_status: int | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedContent:
    """What was said: the messages that were sent, and the answer's, None when none came."""

    messages: tuple[Message, ...] = ()
    message: Message | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceRecord:
    """What telemetry keeps of one inference.

    `status` is "running", "completed", "failed", "cancelled" or "interrupted". `requested_model`
    is what the caller asked for, `model` what answered. `completed_at` is None while it runs;
    `error` is None unless it failed; `client` is the program that asked ("python/1.2.0").
    `finish_reason` is "stop", "length", "tool_calls", "content_filter" or None, `cost_source`
    "reported", "estimated" or None. `prompt` is the prompt on the server it was made from.
    `content` comes with `client.inferences.get` alone (and in an export's lines), and only where
    the workspace captures content; else it is None.
    """

    id: str
    status: str
    created_at: datetime | None = None
    completed_at: datetime | None = None
    provider: str | None = None
    model: str | None = None
    requested_model: str | None = None
    prompt: PromptUse | None = None
    session_id: str | None = None
    trace_id: str | None = None
    parent_span_id: str | None = None
    api_key_id: str | None = None
    client: str | None = None
    streamed: bool = False
    finish_reason: str | None = None
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    cost_source: str | None = None
    latency_ms: int | None = None
    time_to_first_token_ms: int | None = None
    attempts: tuple[Attempt, ...] = ()
    error: RecordedError | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    content: RecordedContent | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Exact nearest-rank percentiles; each is None when there was nothing to measure."""

    p50: int | None = None
    p95: int | None = None
    p99: int | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryGroup:
    """The figures of one group, in one span of time if an interval was asked for.

    `group` has what was grouped by (`{"model": "gpt-4o"}`), None for inferences without it;
    `bucket_start` is None without an interval. `cost_usd` is the sum of the known costs, and
    `cost_unknown` counts the inferences whose cost is not known.
    """

    group: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    bucket_start: datetime | None = None
    count: int = 0
    errors: int = 0
    latency_ms: Percentiles = field(default_factory=Percentiles)
    time_to_first_token_ms: Percentiles = field(default_factory=Percentiles)
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None
    cost_unknown: int = 0
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySummary:
    """Figures from `since` to before `until`, the largest groups first.

    `truncated` says that there were more groups than the server gives.
    """

    since: datetime | None = None
    until: datetime | None = None
    groups: tuple[SummaryGroup, ...] = ()
    truncated: bool = False
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A step of a program of yours, to be sent with `telemetry.add_spans`, or as a trace has it.

    The ids are your own, of 1 to 64 characters; the pair of trace and span is one span, sent
    however often. `kind` is "chain", "llm", "tool", "retriever", "agent", "embedding", "task" or
    "other"; `status` "ok" or "error". `input` and `output`, any JSON, are kept only where the
    workspace captures content. `duration_ms` comes with the answer and is not sent.
    """

    trace_id: str
    span_id: str
    name: str
    kind: str = "other"
    started_at: datetime
    ended_at: datetime
    duration_ms: int | None = None
    parent_span_id: str | None = None
    status: str = "ok"
    error_message: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    input: Any = field(default=None, repr=False)
    output: Any = field(default=None, repr=False)
    inference_id: str | None = None
    session_id: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return what it has, by the wire's names, unknown fields included; times as they are."""
        names = [name for name in self.__slots__ if name not in ("extra", "duration_ms")]
        present = {name: value for name in names if (value := getattr(self, name)) is not None}
        if not self.attributes:
            del present["attributes"]
        return {**present, **self.extra}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The sum of a trace's spans and inferences. `duration_ms` is None until it has ended.

    spans: a page of them, where one trace was asked for; `span_count` counts all.
    next_cursor: gives the next page of spans: `telemetry.trace(trace_id, cursor=…)`.
    """

    trace_id: str
    name: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    span_count: int = 0
    error_count: int = 0
    session_id: str | None = None
    cost_usd: Decimal | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    spans: tuple[Span, ...] = field(default=(), repr=False)
    inferences: tuple[InferenceRecord, ...] = field(default=(), repr=False)
    next_cursor: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryDeletion:
    """How much of an end user's was deleted."""

    deleted_inferences: int = 0
    deleted_spans: int = 0
    extra: Extra = field(default_factory=none_extra, repr=False)
