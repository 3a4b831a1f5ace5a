"""Who can be asked: providers, models, aliases, as frozen records; open as those of `_models`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ._models import Extra, none_extra

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLastFailure:
    """A call that failed. `upstream_status` is None when the provider did not answer."""

    code: str
    message: str | None = None
    at: datetime | None = None
    upstream_status: int | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCircuit:
    """A model that is not asked for the time being; `reason` says what was seen.

    `state` is "open", or "half_open" while one call tries whether it answers again; `retry_at` is
    when it is tried next.
    """

    model: str
    state: str
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    reason: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderHealth:
    """How a provider has been answering this workspace, as the node sees it that answers.

    `status` is "ok", "degraded" (some calls fail), "down" (none is let through) or "unknown" (there
    were none). `failure_rate` is of the `calls` in the last `window_ms`, 0 to 1, None without any.
    `circuits` are the models that are not asked for the time being.
    """

    status: str
    failure_rate: float | None = None
    window_ms: int | None = None
    calls: int | None = None
    last_failure: ProviderLastFailure | None = None
    circuits: tuple[ProviderCircuit, ...] = ()
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTokens:
    """How many tokens the workspace has for a provider, and how many of them it refused."""

    active: int = 0
    set_aside: int = 0
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderInfo:
    """A provider the server knows. `title` is its name for people.

    `credential` says where its credential comes from: "token", "environment" (`credential_env`
    names the variable), "not_needed", or None when it has none and cannot be used yet.
    """

    name: str
    title: str | None = None
    base_url: str | None = None
    credential: str | None = None
    credential_env: str | None = None
    default_model: str | None = None
    health: ProviderHealth | None = None
    tokens: ProviderTokens | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueModel:
    """A model whose prices or limits are known; what is not known of it is None.

    `id` is "PROVIDER/MODEL", as `model=` takes it. `context_window` is of a request and its answer
    together. `cached_input_usd_per_million_tokens` is None where such tokens cost what others do.
    `available` says whether the provider has a credential here and the API key may run it.
    """

    id: str
    provider: str
    model: str
    context_window: int | None = None
    max_output_tokens: int | None = None
    input_usd_per_million_tokens: Decimal | None = None
    output_usd_per_million_tokens: Decimal | None = None
    cached_input_usd_per_million_tokens: Decimal | None = None
    available: bool = False
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name of your own for a model; `fallbacks` are asked, in order, when it cannot answer."""

    name: str
    model: str
    fallbacks: tuple[str, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)
