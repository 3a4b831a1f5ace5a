"""From decoded JSON to who can be asked. UnreadableError where the contract does not hold."""

from __future__ import annotations

from typing import Any

from ._fields import Fields
from ._routing_models import (
    Alias,
    CatalogueModel,
    ProviderCircuit,
    ProviderHealth,
    ProviderInfo,
    ProviderLastFailure,
    ProviderTokens,
)


def provider(value: Any) -> ProviderInfo:
    """Decode a provider."""
    of = Fields(value, "provider")
    return ProviderInfo(
        name=of.text("name"),
        title=of.maybe_text("title"),
        base_url=of.maybe_text("base_url"),
        credential=of.maybe_text("credential"),
        credential_env=of.maybe_text("credential_env"),
        default_model=of.maybe_text("default_model"),
        health=of.maybe("health", _health),
        tokens=of.maybe("tokens", _tokens),
        extra=of.extra(),
    )


def _health(value: Any) -> ProviderHealth:
    of = Fields(value, "provider.health")
    return ProviderHealth(
        status=of.text("status"),
        failure_rate=of.real("failure_rate"),
        window_ms=of.whole("window_ms"),
        calls=of.whole("calls"),
        last_failure=of.maybe("last_failure", _failure),
        circuits=of.several("circuits", _circuit),
        extra=of.extra(),
    )


def _failure(value: Any) -> ProviderLastFailure:
    of = Fields(value, "provider.health.last_failure")
    return ProviderLastFailure(
        code=of.text("code"),
        message=of.maybe_text("message"),
        at=of.moment("at"),
        upstream_status=of.whole("upstream_status"),
        extra=of.extra(),
    )


def _circuit(value: Any) -> ProviderCircuit:
    of = Fields(value, "provider.health.circuits")
    return ProviderCircuit(
        model=of.text("model"),
        state=of.text("state"),
        opened_at=of.moment("opened_at"),
        retry_at=of.moment("retry_at"),
        reason=of.maybe_text("reason"),
        extra=of.extra(),
    )


def _tokens(value: Any) -> ProviderTokens:
    of = Fields(value, "provider.tokens")
    return ProviderTokens(
        active=of.number("active"), set_aside=of.number("set_aside"), extra=of.extra()
    )


def model(value: Any) -> CatalogueModel:
    """Decode a model of the catalogue."""
    of = Fields(value, "model")
    return CatalogueModel(
        id=of.text("id"),
        provider=of.text("provider"),
        model=of.text("model"),
        context_window=of.whole("context_window"),
        max_output_tokens=of.whole("max_output_tokens"),
        input_usd_per_million_tokens=of.money("input_usd_per_million_tokens"),
        output_usd_per_million_tokens=of.money("output_usd_per_million_tokens"),
        cached_input_usd_per_million_tokens=of.money("cached_input_usd_per_million_tokens"),
        available=of.flag("available"),
        extra=of.extra(),
    )


def alias(value: Any) -> Alias:
    """Decode an alias."""
    of = Fields(value, "alias")
    return Alias(
        name=of.text("name"),
        model=of.text("model"),
        fallbacks=of.texts("fallbacks"),
        created_at=of.moment("created_at"),
        updated_at=of.moment("updated_at"),
        extra=of.extra(),
    )
