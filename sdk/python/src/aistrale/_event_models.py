"""What happens in a workspace, as frozen records; open as those of `_models`.

`match` on the class of an event's `data`; one of a type that this version does not know is a dict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ._models import Extra, none_extra

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from ._budget_models import BudgetScope
    from ._models import Attempt, PromptUse, Usage
    from ._telemetry_models import RecordedContent, RecordedError


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceCompleted:
    """An inference was completed: "inference.completed".

    `content` is what was said, only where the webhook asks for it and the workspace keeps it.
    `cost_source` is "reported", "estimated" or None; `finish_reason` "stop", "length",
    "tool_calls", "content_filter" or None.
    """

    inference_id: str
    session_id: str | None = None
    provider: str | None = None
    model: str | None = None
    prompt: PromptUse | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    cost_source: str | None = None
    latency_ms: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    content: RecordedContent | None = field(default=None, repr=False)
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceFailed:
    """An inference failed after all attempts: "inference.failed".

    `error` says why, `attempts` whom the server asked, in order. The rest is as in
    `InferenceCompleted`.
    """

    inference_id: str
    error: RecordedError
    attempts: tuple[Attempt, ...] = ()
    session_id: str | None = None
    provider: str | None = None
    model: str | None = None
    prompt: PromptUse | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    cost_source: str | None = None
    latency_ms: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    content: RecordedContent | None = field(default=None, repr=False)
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostThresholdExceeded:
    """A budget's threshold was crossed, once in a period: "cost.threshold_exceeded".

    `spent_usd` is in this period, with what crossed it. `period` and `action` are a `Budget`'s.
    """

    budget_id: str
    name: str
    scope: BudgetScope
    period: str
    period_start: datetime | None
    limit_usd: Decimal
    spent_usd: Decimal
    threshold_percent: int
    action: str
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailed:
    """A provider's model is not asked for a while: "provider.failed".

    `reason` is what was seen, in words; `failure_rate` is of the calls in `window_ms`, 0 to 1;
    `retry_at` is when it is tried next.
    """

    provider: str
    model: str
    reason: str | None = None
    failure_rate: float | None = None
    window_ms: int | None = None
    retry_at: datetime | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRecovered:
    """A provider's model answers again: "provider.recovered". It failed since `opened_at`."""

    provider: str
    model: str
    opened_at: datetime | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptUpdated:
    """A prompt was changed: "prompt.updated".

    `change` is "version_created", "label_moved", "label_removed" or "deleted". `version` is the one
    created, the one that the label is at or was at, or the latest of a prompt that was deleted;
    `labels` are those that it has now. `updated_by` is the id of an API key.
    """

    name: str
    version: int
    labels: tuple[str, ...] = ()
    change: str
    updated_by: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDisabled:
    """The server gave a webhook up, and tells the others: "webhook.disabled".

    `reason` is "gone" (it answered 410) or "failing" (nothing arrived for five days, since
    `failing_since`). `url` has no path. `response_code` and `error` are of its last attempt, as in
    a `WebhookDelivery`.
    """

    webhook_id: str
    name: str | None = None
    url: str | None = None
    reason: str | None = None
    failing_since: datetime | None = None
    response_code: int | None = None
    error: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTest:
    """A webhook is tried out: "webhook.test". `webhook_id` is None in a stream."""

    webhook_id: str | None = None
    message: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


EventData: TypeAlias = (
    InferenceCompleted
    | InferenceFailed
    | CostThresholdExceeded
    | ProviderFailed
    | ProviderRecovered
    | PromptUpdated
    | WebhookDisabled
    | WebhookTest
    | Mapping[str, Any]
)
"""What happened; a dict where this version does not know the type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, as a webhook is told it and `client.events.stream` gives it.

    `id` is the same however often it is delivered. `type` is "inference.completed",
    "inference.failed", "cost.threshold_exceeded", "provider.failed", "provider.recovered",
    "prompt.updated", "webhook.disabled", "webhook.test", or one that came later; the class of
    `data` says the same. `test` marks a sample, of which nothing is true.
    """

    id: str
    type: str
    timestamp: datetime | None = None
    workspace_id: str | None = None
    test: bool = False
    data: EventData
    extra: Extra = field(default_factory=none_extra, repr=False)
