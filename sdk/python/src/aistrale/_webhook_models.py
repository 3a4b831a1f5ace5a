"""Webhooks as frozen records; open as those of `_models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._models import Extra, none_extra

if TYPE_CHECKING:
    from datetime import datetime

    from ._event_models import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFilter:
    """What an event must have to be sent: all of this in its own `metadata`."""

    metadata: Mapping[str, str]
    extra: Extra = field(default_factory=none_extra, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as `webhooks.create` takes it."""
        return {"metadata": dict(self.metadata)}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookHeader:
    """A header that is sent with each event; its value is never shown."""

    name: str
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where events are posted to, and which.

    `events` are the types that it gets: "inference.completed", "inference.failed",
    "cost.threshold_exceeded", "provider.failed", "provider.recovered", "prompt.updated",
    "webhook.disabled", "webhook.test"; "*" alone stands for all. Who is no admin sees of `url` only
    the host. `disabled_reason` is "manual", "gone" (it answered 410), "failing" (nothing arrived
    for five days), or None while it is enabled; `failing_since` is None while it answers.
    `secret` signs its events, for `aistrale.webhooks.unwrap`: there once, in the answers of
    `webhooks.create` and `rotate_secret`, else None; the repr does not show it. Until
    `previous_secret_expires_at` the secret before signs too.
    """

    id: str
    url: str
    events: tuple[str, ...] = ()
    name: str | None = None
    filter: WebhookFilter | None = None
    include_content: bool = False
    headers: tuple[WebhookHeader, ...] = ()
    enabled: bool = False
    disabled_reason: str | None = None
    failing_since: datetime | None = None
    previous_secret_expires_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    secret: str | None = field(default=None, repr=False)
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAttempt:
    """One HTTP request of a delivery.

    `error` is as in a `WebhookDelivery`, None when it arrived. `response_body` is the first 16 KiB
    of the receiver's answer, None without one, when the event was deleted, and for who is not
    admin, as it may repeat the URL.
    """

    number: int
    started_at: datetime | None = None
    latency_ms: int | None = None
    response_code: int | None = None
    error: str | None = None
    response_body: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """One event on its way to one webhook; `event_type` is the `type` of its `Event`.

    `status` is "pending", "delivered" or "failed"; `next_attempt_at` is None when none is due.
    `error` is why the last attempt failed, or why there are no more: "http_status" (neither 2xx nor
    3xx), "redirect" (3xx), "gone" (410), "timeout" (15 s), "dns", "connection_refused",
    "connection_lost", "tls", "target_blocked" (not a public address), "secret_unreadable"
    (the server has not its master key), "internal" (a mistake of the server's), "webhook_disabled",
    "webhook_deleted" or "event_deleted".
    `attempts` and `payload`, the event, come with `webhooks.deliveries.get` and `webhooks.test`
    alone; `payload` is None when the event was deleted.
    """

    id: str
    webhook_id: str
    event_id: str
    event_type: str
    status: str
    attempt_count: int = 0
    next_attempt_at: datetime | None = None
    response_code: int | None = None
    error: str | None = None
    created_at: datetime | None = None
    delivered_at: datetime | None = None
    attempts: tuple[WebhookAttempt, ...] = ()
    payload: Event | None = field(default=None, repr=False)
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """One of the types that an `Event` may have, and the JSON Schema of its events."""

    type: str
    description: str | None = None
    schema: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    extra: Extra = field(default_factory=none_extra, repr=False)
