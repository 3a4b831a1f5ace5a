"""From decoded JSON to events. UnreadableError where the contract does not hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ._budget_decode import scope
from ._decode import attempt, prompt_use, usage
from ._event_models import (
    CostThresholdExceeded,
    Event,
    EventData,
    InferenceCompleted,
    InferenceFailed,
    PromptUpdated,
    ProviderFailed,
    ProviderRecovered,
    WebhookDisabled,
    WebhookTest,
)
from ._fields import Fields, UnreadableError, plain
from ._telemetry_decode import content, recorded_error


def event(value: Any) -> Event:
    """Decode an event of a known or a later type."""
    of = Fields(value, "event")
    kind = of.text("type")
    data = of.take("data")
    if not isinstance(data, dict):
        raise UnreadableError("event.data is not an object")
    decode: Callable[[Any], EventData] = _BY_TYPE.get(kind, plain)
    return Event(
        id=of.text("id"),
        type=kind,
        timestamp=of.moment("timestamp"),
        workspace_id=of.maybe_text("workspace_id"),
        test=of.flag("test"),
        data=decode(data),
        extra=of.extra(),
    )


def _completed(value: Any) -> InferenceCompleted:
    of = Fields(value, "event.data")
    return InferenceCompleted(**_inference(of), extra=of.extra())


def _failed(value: Any) -> InferenceFailed:
    of = Fields(value, "event.data")
    return InferenceFailed(
        **_inference(of),
        error=recorded_error(of.take("error")),
        attempts=of.several("attempts", attempt),
        extra=of.extra(),
    )


def _inference(of: Fields) -> dict[str, Any]:
    """Return what an inference has, however it ended."""
    return {
        "inference_id": of.text("inference_id"),
        "session_id": of.maybe_text("session_id"),
        "provider": of.maybe_text("provider"),
        "model": of.maybe_text("model"),
        "prompt": of.maybe("prompt", prompt_use),
        "finish_reason": of.maybe_text("finish_reason"),
        "usage": of.maybe("usage", usage),
        "cost_usd": of.money("cost_usd"),
        "cost_source": of.maybe_text("cost_source"),
        "latency_ms": of.whole("latency_ms"),
        "metadata": of.mapping("metadata"),
        "content": of.maybe("content", content),
    }


def _threshold(value: Any) -> CostThresholdExceeded:
    of = Fields(value, "event.data")
    return CostThresholdExceeded(
        budget_id=of.text("budget_id"),
        name=of.text("name"),
        scope=scope(of.take("scope")),
        period=of.text("period"),
        period_start=of.moment("period_start"),
        limit_usd=of.amount("limit_usd"),
        spent_usd=of.amount("spent_usd"),
        threshold_percent=of.number("threshold_percent"),
        action=of.text("action"),
        extra=of.extra(),
    )


def _provider_failed(value: Any) -> ProviderFailed:
    of = Fields(value, "event.data")
    return ProviderFailed(
        provider=of.text("provider"),
        model=of.text("model"),
        reason=of.maybe_text("reason"),
        failure_rate=of.real("failure_rate"),
        window_ms=of.whole("window_ms"),
        retry_at=of.moment("retry_at"),
        extra=of.extra(),
    )


def _provider_recovered(value: Any) -> ProviderRecovered:
    of = Fields(value, "event.data")
    return ProviderRecovered(
        provider=of.text("provider"),
        model=of.text("model"),
        opened_at=of.moment("opened_at"),
        extra=of.extra(),
    )


def _prompt(value: Any) -> PromptUpdated:
    of = Fields(value, "event.data")
    return PromptUpdated(
        name=of.text("name"),
        version=of.number("version"),
        labels=of.texts("labels"),
        change=of.text("change"),
        updated_by=of.maybe_text("updated_by"),
        extra=of.extra(),
    )


def _disabled(value: Any) -> WebhookDisabled:
    of = Fields(value, "event.data")
    return WebhookDisabled(
        webhook_id=of.text("webhook_id"),
        name=of.maybe_text("name"),
        url=of.maybe_text("url"),
        reason=of.maybe_text("reason"),
        failing_since=of.moment("failing_since"),
        response_code=of.whole("response_code"),
        error=of.maybe_text("error"),
        extra=of.extra(),
    )


def _test(value: Any) -> WebhookTest:
    of = Fields(value, "event.data")
    return WebhookTest(
        webhook_id=of.maybe_text("webhook_id"),
        message=of.maybe_text("message"),
        extra=of.extra(),
    )


_BY_TYPE: Final[dict[str, Callable[[Any], EventData]]] = {
    "inference.completed": _completed,
    "inference.failed": _failed,
    "cost.threshold_exceeded": _threshold,
    "provider.failed": _provider_failed,
    "provider.recovered": _provider_recovered,
    "prompt.updated": _prompt,
    "webhook.disabled": _disabled,
    "webhook.test": _test,
}
