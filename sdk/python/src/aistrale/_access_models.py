"""What access and the server itself answer, as frozen records; open as those of `_models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ._models import Extra, none_extra

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A provider token as the server shows it: its last four characters, never the whole.

    `weight` is its share of the provider's calls, beside the weights of the others. `status` is
    "active", or "set_aside" when the provider refused it with a 401, at `set_aside_at` and in the
    words of `set_aside_reason`: it is then used only where no other is left.
    """

    id: str
    provider: str
    name: str | None = None
    last_four: str | None = None
    weight: int | None = None
    status: str | None = None
    set_aside_at: datetime | None = None
    set_aside_reason: str | None = None
    created_at: datetime | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceName:
    """A workspace's id and name."""

    id: str
    name: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAmI:
    """Whose API key this is, and where it acts. `default_model` is None until there is one.

    `role` is "viewer", "member" or "admin"; `operator` says whether it is the instance's own key,
    whose `api_key_id` is "key_operator". `requests_per_minute` and `tokens_per_minute` limit the
    key's inferences; None for no limit.
    """

    workspace_id: str
    workspace_name: str | None = None
    api_key_id: str | None = None
    default_model: str | None = None
    role: str | None = None
    operator: bool = False
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    workspace: WorkspaceName | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The server is up: `status` is "ok"; `version` is the server's own."""

    status: str
    version: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key of AISTRALE's own.

    `key` is the secret itself: there once, in the answer of `api_keys.create`, else None; the repr
    does not show it. `role` is "viewer", "member" or "admin". `allowed_models` are patterns such
    as "openai/*", None for every model. `expires_at` is None for a key that does not expire,
    `revoked_at` for one that is in force. `requests_per_minute` and `tokens_per_minute` limit its
    inferences, over all nodes; None for no limit.
    """

    id: str
    name: str | None = None
    role: str | None = None
    allowed_models: tuple[str, ...] | None = None
    expires_at: datetime | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    last_used_at: datetime | None = None
    last_four: str | None = None
    created_at: datetime | None = None
    revoked_at: datetime | None = None
    key: str | None = field(default=None, repr=False)
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A tenant: keys, tokens, prompts and telemetry belong to exactly one.

    `capture_content` says whether messages and answers are kept with the records. Records older
    than `retention_days` are deleted; None keeps them for ever.
    """

    id: str
    name: str | None = None
    capture_content: bool = False
    retention_days: int | None = None
    default_model: str | None = None
    created_at: datetime | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditActor:
    """Who did it. The instance's operator has "key_operator" for an `api_key_id`."""

    api_key_id: str | None = None
    operator: bool = False
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTarget:
    """What it was done to."""

    type: str | None = None
    id: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change, as the audit log keeps it. `action` is such as "api_key.created"."""

    id: str
    action: str
    at: datetime | None = None
    actor: AuditActor | None = None
    target: AuditTarget | None = None
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])
    client: str | None = None
    extra: Extra = field(default_factory=none_extra, repr=False)
