"""From decoded JSON to webhooks. UnreadableError where the contract does not hold."""

from __future__ import annotations

from typing import Any

from ._event_decode import event
from ._fields import Fields
from ._webhook_models import (
    EventType,
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookFilter,
    WebhookHeader,
)


def webhook(value: Any) -> Webhook:
    """Decode a webhook, with its secret where it is there."""
    of = Fields(value, "webhook")
    return Webhook(
        id=of.text("id"),
        url=of.text("url"),
        events=of.texts("events"),
        name=of.maybe_text("name"),
        filter=of.maybe("filter", _filter),
        include_content=of.flag("include_content"),
        headers=of.several("headers", _header),
        enabled=of.flag("enabled"),
        disabled_reason=of.maybe_text("disabled_reason"),
        failing_since=of.moment("failing_since"),
        previous_secret_expires_at=of.moment("previous_secret_expires_at"),
        created_at=of.moment("created_at"),
        updated_at=of.moment("updated_at"),
        secret=of.maybe_text("secret"),
        extra=of.extra(),
    )


def _filter(value: Any) -> WebhookFilter:
    of = Fields(value, "webhook.filter")
    return WebhookFilter(metadata=of.mapping("metadata"), extra=of.extra())


def _header(value: Any) -> WebhookHeader:
    of = Fields(value, "webhook.headers")
    return WebhookHeader(name=of.text("name"), extra=of.extra())


def delivery(value: Any) -> WebhookDelivery:
    """Decode a delivery, with its attempts where they are there."""
    of = Fields(value, "delivery")
    return WebhookDelivery(
        id=of.text("id"),
        webhook_id=of.text("webhook_id"),
        event_id=of.text("event_id"),
        event_type=of.text("event_type"),
        status=of.text("status"),
        attempt_count=of.number("attempt_count"),
        next_attempt_at=of.moment("next_attempt_at"),
        response_code=of.whole("response_code"),
        error=of.maybe_text("error"),
        created_at=of.moment("created_at"),
        delivered_at=of.moment("delivered_at"),
        attempts=of.several("attempts", _attempt),
        payload=of.maybe("payload", event),
        extra=of.extra(),
    )


def _attempt(value: Any) -> WebhookAttempt:
    of = Fields(value, "delivery.attempts")
    return WebhookAttempt(
        number=of.number("number"),
        started_at=of.moment("started_at"),
        latency_ms=of.whole("latency_ms"),
        response_code=of.whole("response_code"),
        error=of.maybe_text("error"),
        response_body=of.maybe_text("response_body"),
        extra=of.extra(),
    )


def recovered(value: Any) -> int:
    """Decode how many deliveries are due again."""
    return Fields(value, "answer").number("recovered")


def event_type(value: Any) -> EventType:
    """Decode a type of event."""
    of = Fields(value, "event type")
    return EventType(
        type=of.text("type"),
        description=of.maybe_text("description"),
        schema=of.mapping("schema"),
        extra=of.extra(),
    )
